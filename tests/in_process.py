"""Solving in this process: a process for each of hundreds of tiny problems takes minutes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from solvers.judge import judge
from solvers.limits import Limits
from solvers.process import Outcome
from solvers.registry import choose
from solvers.solve import evident
from solvers.task import Task

if TYPE_CHECKING:
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution

_MINUTE = Limits(seconds=60)


def solve_here(problem: Problem, solver: str = "cpsat", limits: Limits = _MINUTE) -> Solution:
    """Solve a problem and test what comes back, as the pipeline does."""
    choice = choose(solver)
    task = Task.of(problem, limits, choice.variant, chatty=False)
    task.begin_clock()
    module, function = choice.target.split(":")
    claim = evident(problem) or getattr(import_module(module), function)(task, lambda _: None)
    return judge(problem, Outcome(claim), limits, solver, "")
