"""NetworkX graphs of an overlay: its rings, and the forwarding of one broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from milpbft.hgfrr.relays import Relays
    from milpbft.hgfrr.topology import Topology


def rings(topology: Topology) -> nx.MultiGraph:
    """Return the rings as a graph.

    Nodes have ``pos``, a pair, and ``level``, the highest level that they are on. Edges join
    neighbours on a ring; their key is the index of the ring, and they have its ``level``.
    """
    graph = nx.MultiGraph()
    for node in topology.nodes.tolist():
        x, y = topology.positions[node]
        graph.add_node(node, pos=(float(x), float(y)), level=0)
    for i, ring in enumerate(topology.rings):
        for node in ring.members:
            graph.nodes[node]["level"] = ring.level
        successors = zip(ring.members, (*ring.members[1:], ring.members[0]), strict=True)
        # Two members are neighbours once, not once in each direction.
        edges = {frozenset(pair) for pair in successors if pair[0] != pair[1]}
        for one, other in map(sorted, edges):
            graph.add_edge(one, other, key=i, level=ring.level)
    return graph


def forwarding(relays: Relays) -> nx.DiGraph:
    """Return who first has the message from whom; nodes have ``hops``, edges ``level``.

    Only nodes that the message comes to are in it.
    """
    graph = nx.DiGraph()
    for node, hops in enumerate(relays.hops.tolist()):
        if hops >= 0:
            graph.add_node(node, hops=hops)
    for node, parent in enumerate(relays.parents.tolist()):
        if parent >= 0:
            level = int(relays.level[relays.delivering[node]])
            graph.add_edge(parent, node, level=level)
    return graph
