"""Topologies: what they say of rings and nodes, and what is no topology."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from milpbft.errors import InputError
from milpbft.hgfrr import graph
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.topology import Ring, Topology
from tests.hgfrr.overlays import Case, cases, two_levels


def test_two_levels_by_hand():
    """Nodes, levels, homes and places of a network of nine."""
    topology = two_levels()
    assert (topology.n, topology.levels, topology.ids) == (9, 2, 9)
    assert topology.sizes.tolist() == [3, 3, 3, 3]
    assert topology.contact_nodes == (0, 3, 6)
    assert topology.home(4) == 1
    assert topology.places(4) == (1,)
    assert topology.places(6) == (2, 3)
    assert topology.children(3) == (0, 1, 2)
    assert topology.rings[3].number(0, root=3) == 2
    with pytest.raises(InputError, match="node: 9 is not allowed"):
        topology.home(9)


@pytest.mark.parametrize(
    ("rings", "says"),
    [
        ((), "one ring at least"),
        ((Ring(0, (), (), -1),), "one member"),
        ((Ring(0, (0, 1), (2,), -1),), "some of its members"),
        ((Ring(0, (0, 1), (), -1),), "some of its members"),
        ((Ring(0, (0, 1), (1, 1), -1),), "each node once"),
        ((Ring(0, (0, 1), (0,), 0),), "-1 for the last ring only"),
        ((Ring(0, (0,), (0,), -1), Ring(0, (1,), (1,), -1)), "-1 for the last ring only"),
        ((Ring(0, (0,), (0,), 1), Ring(2, (0,), (0,), -1)), "a ring one level up"),
        ((Ring(0, (0, 1, 0), (0,), -1),), "each node on one ring"),
        ((Ring(0, (0, 3), (0,), -1),), "nodes from 0 to 2"),
        (
            (Ring(0, (0,), (0,), 2), Ring(0, (1,), (1,), 2), Ring(1, (1, 0), (1,), -1)),
            "the contacts of its sub-rings",
        ),
    ],
)
def test_what_is_no_topology(rings: tuple[Ring, ...], says: str):
    """Every rule of the hierarchy, broken once."""
    with pytest.raises(InputError, match=says):
        Topology(np.zeros((3, 2)), rings)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Sizes(contacts=0), "contacts"),
        (lambda: Sizes(3), "ring"),
        (lambda: Sizes(8, 3), "ring"),
        (lambda: Sizes(8, 1, 5), "least"),
        (lambda: Spread(1), "k"),
        (lambda: Spread(3, 2), "k_most"),
        (lambda: Spread(serving=0), "serving"),
        (lambda: Spread(seed=-1), "seed"),
    ],
)
def test_parameters_out_of_range(make, field: str):
    """The error names the field."""
    with pytest.raises(InputError) as error:
        make()
    assert error.value.field == field


@settings(deadline=None)
@given(cases())
def test_graphs_have_the_rings_and_the_forwarding(case: Case):
    """Each ring is a cycle of its own, and the forwarding a tree from the source."""
    topology = case.topology
    rings = graph.rings(topology)
    assert set(rings) == set(topology.nodes.tolist())
    sizes = [0] * len(topology.rings)
    for *_, ring in rings.edges(keys=True):
        sizes[ring] += 1
    # A ring of two has one edge, and one of one none.
    assert sizes == [m if m > 2 else m - 1 for m in topology.sizes.tolist()]
    tree = graph.forwarding(relays(topology, case.source, case.spread))
    assert len(tree) == topology.n
    assert tree.number_of_edges() == topology.n - 1
    assert tree.in_degree(case.source) == 0
