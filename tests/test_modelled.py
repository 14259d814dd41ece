"""Limits of a model: what rests on runs that leave the modelled views is no optimum."""

from __future__ import annotations

import pytest

from milpbft.expectation import assess
from milpbft.question.files import parse_instance
from milpbft.solve import solve

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
