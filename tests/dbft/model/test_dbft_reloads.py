"""Nodes of dBFT 2.0 that reload their logs: counted tables, replicas, enumeration."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.dbft.instance import DbftInstance
from milpbft.schedule import Fault
from tests.dbft.asking import holds
from tests.proven import solved

WORDS = ("", "-never", "-own-view", "-agreement", "-nofetch")
LIMIT = 40_000
GRID = [
    f"dbft2-strict-n4-v{views}{crash}-{goal}{word}-reload{most}"
    for views, crash, goal, word, most in product(
        (1, 2), ("", "-c1"), ("undecided", "faults_lock"), WORDS, (1, 2)
    )
]
QUICK = {
    "dbft2-strict-n4-v1-undecided-reload1": 0,
    "dbft2-strict-n4-v1-undecided-reload2": 4,
    "dbft2-strict-n4-v1-faults_lock-reload4": 2,
}


def agrees(name: str) -> int | None:
    """Hold a proven and replayed value against the enumeration, as far as that sees everything."""
    result = solved(name, "cpsat")
    instance, value = result.instance, result.solution.objective
    assert isinstance(instance, DbftInstance)
    holds(name, value, LIMIT)
    if result.schedule is not None and value and not instance.crashes:
        faults = {e.fault for e in result.schedule.events if isinstance(e, Fault)}
        assert faults <= {"reload"}
    return value


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_one_view_is_as_enumerated(name: str, value: int):
    """Two of four nodes that miss what was under way lock one view, and one does not."""
    assert agrees(name) == value


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_options_and_objectives_are_as_enumerated(name: str):
    """One and two views, with and without a crash."""
    agrees(name)
