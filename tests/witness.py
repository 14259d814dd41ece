"""Witnesses: schedules of proven optima, which tests break in one place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.question.files import parse_instance
from milpbft.solve import replay_schedule, solve

if TYPE_CHECKING:
    from milpbft.schedule import Schedule


@cache
def schedule_of(name: str) -> Schedule:
    """Return the schedule of an instance's optimum, which replay confirms."""
    schedule = solve(parse_instance(name)).schedule
    assert schedule is not None
    assert replay_schedule(schedule)
    return schedule
