"""Locks of the PBFT family where nodes start again without memory: tables and enumeration."""

from __future__ import annotations

import pytest

from tests.covering import covering
from tests.pbft.asking import agrees

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


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_one_view_is_as_enumerated(name: str, value: int | None):
    """A sample of one view of four nodes, each restart tried at each moment."""
    assert agrees(name, LIMIT, "cpsat")[0] == value


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_options_and_objectives_in_one_view_are_as_enumerated(name: str):
    """One view, every three option values together."""
    agrees(name, LIMIT, "cpsat")
