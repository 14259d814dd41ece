"""Table of a suite's outcomes in Markdown, kept up to date between two markers of a file."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.suite import NOT_RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from milpbft.suite import Outcome
    from milpbft.verdict import Verdict

END = "<!-- end of table -->"
_BEGIN = "<!-- table: milpbft check"
_HEAD = ("instance", "value", "bound", "status", "solver", "seconds", "replay", "evidence")
_SPAN = re.compile(rf"{re.escape(_BEGIN)}(.*?)-->.*?{re.escape(END)}", re.DOTALL)
NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_RIGHT = {"value", "bound", "seconds"}


def markdown(outcomes: Iterable[Outcome], before: str = "") -> str:
    """Return a table with a line per outcome, columns padded so that it reads as text too.

    Parameters
    ----------
    before
        The table so far: what was not run keeps its line.
    """
    rows = cells(outcomes, _rows(before))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    rules = [
        "-" * (width - 1) + (":" if name in _RIGHT else "-")
        for name, width in zip(_HEAD, widths, strict=True)
    ]
    return "\n".join([lines[0], f"| {' | '.join(rules)} |", *lines[1:]])


def cells(
    outcomes: Iterable[Outcome], known: Mapping[str, tuple[str, ...]] = NOTHING
) -> list[tuple[str, ...]]:
    """Return the cells of a table: its head, and a line per outcome.

    Parameters
    ----------
    known
        By name, lines that stay where an outcome was not run; but not if a file says another value.
    """
    rows: list[tuple[str, ...]] = [_HEAD]
    for outcome in outcomes:
        row = _row(outcome)
        old = known.get(row[0]) if outcome.verdict.reason == NOT_RUN else None
        # Evidence is the file's, and a table may be older than that column.
        rows.append(row if old is None or _outdated(old, row) else (*old[:-1], row[-1]))
    return rows


def _outdated(old: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a line has another value than the file, where the file has one."""
    value, status = slice(1, 2), slice(3, 4)
    return bool(row[3]) and (old[value], old[status]) != (row[value], row[status])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if name in _RIGHT else cell.ljust(width)
        for name, cell, width in zip(_HEAD, cells, widths, strict=True)
    )
    return f"| {' | '.join(padded)} |"


def _rows(table: str) -> dict[str, tuple[str, ...]]:
    """Return the lines of a table that :func:`markdown` made, by their first cell.

    Older ones lack the last column.
    """
    lines = (re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines())
    cells = (tuple(cell.strip() for cell in line) for line in lines)
    width = len(_HEAD)
    padded = ((*row, "") if len(row) == width - 1 else row for row in cells)
    return {row[0]: row for row in padded if len(row) == width}


def _row(outcome: Outcome) -> tuple[str, ...]:
    name, result = _cell(outcome.name), outcome.result
    if outcome.verdict.reason == NOT_RUN:
        return _listed(name, outcome)
    if result is None:
        reason = _cell(outcome.verdict.reason)
        return (name, "", "", "error", "", f"{outcome.seconds:.1f}", reason, "")
    solution = result.solution
    return (
        name,
        _number(solution.objective),
        _number(solution.bound),
        solution.status,
        f"{solution.solver}, {result.instance.encoding}",
        f"{outcome.seconds:.1f}",
        _cell(short(result.verdict("replay"))),
        ", ".join(outcome.evidence.checks),
    )


def _listed(name: str, outcome: Outcome) -> tuple[str, ...]:
    """Return the line of what was not run: what its file says, if it says something."""
    expected = outcome.expected
    if expected is None:
        return (name, "", "", "", "not run", "", "", "")
    value = expected.objective
    return (
        name,
        _number(value),
        _number(expected.bound if expected.status == "open" else value),
        expected.status,
        "not run",
        "",
        expected.replay or "",
        ", ".join(outcome.evidence.checks),
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def short(verdict: Verdict | None) -> str:
    """Return a replay's verdict with the first event that differs, without the replica's state."""
    if verdict is None:
        return ""
    event, _, rest = verdict.reason.partition("; ")
    for tail in (", but ", ", which "):
        event = event.partition(tail)[0]
    return ": ".join(filter(None, [verdict.status, "; ".join(filter(None, [event, rest]))]))


def check_table(path: Path, command: str) -> None:
    """Find out, before hours of solving, whether :func:`write_table` will be able to write.

    Raises
    ------
    InputError
        Where the file exists and cannot be read, or has not the markers.
    """
    if path.exists():
        _span(path, _read(path), command)


def write_table(path: Path, command: str, outcomes: Iterable[Outcome]) -> None:
    """Write the table of `outcomes` into a file.

    A file that exists keeps all but what is between the markers
    ``<!-- table: milpbft check ... -->`` and ``<!-- end of table -->``; where it has several such
    tables, the one with the same command is replaced.

    Parameters
    ----------
    path
        A Markdown file; created where it does not exist.
    command
        What made the table, after ``milpbft check``; noted in the marker.
    outcomes
        In the order of the table.

    Raises
    ------
    InputError
        As :func:`check_table`.
    OSError
        Where the file cannot be written.
    """
    text, begin, end = "\n", 0, 0
    if path.exists():
        text = _read(path)
        begin, end = _span(path, text, command)
    table = markdown(outcomes, before=text[begin:end])
    marked = f"{_BEGIN} {_comment(command)} -->\n{table}\n{END}"
    path.write_text(text[:begin] + marked + text[end:], encoding="utf-8")


def _comment(command: str) -> str:
    # Two hyphens and a bracket would end the comment.
    return command.replace("-->", "-- >")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("table", str(path), f"a readable text file ({error})") from None


def _span(path: Path, text: str, command: str) -> tuple[int, int]:
    found = list(_SPAN.finditer(text))
    same = [match for match in found if match[1].strip() == _comment(command).strip()]
    if len(found) == 1 or len(same) == 1:
        return (same or found)[0].span()
    allowed = f"a new file, or one with the lines {_BEGIN} ... --> and {END}"
    if found:
        allowed = f"{len(found)} tables are in it: one must be of milpbft check {command}"
    raise InputError("table", str(path), allowed)
