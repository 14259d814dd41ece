"""Mutants: a function with a known fault in its source, put in its place for a test."""

from __future__ import annotations

import inspect
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def mutate(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, old: str, new: str) -> None:
    """Replace a text, which must be there once, in the source of a function or method."""
    function = inspect.getattr_static(owner, name)
    wrapper = type(function) if isinstance(function, (classmethod, property)) else None
    plain = function.__func__ if isinstance(function, classmethod) else function
    plain = plain.fget if isinstance(plain, property) else plain
    lines = dedent(inspect.getsource(plain)).splitlines(keepends=True)
    start = next(k for k, line in enumerate(lines) if line.lstrip().startswith("def "))
    source = "".join(lines[start:])
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {name}"
    module = sys.modules[plain.__module__]
    scope: dict[str, Any] = {}
    header = "from __future__ import annotations\n"
    exec(header + source.replace(old, new), module.__dict__, scope)  # the mutant
    changed = scope[name]
    monkeypatch.setattr(owner, name, wrapper(changed) if wrapper else changed)
