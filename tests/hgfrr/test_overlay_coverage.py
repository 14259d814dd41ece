"""Coverage on average: against enumeration of all failures, and seeded."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.coverage import average, average_baseline, baseline
from milpbft.hgfrr.reference.world import broadcast, silence
from milpbft.hgfrr.spread import Spread
from tests.hgfrr.overlays import two_levels


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_the_mean_is_that_of_all_failures(failures: int):
    """Nine nodes: the estimate is within four standard errors of the exact mean."""
    topology = two_levels()
    exact = [
        broadcast(topology, source, failures=silence(silent)).coverage
        for silent in combinations(topology.contact_nodes, failures)
        for source in set(range(9)) - set(silent)
    ]
    estimate = average(topology, Spread(), failures, runs=400, seed=1)
    assert abs(estimate.coverage - np.mean(exact)) <= 4 * estimate.error + 1e-12
    assert estimate.worst == min(exact)
    assert (estimate.failures, estimate.runs) == (failures, 400)


def test_a_seed_repeats_the_estimate():
    """The same seed gives the same numbers, another one others."""
    topology = two_levels()
    first, again, other = (average(topology, Spread(), 1, runs=50, seed=s) for s in (4, 4, 5))
    assert first == again != other


@pytest.mark.parametrize("name", ["flooding", "gossip", "kademlia"])
def test_baselines(name: str):
    """Without failures flooding and Kademlia reach all; failures cost Kademlia the most."""
    alone = average_baseline(name, 200, 0, runs=20)
    assert alone.coverage > 0.99
    assert alone == average_baseline(name, 200, 0, runs=20)
    hurt = average_baseline(name, 200, 20, runs=50)
    assert hurt.coverage < alone.coverage if name == "kademlia" else hurt.coverage > 0.95


def test_unusable_input():
    """More failures than contacts, no runs, and a baseline that is none."""
    with pytest.raises(InputError, match="failures: 4 is not allowed; from 0 to 3"):
        average(two_levels(), Spread(), 4)
    with pytest.raises(InputError, match="failures: 9 is not allowed; from 0 to 8"):
        average(two_levels(), Spread(), 9, among="nodes")
    with pytest.raises(InputError, match="runs: 0"):
        average(two_levels(), Spread(), 1, runs=0)
    with pytest.raises(InputError, match="baseline: 'chord' is not allowed"):
        baseline("chord", 10)
