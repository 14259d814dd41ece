"""Hooks of the site: pages made from the code, and links that leave the documentation."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import typer
from mkdocs.structure.files import File

import cli
import milpbft
from milpbft.claims import known_claims
from milpbft.question.about import documented, fields_of, objectives_of
from milpbft.question.files import question_of
from milpbft.registry import PROTOCOLS, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

OUTSIDE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+([^)]*)\)")
"""Links to files of the repository that are no pages."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the code."""
    pages = {
        "index.md": _index(),
        "reference/command-line.md": "\n".join(_command_line()),
        "reference/api.md": _api(),
        "reference/protocols.md": "\n".join(_protocols()),
        "reference/claims.md": "\n".join(_claims()),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name files of the repository instead of linking to them: the site has no copy."""
    return OUTSIDE.sub(r"\1 (`\2`)", markdown)


def _index() -> str:
    """Return the README; its links to pages are links within the site."""
    with open("README.md", encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"\]\(docs/", "](", text)
    return re.sub(r"\[([^\]]*)\]\(((?:instances|benchmarks|CITATION)[^)]*)\)", r"\1 (`\2`)", text)


def _command_line() -> Iterator[str]:
    """Yield the help of every command."""
    yield "# Command line\n"
    yield "Every command has `--help`, and most have `--json`. Exit codes: 0 as expected, 1 an"
    yield "expectation or a check failed, 2 unusable input, 3 a limit came before an answer.\n"
    group: Any = typer.main.get_command(cli.app)
    context: Any = group.make_context("milpbft", ["list"], resilient_parsing=True)
    for name in group.list_commands(context):
        yield from _help(f"milpbft {name}", group.get_command(context, name), 2)


def _help(name: str, command: Any, level: int) -> Iterator[str]:
    """Yield what a command does, its arguments and its options."""
    yield f"{'#' * level} `{name}`\n"
    yield f"{(command.help or '').strip()}\n"
    if command.epilog:
        yield re.sub(r"Example: (.*)", r"Example: `\1`", command.epilog) + "\n"
    options = [p for p in command.params if p.name != "help"]
    if options:
        yield "| argument or option | value | meaning |\n|---|---|---|"
        yield from (_option(one) for one in options)
        yield ""
    for word, sub in getattr(command, "commands", {}).items():
        yield from _help(f"{name} {word}", sub, level + 1)


def _option(one: Any) -> str:
    names = ", ".join(f"`{word}`" for word in one.opts if word.startswith("-")) or "argument"
    value = one.metavar or ""
    text = " ".join((getattr(one, "help", None) or "").split())
    return f"| {names} | {_cell(value)} | {_cell(text)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _api() -> str:
    """Return the functions of the package, and the classes of what they return."""
    names = ["solve", "generate", "check", "replay", "simulate", "claims", "instance", "load",
             "protocols"]  # fmt: skip
    head = "# Python API\n\nThe functions of `milpbft` are the commands of the command line.\n\n"
    functions = "\n".join(line for name in names for line in _function(name))
    results = ["solved.Solved", "checked.Checked", "replayed.Replayed", "simulated.Simulation"]
    answers = "\n".join(f"::: milpbft.report.answers.{name}\n" for name in results)
    return f"{head}{functions}\n## What they return\n\n{answers}"


def _function(name: str) -> Iterator[str]:
    """Yield a function's signature, and what its docstring says; modules have the same names."""
    function = vars(milpbft)[name]
    doc = inspect.cleandoc(function.__doc__)
    yield f"## `milpbft.{name}`\n"
    yield f"```python\n{name}{inspect.signature(function)}\n```\n"
    yield doc.partition("Parameters\n---")[0].replace("``", "`")
    if texts := documented(function):
        yield "| parameter | meaning |\n|---|---|"
        yield from (f"| `{word}` | {_cell(text)} |" for word, text in texts.items())
        yield ""


def _protocols() -> Iterator[str]:
    """Yield the fields and objectives of every protocol."""
    yield "# Protocols and names\n"
    yield "What `milpbft describe PROTOCOL` prints.\n"
    for name in PROTOCOLS:
        entry = find(name)
        for semantics in entry.questions:
            question = question_of(name, semantics)
            yield f"## `{name}`, {semantics}: {entry.title}\n"
            yield "| field | in names | allowed | default | meaning |\n|---|---|---|---|---|"
            for field in fields_of(question):
                cells = (f"`{field.name}`", f"`{field.spelled}`" if field.spelled else "",
                         field.allowed, field.default, field.text)  # fmt: skip
                yield f"| {' | '.join(map(_cell, cells))} |"
            yield "\n| objective | meaning |\n|---|---|"
            for aim, text in objectives_of(question).items():
                yield f"| `{aim}` | {_cell(text)} |"
            yield ""


def _claims() -> Iterator[str]:
    """Yield every claim with its verdict; tests hold `milpbft claims` to the same."""
    yield "# Claims and verdicts\n"
    yield "`milpbft claims` decides each again. `open`: the text leaves it to its reader.\n"
    papers: dict[str, list[Any]] = {}
    for claim in known_claims(""):
        papers.setdefault(claim.paper, []).append(claim)
    for paper, found in papers.items():
        yield f"## {paper}\n"
        yield "| place | claim | assumed | verdict |\n|---|---|---|---|"
        for claim in found:
            said = claim.expected
            readings = "; ".join(f"{r.expected}: {r.words}" for r in claim.readings)
            verdict = f"**{said}**" + (f" ({readings})" if readings else "")
            cells = (claim.place, claim.sentence, claim.assumes, verdict)
            yield f"| {' | '.join(_cell(str(cell or '')) for cell in cells)} |"
        yield ""
