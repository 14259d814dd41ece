"""Nodes that start again per node and tick, where ticks do not matter: the counted values."""

from __future__ import annotations

from itertools import product

import pytest

from tests.proven import same

GOALS = ("forks", "undecided", "steps_lock", "steps_fork", "faults_lock", "faults_fork")
NAMES = [
    f"{protocol}-n4-v1{crashes}-{{}}{goal}{again}"
    for protocol, again, crashes, goal in product(
        ("dbft2-strict", "pbft", "sbftfast", "linear", "sbft"),
        ("-amnesia1", "-amnesia2"),
        ("", "-c1", "-c2"),
        GOALS,
    )
]
WEIGHTED = [f"dbft2-strict-n4-v1-c{crashes}-{{}}p1-amnesia1" for crashes in (1, 2)]


@pytest.mark.parametrize("name", [*NAMES[4::40], WEIGHTED[0]])
def test_a_sample_of_objectives_is_as_counted(name: str):
    """One of 40."""
    same(name, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, *WEIGHTED])
def test_every_objective_is_as_counted(name: str):
    """Locks, forks, fewest acts and faults, with and without crashes."""
    same(name, 7)
