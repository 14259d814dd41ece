"""Objectives that replay counts again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.hgfrr.room import HGFRR
from milpbft.question.files import parse_instance
from milpbft.solve import solve

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule


def counted_alone(name: str) -> tuple[Question, Schedule, int]:
    """Return an instance, its best run and the value, which passes, and no number beside it."""
    result = solve(parse_instance(name))
    value, schedule = result.solution.objective, result.schedule
    assert value is not None
    assert schedule is not None
    assert HGFRR.recount(result.instance, schedule, value)
    for wrong in (value - 1, value + 1):
        verdict = HGFRR.recount(result.instance, schedule, wrong)
        assert f"{value} in the run, {wrong} in the model" in verdict.reason
    return result.instance, schedule, value
