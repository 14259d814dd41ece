"""The command that shows runs on one page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ValidationError

from milpbft.commands import options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import print_json, try_file, writing
from milpbft.commands.lazy import example
from milpbft.commands.schedules import given_schedule
from milpbft.errors import InputError
from milpbft.report.explorer import Run, write_page

Places = Annotated[
    list[Path],
    typer.Argument(
        metavar="DIR|SCHEDULE",
        help="Directories that `--out` kept, or schedules; several stand side by side.",
    ),
]
PageFile = Annotated[
    Path, typer.Option("--page", metavar="FILE", help="Write the page to this file.")
]
MOST = 12
"""Runs on a page."""


@example("milpbft report worst --page worst.html")
@bundled
def report(
    places: Places, *, page: PageFile = Path("report.html"), as_json: options.Json = False
) -> int:
    """Show runs on one page: answer, evidence, and the diagram with a slider over time.

    The page needs no network. Its states are those of the reference implementation, on which each
    schedule is replayed.
    """
    paths = [path for place in places for path in _schedules(place)]
    if len(paths) > MOST:
        raise InputError("schedule", len(paths), f"at most {MOST} runs on a page")
    try_file("page", page)
    runs = [_run(path, several=len(paths) > 1) for path in paths]
    with writing("page", page):
        write_page(runs, page)
    if as_json:
        print_json({"page": str(page), "runs": [str(path) for path in paths]})
    else:
        typer.echo(f"{page} shows {len(runs)} run{'s' * (len(runs) != 1)}")
    return 0


def _schedules(place: Path) -> list[Path]:
    """Return the schedules of a place: itself, what `--out` kept there, or in folders below."""
    if not place.is_dir():
        return [place]
    found = sorted(place.rglob("schedule.json"))
    if not found:
        raise InputError("schedule", str(place), "a schedule, or a directory that `--out` kept")
    return found


class _Check(BaseModel):
    """A verdict that was kept."""

    check: str
    status: str
    reason: str = ""


class _Solution(BaseModel):
    """What ``solve --out`` kept beside a schedule, as far as pages show it."""

    answer: str = ""
    objective: int | None = None
    bound: int | None = None
    status: str = ""
    solver: str = ""
    variables: int | None = None
    rows: int | None = None
    checks: list[_Check] = []

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield names and texts."""
        for name in ("objective", "bound", "status", "solver", "variables", "rows"):
            if (value := getattr(self, name)) not in (None, ""):
                yield name, str(value)
        for one in self.checks:
            yield one.check, ": ".join(filter(None, [one.status, one.reason]))


def _run(path: Path, *, several: bool) -> Run:
    """Read a schedule, and what was kept beside it."""
    beside = path.with_name("solution.json")
    kept = path.name == "schedule.json" and beside.is_file()
    known = _solution(beside) if kept else _Solution()
    name = path.parent.name if path.name == "schedule.json" else path.stem
    schedule = given_schedule(path)
    return Run(schedule, name if several else "", known.answer, tuple(known.facts()))


def _solution(path: Path) -> _Solution:
    try:
        return _Solution.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        said = InputError.from_pydantic(error) if isinstance(error, ValidationError) else error
        raise InputError("solution", str(path), f"a file that `--out` kept ({said})") from None
