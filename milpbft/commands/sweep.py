"""The command that solves a family of instances into a store."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import paint, print_json
from milpbft.commands.lazy import example
from milpbft.errors import InputError
from milpbft.family import Family
from milpbft.solvers import choose
from milpbft.store import OUTCOMES, Store
from milpbft.sweep import Job, LocalPool, State
from milpbft.sweep import sweep as run_sweep

if TYPE_CHECKING:
    from milpbft.store import Record
    from milpbft.sweep.pool import Pool

FamilyFile = Annotated[Path, typer.Argument(help="A family of instances.", metavar="FAMILY.toml")]
StoreFile = Annotated[
    Path, typer.Option("--out", help="The store; it is made, or added to.", metavar="FILE")
]
Again = Annotated[bool, typer.Option("--again", help="Solve again what failed or reached a limit.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", help="A Dask scheduler to work on.", metavar="ADDRESS"),
]
DaskLocal = Annotated[
    int | None,
    typer.Option("--dask-local", help="Start so many Dask workers here.", metavar="N"),
]
Most = Annotated[
    float | None,
    typer.Option("--stop-after", help="Seconds after which it stops, to be resumed.", metavar="S"),
]
_EACH = 5.0  # seconds between two lines where there is no terminal


@example("milpbft sweep family.toml --out results.db --workers 2")
@bundled
def sweep(
    family: FamilyFile,
    *,
    out: StoreFile,
    workers: options.Workers = 1,
    scheduler: Scheduler = None,
    dask_local: DaskLocal = None,
    again: Again = False,
    stop_after: Most = None,
    as_json: options.Json = False,
) -> int:
    """Solve a family of instances, on many workers, into a store that grows until all is done.

    A sweep that was ended, however, goes on where it was. Several may fill one store.
    """
    if not 1 <= workers <= 256:
        raise InputError("workers", workers, "a number from 1 to 256")
    if stop_after is not None and not 0 <= stop_after <= 10**9:
        raise InputError("stop-after", stop_after, f"a number from 0 to {10**9}")
    jobs = jobs_of(Family.read(family))
    with Store(out, writable=True) as store:
        pool = _pool(workers, scheduler, dask_local)
        with _Screen(as_json) as screen, _timer(stop_after):
            state = run_sweep(jobs, store, pool, screen.show, again=again)
        summary = _summary(state)
    typer.echo(last_line(state), err=as_json)
    if as_json:
        print_json(summary)
    if state.interrupted:
        return console.INTERRUPTED
    open_ends = state.counts["limit"] + state.counts["feasible"]
    return console.exit_code(failed=state.counts["failed"], undecided=open_ends)


def jobs_of(family: Family) -> list[Job]:
    """Return the jobs of a family.

    Raises
    ------
    InputError
        Where the family or a solver of it is not allowed.
    """
    for name in filter(None, (*family.solvers, family.second)):
        choose(name)
    settings: dict[str, Any] = {
        "second": family.second,
        "time_limit": family.time_limit,
        "memory_limit": family.memory_limit,
        "threads": family.threads,
    }
    jobs = [Job.of(task.instance, task.solver, **settings) for task in family.tasks()]
    for job in jobs:
        if job.second == job.solver:
            raise InputError("second", job.second, f"another solver than that of {job.key()[0]}")
    return jobs


def _pool(workers: int, scheduler: str | None, dask_local: int | None) -> Pool:
    if scheduler is None and dask_local is None:
        return LocalPool(workers)
    # Imported here: Dask is an extra, and takes half a second.
    from milpbft.sweep.cluster import DaskPool  # noqa: PLC0415

    if scheduler is not None and dask_local is not None:
        raise InputError("dask-local", dask_local, "nothing beside --scheduler")
    return DaskPool(scheduler, dask_local)


def _timer(seconds: float | None) -> _Timer:
    return _Timer(seconds)


class _Timer:
    """Asks the program to stop after so many seconds, as Ctrl-C would."""

    def __init__(self, seconds: float | None) -> None:
        import _thread  # noqa: PLC0415  (only here)

        self._timer = None if seconds is None else threading.Timer(seconds, _thread.interrupt_main)

    def __enter__(self) -> None:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()


class _Screen:
    """Shows how a sweep goes: a few lines that change on a terminal, plain lines elsewhere."""

    def __init__(self, as_json: bool) -> None:
        self._err = as_json
        self._last = monotonic()
        self._live = Live(console=Console(stderr=True), transient=True, refresh_per_second=4)
        self._shown = sys.stderr.isatty()

    def show(self, state: State, record: Record | None) -> None:
        """Show a state; a record that is new gets a line, on a terminal only if it failed."""
        if self._shown:
            running = [f"  {name}  {how}" for name, how in state.running.items()]
            self._live.update(Group(Text(status_line(state)), *map(Text, running)))
            if record is not None and record.outcome == "failed":
                self._live.console.print(Text(f"failed  {record.instance}: {record.reason}"))
            return
        if record is not None:
            word = paint({"optimal": "ok", "infeasible": "ok", "failed": "FAIL"}.get(
                record.outcome, "limit"), 5)  # fmt: skip
            told = record.reason if record.outcome == "failed" else record.answer
            note = f"  (from {record.implied})" if record.implied else ""
            typer.echo(f"{word}  {record.instance}  {told}  {record.seconds:.1f} s{note}", err=True)
        if monotonic() - self._last > _EACH:
            self._last = monotonic()
            typer.echo(status_line(state), err=True)
            for name, how in state.running.items():
                typer.echo(f"  {name}  {how}", err=True)

    def __enter__(self) -> _Screen:
        if self._shown:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._live.stop()


def status_line(state: State) -> str:
    """Say how far a sweep is, in a line."""
    words = [f"{state.done} of {state.total} done", f"{state.counts['failed']} failed"]
    if state.solved:
        words.append(f"{60 * state.solved / max(state.seconds, 1e-9):.1f} a minute")
    if state.left is not None:
        words.append(f"about {state.left:.0f} s left")
    return ", ".join(words)


def last_line(state: State) -> str:
    """Say what became of a sweep, in a line."""
    counts = [f"{state.counts[word]} {word}" for word in OUTCOMES if state.counts[word]]
    words = [
        f"{state.done} of {state.total} done in {state.seconds:.1f} s",
        f"{state.kept} of them before" if state.kept else "",
        f"{state.implied} implied" if state.implied else "",
        f"{state.retried} retried by another solver" if state.retried else "",
        "interrupted: run it again to go on" if state.interrupted else "",
    ]
    return f"{', '.join(filter(None, words))}: {', '.join(counts) or 'nothing'}"


def _summary(state: State) -> dict[str, Any]:
    return {
        "tasks": state.total,
        "kept": state.kept,
        "solved": state.solved,
        "implied": state.implied,
        "retried": state.retried,
        "outcomes": {word: state.counts[word] for word in OUTCOMES},
        "seconds": round(state.seconds, 3),
        "interrupted": state.interrupted,
    }
