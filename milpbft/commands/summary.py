"""What a list of commands says of each, read from its source: imports would take seconds."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from inspect import cleandoc
from pathlib import Path


def summary(place: str) -> str | None:
    """Return the first line of a command's help.

    Parameters
    ----------
    place
        As ``module:name``: a function with a docstring, or a Typer app with a `help`.

    Returns
    -------
    str | None
        None where the source does not say it in so many words.
    """
    module, _, name = place.partition(":")
    spec = find_spec(module)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    text = None
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            text = ast.get_docstring(node)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            text = _help(node.value)
    return cleandoc(text).partition("\n")[0] if text else None


def _help(call: ast.expr) -> str | None:
    for keyword in call.keywords if isinstance(call, ast.Call) else []:
        if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None
