"""Optimal schedules that several tests start from, each solved once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.question.files import parse_instance
from milpbft.solve import solve

if TYPE_CHECKING:
    from milpbft.schedule import Schedule


@cache
def optimum(name: str) -> Schedule:
    """Return an optimal schedule of an instance."""
    schedule = solve(parse_instance(name), "cpsat").schedule
    assert schedule is not None
    return schedule
