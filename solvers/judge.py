"""Judge: turn what a solver claims into a Solution, believing nothing that can be tested.

CBC has reported wrong optima and false infeasibility (Cbc issues 353, 482, 615 and 723), so a point
must pass every row in integer arithmetic, a bound must not contradict a known point, and a known
point must not contradict the status.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from milpbft.milp.solution import Solution, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem

    from .limits import Limits
    from .process import Outcome
    from .task import Claim

_LARGEST = 2.0**53  # beyond this a double is no longer an exact integer: such a bound says nothing


@dataclass(frozen=True)
class Best:
    """The best known point and its value."""

    point: NDArray[np.int64]
    value: int


def judge(
    problem: Problem, outcome: Outcome, limits: Limits, solver: str, version: str
) -> Solution:
    """Test an outcome against its problem.

    Parameters
    ----------
    problem
        What was solved; its starts count as known points.
    outcome
        What the solver's process said, or how it ended.
    limits
        The limits that it ran under, for messages.
    solver, version
        Who solved it.
    """
    claim = outcome.claim
    facts: dict[str, Any] = {"solver": solver, "version": version}
    if claim is None:
        facts["seconds"] = outcome.seconds
        if not outcome.ended:
            return Solution("error", message=outcome.reason, **facts)
        known = _best(problem, [note.point for note in outcome.notes])
        bound = _tightest(problem, [note.bound for note in outcome.notes])
        message = f"{_limit_text(outcome.ended, limits)} was reached and the solver was ended"
        if outcome.ended == "interrupt":
            message = "interrupted"
        return _weigh(problem, known, bound, message, facts)
    facts |= {"seconds": claim.seconds, "nodes": claim.nodes}
    if fault := _fault(problem, claim):
        return Solution("error", message=fault, **facts)
    known = _best(problem, [claim.point])
    bound = _tightest(problem, [claim.bound])
    if claim.status == "infeasible":
        return Solution("infeasible", message=claim.message, **facts)
    if claim.status == "optimal":
        message = "the solver says optimal, but value and bound differ"
    else:
        message = claim.message or f"{_limit_text('time', limits)} was reached"
    return _weigh(problem, known, bound, message, facts)


def round_point(point: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Round a point to integers; None where a value is no number or too large for one."""
    if not np.all(np.abs(point) < _LARGEST):
        return None
    return np.rint(point).astype(np.int64)


def round_bound(bound: float | None, maximise: bool) -> int | None:
    """Round a bound towards the values: down for a maximum, up for a minimum.

    None where it says nothing: unknown, infinite, or too large for an exact double.

    A bound a hair (1e-6, and 1e-9 of its size) beyond an integer is taken for that integer.
    """
    if bound is None or not abs(bound) < _LARGEST:
        return None
    hair = 1e-6 + 1e-9 * abs(bound)
    return math.floor(bound + hair) if maximise else math.ceil(bound - hair)


def _fault(problem: Problem, claim: Claim) -> str:
    """Say what is wrong with a claim by itself; empty where nothing is."""
    match claim.status:
        case "error":
            return claim.message or "the solver failed"
        case "unbounded":
            return "the solver says unbounded, but every variable has finite bounds"
        case "infeasible" if problem.starts:
            return "the solver says infeasible, but a start satisfies every row"
        case "optimal" if claim.point is None:
            return "the solver says optimal, but returned no point"
        case "infeasible" | "limit":
            return ""
    return "" if claim.point is None else _fault_of_point(problem, claim.status, claim.point)


def _fault_of_point(problem: Problem, status: str, found: NDArray[np.float64]) -> str:
    point = round_point(found)
    if point is None:
        return "the solver's point has values that are not finite"
    if broken := problem.violations(point, limit=1):
        return f"the solver's point breaks {broken[0]}"
    if status == "optimal" and problem.starts:
        value, start = problem.value(point), problem.value(problem.starts[0])
        if _better(problem, start, value):
            return f"the solver says that {value} is optimal, but a start has {start}"
    return ""


def _weigh(
    problem: Problem,
    known: Best | None,
    bound: int | None,
    message: str,
    facts: dict[str, Any],
) -> Solution:
    """Compare value and bound, and name the status."""
    if known is None:
        return Solution("limit", bound=bound, message=message, **facts)
    if bound is not None and _better(problem, known.value, bound):
        text = f"the solver's bound {bound} contradicts a point of value {known.value}"
        return Solution("error", message=text, **facts)
    status: Status = "feasible"
    if bound == known.value:
        status, message = "optimal", ""
    return Solution(
        status, objective=known.value, bound=bound, values=known.point, message=message, **facts
    )


def _best(problem: Problem, points: list[NDArray[np.float64] | None]) -> Best | None:
    """Best of the solver's points, latest first, and the starts; broken ones do not count."""
    rounded = [round_point(point) for point in reversed(points) if point is not None]
    good = [point for point in rounded if point is not None and not problem.violations(point, 1)]
    known = [Best(point, problem.value(point)) for point in [*good, *problem.starts[:1]]]
    pick = max if problem.sense == "max" else min
    return pick(known, key=lambda best: best.value, default=None)


def _tightest(problem: Problem, bounds: list[float | None]) -> int | None:
    rounded = [round_bound(bound, problem.sense == "max") for bound in bounds]
    known = [bound for bound in rounded if bound is not None]
    return (min if problem.sense == "max" else max)(known, default=None)


def _better(problem: Problem, one: int, other: int) -> bool:
    return one > other if problem.sense == "max" else one < other


def _limit_text(cause: str, limits: Limits) -> str:
    if cause == "memory":
        return f"the memory limit of {limits.memory_mb} MiB"
    return "a limit" if limits.seconds is None else f"the time limit of {limits.seconds:g} s"
