"""Nodes of dBFT 2.0 that reload their logs: counted tables, replicas, enumeration."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.instance import DbftInstance
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import solve

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


def enumerated(instance: DbftInstance) -> tuple[int | None, bool]:
    """Return the value of all executions of the replicas, and whether not all were seen."""
    ways = [(instance.crashes, instance.reloads)]
    fewest = instance.objective.name == "faults_lock"
    if fewest:
        ways = sorted(product(range(ways[0][0] + 1), range(ways[0][1] + 1)), key=sum)
    for crashes, reloads in ways:
        seen = explore(
            rules_of(instance),
            views=instance.views,
            crashes=crashes,
            reloads=reloads,
            fetch=instance.fetch,
            limit=LIMIT,
        )
        if not fewest:
            return max(0, seen.undecided), seen.capped
        if seen.locks or seen.capped:
            return crashes + reloads, seen.capped
    return None, False


def agrees(name: str) -> int | None:
    """Hold a proven and replayed value against the enumeration, as far as that sees everything."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    result = solve(instance, solver="cpsat")
    assert result.solution.status in ("optimal", "infeasible"), result.solution
    assert all(result.checks), [check.reason for check in result.checks]
    other, capped = enumerated(instance)
    assert capped or other == result.solution.objective
    if result.schedule is not None and result.solution.objective and not instance.crashes:
        faults = {e.fault for e in result.schedule.events if isinstance(e, Fault)}
        assert faults <= {"reload"}
    return result.solution.objective


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_one_view_is_as_enumerated(name: str, value: int):
    """Two of four nodes that miss what was under way lock one view, and one does not."""
    assert agrees(name) == value


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_options_and_objectives_are_as_enumerated(name: str):
    """One and two views, with and without a crash."""
    agrees(name)
