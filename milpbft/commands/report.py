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
from milpbft.places import is_directory
from milpbft.question.files import make_instance
from milpbft.report.explorer import Run, write_page
from milpbft.report.svg import svg as draw_svg
from milpbft.room import room_of
from milpbft.schedule import Schedule
from milpbft.store import Record, Store
from milpbft.store.filters import chosen

Places = Annotated[
    list[Path],
    typer.Argument(
        metavar="DIR|SCHEDULE|STORE",
        help="Directories that `--out` kept, schedules, or stores; several stand side by side.",
    ),
]
PageFile = Annotated[
    Path | None,
    typer.Option("--page", metavar="FILE", help="Write the page to this file; else report.html."),
]
SvgFile = Annotated[
    Path | None,
    typer.Option("--svg", metavar="FILE", help="Of one run: draw it as SVG, in place of a page."),
]
MOST = 12
"""Runs on a page."""


@example("milpbft report worst --page worst.html")
@bundled
def report(
    places: Places,
    *,
    text: options.Filter = "",
    page: PageFile = None,
    svg: SvgFile = None,
    as_json: options.Json = False,
) -> int:
    """Show runs on one page: answer, evidence, and the diagram with a slider over time.

    The page needs no network. Its states are those of the reference implementation, on which each
    schedule is replayed.
    """
    runs = [run for place in places for run in _runs(place, text)]
    if not 1 <= len(runs) <= MOST:
        raise InputError("schedule", len(runs), f"1 to {MOST} runs on a page; --filter chooses")
    if svg is not None and len(runs) > 1:
        raise InputError("svg", str(svg), f"one run, not {len(runs)}; --filter chooses")
    if page is None and svg is None:
        page = Path("report.html")
    try_file("page", page)
    try_file("svg", svg)
    if len(runs) == 1:
        runs = [runs[0]._replace(name="")]
    if page is not None:
        with writing("page", page):
            write_page(runs, page)
    if svg is not None:
        with writing("svg", svg):
            svg.write_text(_drawn(runs[0]), encoding="utf-8")
    made = {"page": page, "svg": svg}
    if as_json:
        files = {name: str(path) if path else None for name, path in made.items()}
        print_json({**files, "runs": [run.schedule.source for run in runs]})
    else:
        for path in filter(None, made.values()):
            typer.echo(f"{path} shows {len(runs)} run{'s' * (len(runs) != 1)}")
    return 0


def _drawn(run: Run) -> str:
    """Return the picture of a run; value and bound are those that were kept with it."""
    facts = dict(run.facts)
    said = [facts.get("value", facts.get("objective", "")), facts.get("bound", "")]
    value, bound = (int(one) if one.lstrip("-").isdecimal() else None for one in said)
    return draw_svg(run.schedule, value, bound)


def _runs(place: Path, text: str) -> Iterator[Run]:
    """Yield the runs of a place: a schedule, what `--out` kept below it, or what a store has."""
    if is_directory(place):
        found = sorted(place.rglob("schedule.json"))
        if not found:
            raise InputError("schedule", str(place), "a schedule, or a directory that `--out` "
                             "kept; there is no schedule.json in it")  # fmt: skip
        yield from (_run(path) for path in found if text in str(path.parent))
    elif _is_store(place):
        with Store(place) as store:
            chosen_ones = chosen(store.records(blobs=True), text)
            kept = [(one, one.unpacked()) for one in chosen_ones if one.schedule is not None]
        yield from (_stored(one, schedule) for one, schedule in kept if schedule is not None)
    else:
        yield _run(place)


def _is_store(place: Path) -> bool:
    """Whether a file is a database of SQLite."""
    try:
        with place.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def _stored(record: Record, schedule: Schedule) -> Run:
    """Return the run of a result, with its answer and the checks that it passed."""
    answer = record.answer
    if record.outcome == "optimal":
        instance = make_instance(record.fields)
        answer = f"{room_of(instance.protocol).meaning(instance, record.value)}."
    facts = [("value", str(record.value)), ("bound", str(record.bound)), ("solver", record.solver)]
    facts += [(name, ": ".join(filter(None, said))) for name, *said in record.checks]
    return Run(schedule, record.instance, answer, facts)


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


def _run(path: Path) -> Run:
    """Read a schedule, and what was kept beside it."""
    beside = path.with_name("solution.json")
    kept = path.name == "schedule.json" and beside.is_file()
    known = _solution(beside) if kept else _Solution()
    name = path.parent.name if path.name == "schedule.json" else path.stem
    schedule = given_schedule(path)
    return Run(schedule, name, known.answer, tuple(known.facts()))


def _solution(path: Path) -> _Solution:
    try:
        return _Solution.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        said = InputError.from_pydantic(error) if isinstance(error, ValidationError) else error
        raise InputError("solution", str(path), f"a file that `--out` kept ({said})") from None
