"""Routes: on which walks a broadcast comes to each node, whoever of the relays is faulty.

A walk is left out where another one is as short and comes by no other relay, and by none later: it
helps nowhere. With one contact per ring one walk is left.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.paths import Pair, Paths, Relays
from milpbft.errors import InputError
from milpbft.hgfrr.model.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milpbft.hgfrr.peers import Peers
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

Walk = tuple[int, ...]
"""Nodes, from the source to the receiver; a hop each, and a node may be on it twice."""


def useful(walks: Iterable[Walk]) -> list[Walk]:
    """Drop walks to one node that others make useless; shortest first."""
    found: list[tuple[Walk, Mapping[int, int]]] = []
    for walk in sorted(set(walks), key=lambda one: (len(one), one)):
        last = {node: place for place, node in enumerate(walk[:-1])}
        if not any(all(last.get(v, -1) >= p for v, p in other.items()) for _, other in found):
            found.append((walk, last))
    return [walk for walk, _ in found]


class Routes:
    """The walks of one broadcast over an overlay, with drawn contacts.

    Parameters
    ----------
    layout
        Rings, contacts and source.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.tree = cache(self._tree)
        self.heard = cache(self._heard)

    @cached_property
    def up(self) -> dict[tuple[int, int], list[Walk]]:
        """By level and contact: the walks on which the message comes up to it."""
        layout, found = self._layout, dict[tuple[int, int], list[Walk]]()
        bearers: list[tuple[int, list[Walk]]] = [(layout.source, [(layout.source,)])]
        for level, ring in enumerate(layout.way_up):
            servants = self._servants(ring)
            for number, servant in enumerate(servants):
                ways = [walk for node, borne in bearers if node == servant for walk in borne]
                ways += [(*walk, servant) for node, borne in bearers if node not in servants
                         for walk in borne]  # fmt: skip
                found[level, number] = useful(ways)
            bearers = [(node, found[level, j]) for j, node in enumerate(servants)]
        return found

    def to(self, node: int) -> list[Walk]:
        """Return the walks on which the message comes to a node."""
        if node == self._layout.source:
            return [(node,)]
        ring = self._layout.topology.home(node)
        place = self._layout.topology.rings[ring].members.index(node)
        return self._member(ring, place)

    def _servants(self, ring: int) -> Sequence[int]:
        contacts = self._layout.topology.rings[ring].contacts
        return [contacts[number] for number in self._layout.serving(ring)]

    def _heard(self, ring: int, contact: int) -> list[Walk]:
        """Return the walks to a contact: up to it, or on the ring above."""
        level, slot = self._layout.level(ring), self._layout.slot(ring, contact)
        ways: list[Walk] = []
        if ring in self._layout.way_up:
            ways += self.up.get((level, contact), [])
        if slot is not None:
            ways += self._member(*slot)
        return useful(ways)

    def _member(self, ring: int, place: int) -> list[Walk]:
        """Return the walks to who stands on a place of a ring: on that ring, or above."""
        elected, ways = self._layout.topology.rings[ring], list[Walk]()
        for contact in self._layout.serving(ring):
            ways += self.tree(ring, contact)[place]
        for contact in self._layout.contacts(ring):
            if elected.contacts[contact] == elected.members[place]:
                ways += self.heard(ring, contact)
        return useful(ways)

    def _tree(self, ring: int, contact: int) -> list[list[Walk]]:
        """Return per place the walks in the tree of a contact."""
        elected = self._layout.topology.rings[ring]
        root = elected.members.index(elected.contacts[contact])
        ways: list[list[Walk]] = [[] for _ in elected.members]
        ways[root] = self.heard(ring, contact)
        for parent, place in self._layout.tree(ring, contact, self._layout.around(ring, root)):
            ways[place] = useful((*walk, elected.members[place]) for walk in ways[parent])
        return ways


def routes(layout: Layout) -> dict[int, list[Walk]]:
    """Return per node the walks on which the message comes to it."""
    found = Routes(layout)
    return {node: found.to(node) for node in layout.topology.nodes.tolist()}


def paths(topology: Topology, spread: Spread) -> Paths:
    """Return the walks between all pairs of nodes of an overlay."""
    walks: dict[Pair, tuple[Relays, ...]] = {}
    for source in topology.nodes.tolist():
        for node, ways in routes(Layout(topology, spread, source)).items():
            if node != source:
                walks[source, node] = tuple(way[1:-1] for way in ways)
    return Paths(walks)


def told(peers: Peers, n: int) -> Paths:
    """Return the walks between all pairs of nodes of a gossip.

    Raises
    ------
    InputError
        Where a node does not reach another one.
    """
    walks: dict[Pair, tuple[Relays, ...]] = {}
    for source in range(n):
        ways: list[list[Walk]] = [[] for _ in range(n)]
        news: list[Walk] = [(source,)]
        ways[source] = news
        while news:
            further = [(*walk, v) for walk in news for _, v in peers.known[walk[-1]]]
            news = []
            for node in {walk[-1] for walk in further}:
                kept = useful([*ways[node], *(walk for walk in further if walk[-1] == node)])
                news += [walk for walk in kept if walk not in ways[node]]
                ways[node] = kept
        for node in range(n):
            if not ways[node]:
                allowed = f"a gossip in which node {source} reaches node {node}"
                raise InputError("overlay", f"a fanout of {len(peers.known[source])}", allowed)
            if node != source:
                walks[source, node] = tuple(way[1:-1] for way in ways[node])
    return Paths(walks)
