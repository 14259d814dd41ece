"""Runs in one stretch: no proven optimum beats their bound, and where slots are many it is met."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from milpbft.automaton.counted.model import CountedModel
from milpbft.question.files import parse_instance
from milpbft.question.strict import StrictInstance
from milpbft.room import room_of
from milpbft.solvers import Limits
from milpbft.solvers import solve as solve_problem
from milpbft.suite import find
from tests.proven import proven

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.cases import Case
    from milpbft.milp.solution import Solution
    from milpbft.question.part import Question

INSTANCES = Path(__file__).parents[3] / "instances"


def whole(instance: Question, limits: Limits) -> Solution:
    """Solve the problem of runs in one stretch."""
    model = room_of(instance.protocol).model(instance)
    assert isinstance(model, CountedModel)
    return solve_problem(model.whole, "cpsat", limits)


def beaten(found: Solution, value: int | None, sense: str) -> bool:
    """Whether an optimum is better than a bound, or is there where the bound says nothing is."""
    if value is None:
        return False
    if found.status == "infeasible":
        return True
    if found.bound is None:
        return False
    return value > found.bound if sense == "max" else value < found.bound


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("pbft-n4-v1-e2-forks-amnesia1", 1),
        ("pbft-n4-v1-e2-forks-amnesia2", 2),
        ("sbftfast-n4-v1-undecided-amnesia1", 0),
        ("sbftfast-n4-v1-c2-undecided-amnesia1", 2),
        ("dbft2-strict-n4-v1-undecided-own-view", 0),
    ],
)
def test_one_view_has_the_bound_of_a_stretch(name: str, bound: int):
    """Without order these optima are the same: forks of two restarts, locks of two crashes."""
    instance = parse_instance(name)
    assert whole(instance, Limits()).bound == bound == proven(name, "cpsat")


def test_acts_without_order_are_no_more():
    """The fewest acts of a lock are a bound that the shortest run does not beat."""
    name = "pbft-n4-v1-c2-steps_lock-amnesia1"
    assert not beaten(whole(parse_instance(name), Limits()), proven(name, "cpsat"), "min")


def shipped() -> Iterator[object]:
    """Instances of the counted encoding with a known value, at most 7 nodes."""
    for case in find([INSTANCES / "strict", INSTANCES / "pbft"]):
        one = case.instance
        counted = isinstance(one, StrictInstance) and one.encoding == "counted" and one.n <= 7
        if counted and one.slots is None and case.expected and case.expected.status != "open":
            yield pytest.param(case, id=one.name)


@pytest.mark.slow
@pytest.mark.parametrize("case", list(shipped()))
def test_no_shipped_optimum_beats_the_bound_of_a_stretch(case: Case):
    """All families, with and without restarts, Byzantine nodes, losses and reloads."""
    assert case.expected is not None
    found = whole(case.instance, Limits(60))
    assert not beaten(found, case.expected.objective, case.instance.objective.sense), found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pbft-n7-v2-undecided-amnesia3", 0),
        ("sbftfast-n31-v2-e2-forks-amnesia10", 1),
    ],
)
def test_many_restarts_are_proven_by_it(name: str, value: int):
    """What slots alone did not prove in minutes."""
    assert proven(name, "cpsat") == value
