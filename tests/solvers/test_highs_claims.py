"""Models that presolve of HiGHS 1.16.0 calls infeasible, and that have an optimum."""

from __future__ import annotations

from typing import Any

import pytest

from milpbft.v2v.instance import OrderInstance
from milpbft.v2v.room import MARKET
from solvers import solve
from tests.v2v import corner_markets as corners


@pytest.mark.parametrize("solver", ["cbc", "highs"])
@pytest.mark.parametrize(
    ("market", "options", "value"),
    [
        (corners.AWAY, {"patience": 1, "batch": 2, "rule": "best"}, 1),
        pytest.param(
            corners.FREE, {"patience": 1, "seat": True, "change": 2}, 0, marks=pytest.mark.slow
        ),
    ],
    ids=["batches", "seat"],
)
def test_what_has_a_point_is_not_called_infeasible(
    market: Any, options: dict[str, Any], value: int, solver: str
):
    """The optimum by enumeration of all schedules is found."""
    fields = {"protocol": "v2vorder", "market": market, "objective": "blocking"}
    solution = solve(MARKET.model(OrderInstance.make(fields | options)).problem, solver)
    assert (solution.status, solution.objective) == ("optimal", value)
