"""Locks of the PBFT family where nodes start again without memory: tables and enumeration."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from tests.covering import covering

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
WORDS = ("", "-nofetch", "-blind", "-asked", "-later", "-stepwise", "-status", "-gossip")
GOALS = ("-undecided", "-steps_lock", "-faults_lock")
FAULTS = ("", "-c1", "-c2", "-e2", "-c1-e2")
LIMIT = 40_000


def named(*parts: str) -> str:
    """Name an instance of the grid."""
    protocol, faults, goal, word, again = parts
    return f"{protocol}-n4-v1{faults}{goal}{word}{again}"


GRID = covering((PROTOCOLS, FAULTS, GOALS, WORDS, ("-amnesia1", "-amnesia2")), named, 3)
"""Every three option values occur together."""
QUICK = {
    "sbftfast-n4-v1-undecided-amnesia1": 0,
    "sbftfast-n4-v1-c2-steps_lock-amnesia1": 4,
}


def enumerated(instance: PbftInstance) -> tuple[int | None, bool]:
    """Return the value of all executions of the replicas, and whether not all were seen."""
    if instance.objective.name != "faults_lock":
        answer = ask(instance, LIMIT)
        return answer.value, answer.enumeration.capped
    kinds = ("crashes", "amnesia", "reloads")
    ways = product(*(range(getattr(instance, kind) + 1) for kind in kinds))
    for way in sorted(ways, key=sum):
        fields = dict(zip(kinds, way, strict=True)) | {"objective": "undecided"}
        answer = ask(PbftInstance.model_validate(instance.model_dump() | fields), LIMIT)
        if answer.value or answer.enumeration.capped:
            return sum(way), answer.enumeration.capped
    return None, False


def agrees(name: str) -> int | None:
    """Hold a proven and replayed value against the enumeration, as far as that sees everything."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    result = solve(instance, solver="cpsat")
    assert result.solution.status in ("optimal", "infeasible"), result.solution
    assert all(result.checks), [check.reason for check in result.checks]
    other, capped = enumerated(instance)
    assert capped or other == result.solution.objective
    return result.solution.objective


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_one_view_is_as_enumerated(name: str, value: int | None):
    """A sample of one view of four nodes, each restart tried at each moment."""
    assert agrees(name) == value


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_options_and_objectives_in_one_view_are_as_enumerated(name: str):
    """One view, every three option values together."""
    agrees(name)
