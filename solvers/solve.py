"""Solve: the one function that callers use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import Interrupted

from .judge import judge
from .limits import Limits
from .process import Outcome, run
from .registry import choose, version
from .task import EQ, Claim, Task

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution

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
    choice = choose(solver)
    task = Task.of(problem, limits, choice.variant, chatty=log is not None)
    claim = _evident(problem)
    outcome = Outcome(claim) if claim else run(task, choice.target, limits, log)
    solution = judge(problem, outcome, limits, solver, version(solver))
    if outcome.ended == "interrupt":
        raise Interrupted(solution)
    return solution


def _evident(problem: Problem) -> Claim | None:
    """Decide what needs no solver, and what solvers get wrong.

    CBC calls a problem optimal though a row without variables cannot hold, and solvers disagree on
    what a problem without variables is.
    """
    slack, relation = -problem.rhs, problem.relation
    fails = np.where(relation == EQ, slack != 0, slack * relation < 0)
    if np.any(fails & (np.diff(problem.matrix.indptr) == 0)):
        return Claim("infeasible")
    return Claim("optimal", point=np.zeros(0), bound=0.0) if problem.size.variables == 0 else None
