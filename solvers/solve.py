"""Solve: the one function that callers use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import Interrupted

from .judge import judge, round_bound, round_point
from .limits import Limits
from .process import Outcome, run
from .registry import choose, version
from .task import EQ, Claim, Task
from .watch import Progress, watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution

    from .process import Hear
    from .task import Note

_NO_LIMITS = Limits()


def solve(
    problem: Problem,
    solver: str = "cbc",
    limits: Limits = _NO_LIMITS,
    log: Path | None = None,
) -> Solution:
    """Solve a problem in a process of its own and test what comes back.

    A solver that crashes, hangs or overruns a limit costs this one result; nothing that it prints
    reaches standard output.

    Parameters
    ----------
    problem
        What to solve; its best start is handed over as a MIP start.
    solver
        ``cbc``, ``highs``, or ``pulp:NAME`` for a solver that PuLP reaches; see
        :func:`solvers.available`.
    limits
        Time, memory and threads.
    log
        File to which the solver's log is appended, e.g. ``Path("/dev/stderr")``; None for no log.

    Raises
    ------
    InputError
        Where the solver is unknown or not installed.
    Interrupted
        On Ctrl-C, with the solution so far.
    """
    choice, seen = choose(solver), watch()
    log = log or seen.log
    task = Task.of(problem, limits, choice.variant, chatty=log is not None)
    claim = evident(problem)
    hear = _hearing(problem, solver, seen.tell) if seen.tell else None
    outcome = Outcome(claim) if claim else run(task, choice.target, limits, log, hear)
    solution = judge(problem, outcome, limits, solver, version(solver))
    if outcome.ended == "interrupt":
        raise Interrupted(solution)
    return solution


def _hearing(problem: Problem, solver: str, tell: Callable[[Progress], None]) -> Hear:
    """Return what turns a solver's notes into progress: the best of what it has said."""
    start = problem.value(problem.starts[0]) if problem.starts else None
    known = {"value": start, "bound": None, "nodes": None}

    def hear(note: Note, seconds: float) -> None:
        point = None if note.point is None else round_point(note.point)
        said = note.value if point is None else problem.value(point)
        news = {
            "value": _sharper(known["value"], said, problem.sense == "max"),
            "bound": _sharper(known["bound"], round_bound(note.bound, problem.sense == "max"),
                              problem.sense == "min"),
            "nodes": known["nodes"] if note.nodes is None else note.nodes,
        }  # fmt: skip
        if news != known:
            known.update(news)
            tell(Progress(solver, seconds, **known))

    return hear


def _sharper(old: int | None, new: float | None, largest: bool) -> int | None:
    numbers = [one for one in (old, None if new is None else round(new)) if one is not None]
    return (max if largest else min)(numbers, default=None)


def evident(problem: Problem) -> Claim | None:
    """Decide what needs no solver, and what solvers get wrong.

    CBC calls a problem optimal though a row without variables cannot hold, and solvers disagree on
    what a problem without variables is.
    """
    slack, relation = -problem.rhs, problem.relation
    fails = np.where(relation == EQ, slack != 0, slack * relation < 0)
    if np.any(fails & (np.diff(problem.matrix.indptr) == 0)):
        return Claim("infeasible")
    return Claim("optimal", point=np.zeros(0), bound=0.0) if problem.size.variables == 0 else None
