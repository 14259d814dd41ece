"""Routes: on which walks a broadcast without failures comes to each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.paths import Pair, Paths
from milpbft.hgfrr.model.layout import Layout

if TYPE_CHECKING:
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

Walk = tuple[int, ...]
"""Nodes, from the source to the receiver; a hop each, and a node may be on it twice."""


def routes(layout: Layout) -> dict[int, Walk]:
    """Return per node the walk on which the message first comes to it.

    One contact per ring: each message has one cause, so a walk is as long as it is late.
    """
    topology = layout.topology
    found: dict[int, Walk] = {layout.source: (layout.source,)}
    begun: dict[int, Walk] = {}
    carried: Walk = (layout.source,)
    for ring in layout.way_up:
        contact = topology.rings[ring].contacts[0]
        carried = carried if carried[-1] == contact else (*carried, contact)
        begun[ring] = carried
        _first(found, carried)
    for ring in reversed(range(len(topology.rings))):
        members = topology.rings[ring].members
        root = members.index(topology.rings[ring].contacts[0])
        walks: dict[int, Walk] = {root: begun[ring]}
        for parent, place in layout.tree(ring, 0, layout.around(ring, root)):
            walks[place] = (*walks[parent], members[place])
            _first(found, walks[place])
        for child in topology.children(ring):
            slot = layout.slot(child, 0)
            assert slot is not None, "it has a ring above"
            begun.setdefault(child, walks[slot[1]])
    return found


def _first(found: dict[int, Walk], walk: Walk) -> None:
    known = found.get(walk[-1])
    if known is None or len(walk) < len(known):
        found[walk[-1]] = walk


def paths(topology: Topology, spread: Spread) -> Paths:
    """Return hops and relays between all pairs of nodes."""
    hops: dict[Pair, int] = {}
    relays: dict[Pair, tuple[int, ...]] = {}
    for source in topology.nodes.tolist():
        for node, walk in routes(Layout(topology, spread, source)).items():
            if node != source:
                hops[source, node] = len(walk) - 1
                relays[source, node] = walk[1:-1]
    return Paths(hops, relays)
