"""Acquaintance: graphs of who can send to whom, for best broadcast trees."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.topology import Topology


def complete(n: int) -> nx.Graph:
    """Return a ring whose members all know each other, as HGFRR's trees need it."""
    return nx.complete_graph(n)


def cycle(n: int) -> nx.Graph:
    """Return a ring whose members know their two neighbours."""
    return nx.cycle_graph(n)


def hypercube(n: int) -> nx.Graph:
    """Return a hypercube; nodes that differ in one bit know each other.

    Raises
    ------
    InputError
        Where n is no power of two.
    """
    dimension = n.bit_length() - 1
    if n != 1 << dimension:
        raise InputError("n", n, "a power of two for a hypercube")
    graph = nx.empty_graph(n)
    graph.add_edges_from((i, i ^ (1 << e)) for i in range(n) for e in range(dimension))
    return graph


def tree(parents: Sequence[int]) -> nx.Graph:
    """Return a tree given per node its parent, -1 for the root."""
    graph = nx.empty_graph(len(parents))
    graph.add_edges_from((parent, i) for i, parent in enumerate(parents) if parent >= 0)
    return graph


def rings(topology: Topology) -> nx.Graph:
    """Return who shares a ring with whom, on any level."""
    graph = nx.Graph()
    graph.add_nodes_from(topology.nodes.tolist())
    for ring in topology.rings:
        graph.add_edges_from(combinations(ring.members, 2))
    return graph
