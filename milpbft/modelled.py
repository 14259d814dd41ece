"""Limits of a model: an optimum that is none beyond what is modelled is reported as a limit."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Protocol, cast

from milpbft.errors import Interrupted
from milpbft.solvers import Limits
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution, Status
    from milpbft.room import Model


class _Escaping(Protocol):
    """A model whose :meth:`milpbft.room.Model.escape` is a problem."""

    @property
    def most(self) -> int:
        """The greatest value that there is."""
        ...

    def confined(self) -> Problem:
        """The problem of the runs that leave nothing, over the same variables."""
        ...


def no_proof(solution: Solution, model: Model) -> Solution:
    """Return what a solution is worth where the model leaves out what a proof takes.

    Where it is no answer at all, no value is left of it.
    """
    if reason := model.unanswered(solution):
        unknown = replace(solution, objective=None, bound=None, values=None)
        return replace(unknown, status="limit", message=reason)
    if not model.short or solution.status not in ("optimal", "infeasible"):
        return solution
    status: Status = "feasible" if solution.status == "optimal" else "limit"
    return replace(solution, status=status, bound=None, message=model.short)


def within_views(solution: Solution, model: Model, solver: str, limits: Limits) -> Solution:
    """Return what an optimum is worth, given that nodes may leave the modelled views.

    Returns
    -------
    Solution
        The same one, where no run leaves the views before the decision that is asked for. One of
        runs that stay within them otherwise: ``optimal`` where that is the greatest value of all,
        else ``feasible``, with what is proven in its message.
    """
    escape = model.escape() if solution.status == "optimal" else None
    if escape is None:
        return solution
    leaving = solve_problem(escape, solver, limits)
    if leaving.status == "infeasible":
        return solution
    escaping = cast("_Escaping", model)
    confined = solve_problem(escaping.confined(), solver, limits)
    if confined.status == "optimal" and confined.objective == escaping.most:
        return confined
    said = "a run leaves the modelled views before the decision that is asked for"
    if leaving.values is None:
        said = f"whether a run leaves the modelled views is open ({leaving.status})"
    if confined.values is None:
        return replace(confined, status="limit", bound=escaping.most, message=said)
    proven = "at most" if confined.status == "optimal" else "at least"
    message = f"{said}; within them {proven} {confined.objective}: take more views"
    return replace(confined, status="feasible", bound=escaping.most, message=message)


def reach(model: Model, value: int, solver: str, limits: Limits) -> Solution:
    """Look for a point that reaches a value, in problems of fewer runs first.

    Returns
    -------
    Solution
        With the point, in the model's own variables, if there is one; of the model's own problem
        where those of fewer runs had none in a quarter of the time each.
    """
    began = monotonic()
    less = replace(limits, seconds=None if limits.seconds is None else limits.seconds / 4)
    for problem, lengthened in model.shorter():
        found = solve_problem(problem.reaching(value), solver, less)
        if found.values is not None:
            point = lengthened(found.values)
            if not model.problem.violations(point, 1):
                return replace(found, values=point)
    if limits.seconds is not None:
        limits = replace(limits, seconds=max(0.0, limits.seconds - (monotonic() - began)))
    return solve_problem(model.problem.reaching(value), solver, limits)


def within_bound(problem: Problem, model: Model, solver: str, limits: Limits) -> Problem | Solution:
    """Return a model's problem with the bound that its relaxed problem has, where it has one.

    Or the solution, where there is none because the relaxed problem has none.

    Raises
    ------
    Interrupted
        On Ctrl-C during the solve, with the bound so far: its point is none of the problem's.
    """
    relaxed = model.relaxed()
    if relaxed is None:
        return problem
    try:
        found = solve_problem(relaxed, solver, limits)
    except Interrupted as stop:
        known = replace(stop.found, status="limit", objective=None, values=None)
        raise Interrupted(known) from None
    if found.status == "infeasible":
        return found
    return problem if found.bound is None else problem.within(found.bound)
