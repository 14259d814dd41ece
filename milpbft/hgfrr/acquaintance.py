"""Acquaintance: graphs of who can send to whom, for best broadcast trees."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx

from milpbft.errors import InputError
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.tree import parents
from milpbft.hgfrr.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.topology import Topology


def graph_of(kind: str, n: int, k: int, ring: int, seed: int) -> nx.Graph:
    """Return who can send to whom; parameters as of :class:`milpbft.hgfrr.instance.TreeInstance`.

    Raises
    ------
    InputError
        For an unknown kind, or a hypercube where n is no power of two.
    """
    match kind:
        case "complete":
            return nx.complete_graph(n)
        case "cycle":
            return nx.cycle_graph(n)
        case "hypercube":
            return _hypercube(n)
        case "kary":
            return _tree(parents(n, k))
        case "rings":
            return _rings(topology_of(n, Sizes(ring), seed))
    raise InputError("graph", kind, "complete, cycle, hypercube, kary or rings")


def _hypercube(n: int) -> nx.Graph:
    """Connect nodes whose numbers differ in one bit."""
    dimension = n.bit_length() - 1
    if n != 1 << dimension:
        raise InputError("n", n, "a power of two for a hypercube")
    graph = nx.empty_graph(n)
    graph.add_edges_from((i, i ^ (1 << e)) for i in range(n) for e in range(dimension))
    return graph


def _tree(above: Sequence[int]) -> nx.Graph:
    """Connect nodes with their parents, -1 for that of the root."""
    graph = nx.empty_graph(len(above))
    graph.add_edges_from((parent, i) for i, parent in enumerate(above) if parent >= 0)
    return graph


def _rings(topology: Topology) -> nx.Graph:
    """Connect nodes that share a ring, on any level."""
    graph = nx.Graph()
    graph.add_nodes_from(topology.nodes.tolist())
    for ring in topology.rings:
        graph.add_edges_from(combinations(ring.members, 2))
    return graph
