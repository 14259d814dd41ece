"""Rings that nodes join and leave: limits, elections, locality, and what a mutant breaks."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.arcs import cut, insert
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.hilbert import keys_of_cells
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.topology import Topology
from tests.hgfrr.overlays import limits, two_levels


def keeps(topology: Topology, sizes: Sizes) -> None:
    """Assert the limits of every ring; that the rings are a hierarchy, the topology asserts."""
    for i, ring in enumerate(topology.rings):
        top, below = ring.parent == -1, len(topology.children(i))
        assert len(ring.contacts) == min(sizes.contacts, len(ring.members))
        if ring.level:
            assert (2 if top else sizes.least_rings) <= below <= sizes.most_rings
        else:
            assert (1 if top else sizes.least) <= len(ring.members) <= sizes.most


@settings(max_examples=60, deadline=None)
@given(limits(), st.integers(0, 40), st.integers(0, 10**6), st.floats(0.2, 0.8))
def test_limits_hold_under_churn(sizes: Sizes, n: int, seed: int, growth: float):
    """However nodes come and go, and whenever contacts rotate, every ring keeps its limits."""
    random = Random(seed)
    overlay = Overlay.of(build(uniform(n, seed), sizes, seed), sizes) if n else Overlay(sizes)
    present = set(range(n))
    for _ in range(60):
        if not present or random.random() < growth:
            present.add(overlay.join((random.random(), random.random())))
        else:
            overlay.leave(gone := random.choice(sorted(present)))
            present.discard(gone)
        if random.random() < 0.1:
            overlay.rotate()
        assert len(overlay) == len(present)
        if present:
            topology = overlay.topology()
            keeps(topology, sizes)
            assert set(topology.nodes.tolist()) == present


@settings(deadline=None)
@given(limits(), st.integers(1, 300), st.integers(0, 100))
def test_a_network_built_at_once_keeps_limits(sizes: Sizes, n: int, seed: int):
    """Building keeps the limits that joining and leaving keep."""
    keeps(build(uniform(n, seed), sizes, seed), sizes)


def test_join_goes_to_the_nearest_contact():
    """Two clusters of four: a fifth node of one stands on its ring, next to the nearest."""
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    positions = np.array(corners + [(x + 10, y) for x, y in corners], dtype=float)
    overlay = Overlay.of(build(positions, Sizes(5)), Sizes(5))
    rings = [sorted(ring.members) for ring in overlay.topology().level(0)]
    assert sorted(rings) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    newcomer = overlay.join((10.5, -0.1))
    topology = overlay.topology()
    ring = topology.rings[topology.home(newcomer)]
    assert set(ring.members) == {4, 5, 6, 7, newcomer}
    place = ring.members.index(newcomer)
    # Between the two lower corners of its cluster.
    beside = {ring.members[place - 1], ring.members[(place + 1) % 5]}
    assert beside == {4, 7}


def test_a_ring_splits_at_the_threshold_and_merges_below_the_limit():
    """One ring up to four nodes, two from five on; one again when three are left of a half."""
    overlay = Overlay(Sizes(4), seed=1)
    for i in range(4):
        overlay.join((float(i), 0.0))
    assert overlay.topology().levels == 1
    overlay.join((4.0, 0.0))
    topology = overlay.topology()
    assert [len(ring.members) for ring in topology.rings] == [2, 3, 2]
    small = next(ring for ring in topology.level(0) if len(ring.members) == 2)
    overlay.leave(small.members[0])
    assert [len(ring.members) for ring in overlay.topology().rings] == [4]


@pytest.mark.parametrize("seed", range(10))
def test_a_contact_that_leaves_is_replaced(seed: int):
    """On every ring that it was a contact of, another member is; others keep their contacts."""
    sizes = Sizes(12, 2)
    before = build(uniform(120, seed), sizes, seed)
    top = before.rings[-1]
    node = top.contacts[0]
    overlay = Overlay.of(before, sizes, seed)
    overlay.leave(node)
    after = overlay.topology()
    assert node not in after.contact_nodes
    elsewhere = [ring.contacts for ring in before.rings if node not in ring.members]
    assert {ring.contacts for ring in after.rings} >= set(elsewhere)


def test_elections_are_fair_and_seeded():
    """Over many rotations each of ten members is elected about as often; a seed repeats them."""
    topology = Topology(np.zeros((10, 2)), build(np.zeros((10, 2)), Sizes(10)).rings)
    overlay = Overlay.of(topology, Sizes(10), seed=5)
    counts = [0] * 10
    drawn = []
    for _ in range(2000):
        overlay.rotate()
        drawn.append(overlay.topology().rings[0].contacts[0])
        counts[drawn[-1]] += 1
    # Standard deviation 13.4; five of them is an event of less than one in a million.
    assert all(abs(count - 200) < 67 for count in counts)
    again = Overlay.of(topology, Sizes(10), seed=5)
    for contact in drawn[:20]:
        again.rotate()
        assert again.topology().rings[0].contacts == (contact,)


def test_rotation_reaches_every_level():
    """After a rotation the members of each upper ring are the new contacts below."""
    overlay = Overlay.of(build(uniform(300, 0), Sizes(8, 2)), Sizes(8, 2), seed=1)
    before = overlay.topology()
    overlay.rotate()
    after = overlay.topology()
    assert [len(r.members) for r in before.rings] == [len(r.members) for r in after.rings]
    assert before.rings[-1].members != after.rings[-1].members
    assert [r.members for r in before.level(0)] == [r.members for r in after.level(0)]


def test_cutting_and_inserting_by_hand():
    """Four corners are cut along the short sides; a node goes where the detour is shortest."""
    positions = [(0.0, 0.0), (5.0, 0.0), (5.0, 1.0), (0.0, 1.0), (2.0, -0.1)]
    assert sorted(map(sorted, cut([0, 1, 2, 3], positions))) == [[0, 3], [1, 2]]
    ring = [0, 1, 2, 3]
    insert(ring, 4, positions)
    assert ring == [0, 4, 1, 2, 3]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_hilbert_curve_goes_from_cell_to_next_cell(order: int):
    """Every cell once, each a neighbour of the one before: what makes it a Hilbert curve."""
    side = 1 << order
    cells = np.array([(x, y) for x in range(side) for y in range(side)])
    places = keys_of_cells(cells, order)
    assert sorted(places.tolist()) == list(range(side * side))
    walk = cells[np.argsort(places)]
    assert (np.abs(np.diff(walk, axis=0)).sum(axis=1) == 1).all()


def test_unusable_input():
    """Nodes that are not there, positions that are none, and an empty network."""
    overlay = Overlay(Sizes())
    with pytest.raises(InputError, match="overlay"):
        overlay.topology()
    with pytest.raises(InputError, match="position"):
        overlay.join((float("nan"), 0))
    with pytest.raises(InputError, match="node: 3"):
        overlay.leave(3)
    for positions in (np.zeros((0, 2)), np.zeros((3, 3)), np.full((3, 2), np.inf)):
        with pytest.raises(InputError, match="positions"):
            build(positions, Sizes())
    for n, seed in ((0, 0), (5, -1)):
        with pytest.raises(InputError):
            uniform(n, seed)


class KeepsTheContact(Overlay):
    """Mutant: a contact that leaves stays a contact."""

    def leave(self, node: int) -> None:
        """Remove a node, and elect nobody."""
        self._homes.pop(node).members.remove(node)


def test_a_contact_that_is_not_replaced_is_caught():
    """The rings that the mutant leaves behind are no topology."""
    overlay = KeepsTheContact.of(two_levels(), Sizes(4))
    overlay.leave(3)
    with pytest.raises(InputError, match="some of its members"):
        overlay.topology()
