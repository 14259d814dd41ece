"""Limits of a model: what rests on runs that leave the modelled views is no optimum."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from milpbft import modelled
from milpbft.expectation import assess
from milpbft.milp.problem import GE, LE, Problem
from milpbft.milp.solution import Solution
from milpbft.modelled import reach, within_bound
from milpbft.question.files import parse_instance
from milpbft.question.model import StrictModel
from milpbft.solve import solve
from milpbft.solvers import Limits
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from milpbft.room import Model

# Views, and what is proven: one crash costs a view, so that two views are enough.
DELAYS = [
    ("dbft2-strict-n4-v1-c1-t13-delay_first-gst0-delta1-timer6", "feasible", 4),
    pytest.param(
        "dbft2-strict-n4-v2-c1-t13-delay_first-gst0-delta1-timer6",
        "optimal",
        12,
        marks=pytest.mark.slow,
    ),
    ("pbft-n4-v1-c1-t9-delay_first-gst0-delta1-timer4", "feasible", 3),
    ("dbft2-strict-n4-v1-t5-delay_first", "optimal", 6),
]


@pytest.mark.parametrize(("name", "status", "value"), DELAYS)
def test_a_delay_that_needs_more_views_is_a_limit(name: str, status: str, value: int):
    """A run that leaves the views before the decision makes the optimum a limit.

    Within the views, where the primary of view 0 crashes last, decisions take what they take
    without a fault. Where messages may take for ever nobody has to leave for a decision not to
    come, and the greatest delay is one whatever the views.
    """
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == (status, value)
    if status == "feasible":
        assert "take more views" in result.solution.message
        assert result.solution.bound == result.instance.model_dump()["horizon"] + 1
        assert assess(result, None).status == "undecided"
    replay = result.verdict("replay")
    assert replay is not None
    assert replay, replay.reason


class Scripted(StrictModel):
    """A model that has nothing but a relaxed problem."""

    def __init__(self, relaxed: Problem | None) -> None:
        self._relaxed = relaxed

    def relaxed(self) -> Problem | None:
        """Return what the test says."""
        return self._relaxed


def bounded(relaxed: Problem | None) -> object:
    """Return what becomes of the problem: at most 7 of two, with a point of 5."""
    model = cast("Model", Scripted(relaxed))
    return within_bound(problem([[1, 1]], [LE], [7], [5, 5], [1, 1]), model, "highs", Limits())


def test_a_relaxed_problem_bounds_the_one_that_it_relaxes():
    """Its optimum, 6, is a row of the problem, which alone has 7."""
    one = bounded(problem([[2]], [LE], [13], [9], [1]))
    assert isinstance(one, Problem)
    assert one.row_names() == ["row_0", "bound_0"]
    assert (one.relation[-1], one.rhs[-1]) == (LE, 6)
    assert one.matrix.toarray()[-1].tolist() == [1, 1]
    least = problem([[1, 1]], [GE], [3], [5, 5], [1, 1], sense="min").within(2)
    assert (least.relation[-1], least.rhs[-1]) == (GE, 2)


def test_what_a_relaxed_problem_does_not_have_there_is_not():
    """No point of the relaxed problem, no point at all; no relaxed problem, no change."""
    none = bounded(problem([[1]], [GE], [3], [2], [1]))
    assert getattr(none, "status", "") == "infeasible"
    kept = bounded(None)
    assert isinstance(kept, Problem)
    assert kept.row_names() == ["row_0"]


class _Shorter(StrictModel):
    """A model with a problem of fewer runs, which has no point."""

    def __init__(self, made: Problem) -> None:
        self.problem = made

    def shorter(self):
        yield self.problem, lambda x: x


def test_a_run_of_a_known_value_is_looked_for_within_the_limit(monkeypatch: pytest.MonkeyPatch):
    """What fewer runs take is taken from the time for all of them."""
    now, given = [0.0], list[float | None]()

    def slow(_problem: Problem, _solver: str, limits: Limits) -> Solution:
        given.append(limits.seconds)
        now[0] += limits.seconds or 0.0
        return Solution("limit", "highs", "0")

    monkeypatch.setattr(modelled, "solve_problem", slow)
    monkeypatch.setattr(modelled, "monotonic", lambda: now[0])
    model = cast("Model", _Shorter(problem([[1]], [LE], [1], [1], [1])))
    reach(model, 1, "highs", Limits(seconds=8))
    reach(model, 1, "highs", Limits())
    assert given == [2, 6, None, None]
