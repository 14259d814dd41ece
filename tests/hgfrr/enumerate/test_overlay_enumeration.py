"""Worst silent nodes, against messages run one by one."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.enumerate.coverage import worst
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.world import broadcast, silence
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from tests.hgfrr.overlays import Case, cases, two_levels


def test_one_silent_contact_by_hand():
    """Of nine nodes 1 reaches only 0 where its contact is silent; 0 is not a correct node then."""
    found = worst(two_levels(), Spread(), 1, 1)
    assert (found.silent, found.reached, found.correct, found.ticks) == ((0,), 1, 8, 0)
    assert found.coverage == 1 / 8
    late = worst(two_levels(), Spread(), 1, 1, objective="ticks")
    assert (late.silent, late.ticks) == ((2,), 4)


@settings(max_examples=25, deadline=None)
@given(cases(nodes=12), st.integers(0, 2), st.sampled_from(["contacts", "nodes"]))
def test_it_is_the_worst_of_all_runs(case: Case, failures: int, among):
    """No set leaves fewer correct nodes with the message, and the one named leaves so many."""
    topology, source = case.topology, case.source
    pool = topology.contact_nodes if among == "contacts" else topology.nodes.tolist()
    sets = list(combinations([node for node in pool if node != source], failures))
    if not sets:
        return
    runs = {s: broadcast(topology, source, case.spread, failures=silence(s)) for s in sets}
    reached = {s: len(run.correct) - len(run.missed) for s, run in runs.items()}
    found = worst(topology, case.spread, source, failures, among=among)
    assert found.reached == min(reached.values()) == reached[found.silent]
    late = worst(topology, case.spread, source, failures, among=among, objective="ticks")
    assert late.ticks == max(run.ticks for run in runs.values()) == runs[late.silent].ticks


@pytest.mark.parametrize("n", [20, 60])
def test_one_contact_per_ring_is_a_single_point_of_failure(n: int):
    """Whatever the size, one silent contact leaves a source alone."""
    topology = build(uniform(n, 0), Sizes(8), 0)
    source = next(node for node in range(n) if node not in topology.contact_nodes)
    assert worst(topology, Spread(), source, 1).reached == 1


def test_unusable_input():
    """More failures than nodes, and more sets than can be tried."""
    with pytest.raises(InputError, match="failures: 9 is not allowed; from 0 to 8"):
        worst(two_levels(), Spread(), 1, 9)
    with pytest.raises(InputError, match="at most 200000 sets"):
        worst(build(uniform(100, 0), Sizes()), Spread(), 0, 5)
