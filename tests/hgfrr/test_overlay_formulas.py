"""Closed forms against the reference, over many networks, and against plain enumeration."""

from __future__ import annotations

from math import floor, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.formulas import (
    Tree,
    deliveries,
    digit_sum,
    largest_base,
    levels_most,
    mean_tree_depth,
    messages,
    messages_most,
    rings_most,
    ticks,
    ticks_most,
    top_trees,
    tree_depth,
    tree_depth_most,
    up_messages,
)
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.tree import parents
from milpbft.hgfrr.reference.world import broadcast
from milpbft.hgfrr.sizes import Sizes
from tests.hgfrr.overlays import Case, cases


def depths(size: int, k: int) -> list[int]:
    """Count the depth of every node of the reference's tree."""
    depth = [0] * size
    for node, parent in enumerate(parents(size, k)):
        depth[node] = depth[parent] + 1 if node else 0
    return depth


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(2, 320))
def test_depth_of_a_tree(size: int, k: int):
    """Digit sums are depths; their maximum has a closed form, and that a bound."""
    depth = depths(size, k)
    assert [digit_sum(node, k) for node in range(size)] == depth
    assert tree_depth(size, k) == max(depth) <= tree_depth_most(size, k)


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(2, 6))
def test_the_bound_is_attained_at_powers(exponent: int, k: int):
    """A ring of k^e nodes is (k - 1) e deep."""
    assert tree_depth(k**exponent, k) == tree_depth_most(k**exponent, k) == (k - 1) * exponent


@settings(deadline=None)
@given(st.integers(1, 10**9))
def test_base_two_is_logarithmic_and_best(size: int):
    """For k = 2 the depth is floor(log2 N), exactly; no other base is less deep."""
    assert tree_depth(size, 2) == size.bit_length() - 1
    assert all(tree_depth(size, k) >= tree_depth(size, 2) for k in range(3, 12))


@settings(deadline=None)
@given(st.integers(1, 400))
def test_a_base_as_large_as_the_ring_is_a_chain(size: int):
    """From k = N on node i has the child i + 1 and no other: the claim of O(log N) fails."""
    assert tree_depth(size, max(size, 2)) == size - 1 == tree_depth_most(size, max(size, 2))
    assert depths(size, max(size, 2)) == list(range(size))


def test_where_the_claim_holds():
    """In a ring of 1000, twice log2 N ticks suffice up to k = 7; half of N is the mean of all k."""
    limit = floor(2 * log2(1000))
    assert largest_base(1000, limit) == 7
    assert (tree_depth(1000, 7), tree_depth(1000, 8)) == (19, 21)
    assert largest_base(1000, 999) is None
    assert largest_base(1000, 8) == 1
    assert mean_tree_depth(1000, 2, 1000) == pytest.approx(502.7, abs=0.05)
    assert mean_tree_depth(1000, 2, 4) == pytest.approx((9 + 12 + 14) / 3)


@pytest.mark.parametrize(("size", "k", "field"), [(0, 2, "size"), (5, 1, "k")])
def test_unusable_trees(size: int, k: int, field: str):
    """A tree has a node, and a base of two or more."""
    with pytest.raises(InputError) as error:
        tree_depth(size, k)
    assert error.value.field == field


def servants(case: Case) -> list[tuple[int, ...]]:
    """Return who broadcasts in the rings above the source, from the lowest level up."""
    topology, found = case.topology, []
    ring = topology.home(case.source)
    while ring >= 0:
        found.append(topology.rings[ring].contacts[: case.spread.serving])
        ring = topology.rings[ring].parent
    return found


@settings(max_examples=150, deadline=None)
@given(cases())
def test_messages_of_a_broadcast(case: Case):
    """The count of messages is exact for any number of contacts, and so are its bounds."""
    topology = case.topology
    run = broadcast(topology, case.source, case.spread)
    up = up_messages(case.source, servants(case))
    serving = [len(ring.contacts[: case.spread.serving]) for ring in topology.rings]
    serving[-1] = top_trees(case.source, servants(case))
    assert run.messages == messages(topology.sizes.tolist(), serving, up)
    assert up == sum(t.message.kind == "Up" for t in run.transmissions)
    assert deliveries(topology.n) <= run.messages
    assert run.messages <= messages_most(topology.n, case.sizes, case.spread.serving)
    if case.sizes.contacts == 1:
        assert run.messages == deliveries(topology.n) + up <= topology.n - 1 + topology.levels


def tree(case: Case, ring: int, come_from: int = -1, carrier: int | None = None) -> Tree:
    """Describe a ring and what is below it, but for the ring that `carrier` came up from."""
    topology, here = case.topology, case.topology.rings[ring]
    k, root = int(case.spread.bases(topology)[ring, 0]), here.contacts[0]
    below = {
        here.number(topology.rings[i].contacts[0], root): tree(case, i)
        for i in topology.children(ring)
        if i != come_from
    }
    held = 0 if carrier is None else here.number(carrier, root)
    return Tree(len(here.members), k, below, held)


@settings(max_examples=150, deadline=None)
@given(cases(contacts=1))
def test_ticks_of_a_broadcast(case: Case):
    """The tick of the last receipt is exact where rings have one contact each."""
    topology, path = case.topology, []
    ring, come_from, bearer, tick = topology.home(case.source), -1, case.source, 0
    while ring >= 0:
        contact = topology.rings[ring].contacts[0]
        tick += contact != bearer
        path.append((tick, tree(case, ring, come_from, bearer)))
        ring, come_from, bearer = topology.rings[ring].parent, ring, contact
    run = broadcast(topology, case.source, case.spread)
    # A single node holds its message; whoever is asked holds it a tick later, trees or not.
    assert run.ticks == max(ticks(path), tick)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_bounds_of_a_broadcast(case: Case):
    """Levels, rings and ticks keep to their bounds, for any number of contacts."""
    topology, spread = case.topology, case.spread
    assert topology.levels <= levels_most(topology.n, case.sizes)
    assert len(topology.rings) <= rings_most(topology.n, case.sizes)
    assert rings_most(topology.n, case.sizes) <= 1 + 2 * topology.n / case.sizes.least
    most = ticks_most(topology.levels, int(topology.sizes.max()), spread.k, spread.k_most)
    assert broadcast(topology, case.source, spread).ticks <= most


@pytest.mark.parametrize("n", [100, 1000, 10_000, 100_000])
def test_constants_at_size(n: int):
    """With rings of 16 and k = 2: n - 1 + levels messages, and 5 ticks per level, at any size."""
    sizes = Sizes(16)
    levels = build(uniform(n, 0), sizes).levels
    assert levels <= levels_most(n, sizes)
    assert messages_most(n, sizes) == n - 1 + levels_most(n, sizes)
    assert ticks_most(levels, 16, 2) == 5 * levels
