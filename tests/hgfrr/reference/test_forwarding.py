"""Relays: the data that models and consensus take, against broadcasts with failures."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.forwarding import hops, relays
from milpbft.hgfrr.reference.world import broadcast, silence
from milpbft.hgfrr.relays import START
from tests.hgfrr.overlays import Case, cases, two_levels


def test_two_levels_by_hand():
    """Walks go over the contact of the top ring, 3, and over 0 twice if at all."""
    found = relays(two_levels(), 1)
    assert found.hops.tolist() == [1, 0, 2, 2, 3, 3, 3, 4, 4]
    assert found.parents.tolist() == [1, -1, 0, 0, 3, 3, 3, 6, 6]
    assert found.children[0] == (2, 3)
    assert found.path(8) == (1, 0, 3, 6, 8)
    assert found.path(1) == (1,)
    assert found.behind(3) == (4, 5, 6, 7, 8)
    assert found.behind(8) == ()
    with pytest.raises(InputError, match="relay: 9 is not allowed"):
        found.behind(9)


def test_a_carrier_is_passed_twice():
    """The contact that brought the message up hears it again in the tree of the ring above."""
    found = relays(two_levels(), 7)
    # 7 tells 6, which tells 3, whose tree has 6 and 0 as children: 6 hears again.
    assert found.path(0) == (7, 6, 3, 0)
    again = [e for e, r in enumerate(found.receiver) if r == 6]
    assert found.sent[again].tolist() == [0, 2]
    assert [found.label[e] for e in again] == ["Up", "Down"]


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 8), st.integers(0, 10**6))
def test_what_happens_under_failures(case: Case, faulty: int, seed: int):
    """The rule for which transmissions happen gives the messages and the nodes of a real run."""
    nodes = case.topology.nodes.tolist()
    silent = Random(seed).sample(nodes, min(faulty, len(nodes)))
    found = relays(case.topology, case.source, case.spread)
    run = broadcast(case.topology, case.source, case.spread, failures=silence(silent))
    happened = found.happening(silent)
    wires = zip(found.sender[happened], found.receiver[happened], strict=True)
    assert sorted(wires) == sorted((t.sender, t.receiver) for t in run.transmissions)
    assert set(np.nonzero(found.reached(silent))[0].tolist()) == set(run.first)


@settings(max_examples=60, deadline=None)
@given(cases(contacts=1))
def test_with_one_contact_the_transmissions_are_a_tree(case: Case):
    """One cause each; a walk is as long as its ticks; silence on it, but at its end, cuts it."""
    found = relays(case.topology, case.source, case.spread)
    assert all(len(causes) == 1 for causes in found.causes)
    assert (found.hops >= 0).all()
    for node in case.topology.nodes.tolist():
        path = found.path(node)
        assert (path[0], path[-1], len(path)) == (case.source, node, found.hops[node] + 1)
    if case.topology.n > 1:
        relay = int(found.sender[-1])
        behind = {n for n in case.topology.nodes.tolist() if relay in found.path(n)[:-1]}
        assert set(found.behind(relay)) == behind - {relay}


@settings(max_examples=60, deadline=None)
@given(cases())
def test_causes_come_first(case: Case):
    """No transmission needs a later one, and each arrives where the next one leaves."""
    found = relays(case.topology, case.source, case.spread)
    for effect, causes in enumerate(found.causes):
        assert causes
        earliest = min(causes)
        if earliest == START:
            assert (causes, found.sender[effect]) == ((START,), case.source)
            continue
        assert all(found.receiver[cause] == found.sender[effect] for cause in causes)
        assert found.sent[earliest] + 1 == found.sent[effect]


@settings(max_examples=30, deadline=None)
@given(cases(nodes=25))
def test_hops_are_those_of_every_broadcast(case: Case):
    """The table has a row per source, with and without a silent node."""
    table = hops(case.topology, case.spread)
    muted = hops(case.topology, case.spread, silent=[0])
    for source in case.topology.nodes.tolist():
        run = broadcast(case.topology, source, case.spread)
        assert table[source].tolist() == [run.first[node] for node in range(case.topology.n)]
        run = broadcast(case.topology, source, case.spread, failures=silence([0]))
        assert muted[source].tolist() == [run.first.get(i, -1) for i in range(case.topology.n)]
