"""Solve: the one function that callers use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.solution import Solution
from solvers.judge import judge
from solvers.limits import Limits
from solvers.process import Outcome, run
from solvers.registry import choose, version
from solvers.task import Claim, Task

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem

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
    """
    choice = choose(solver)
    task = Task.of(problem, limits, choice.variant, chatty=log is not None)
    if task.variables == 0:
        # Solvers disagree on what the empty problem is; its only point decides it.
        outcome = Outcome(claim=_only_point(problem))
    else:
        outcome = run(task, choice.target, limits, log)
    return judge(problem, outcome, limits, solver, version(solver))


def _only_point(problem: Problem) -> Claim:
    if problem.violations(np.zeros(0, dtype=np.int64)):
        return Claim("infeasible")
    return Claim("optimal", point=np.zeros(0), bound=0.0)
