"""Links: how long messages are under way, and how long they wait for their sender's ports.

A link takes as many ticks as its length says, and a node sends so many messages per tick at most,
in the order in which it decided to send them.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from heapq import heappop, heappush
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from milpbft.hgfrr.model.layout import Layout, Place


class Links:
    """The delays of one broadcast; for drawn contacts, and for one per ring where ports are few.

    With one contact per ring a message has one cause, so whoever is silent, a message that is sent
    at all is sent when it is sent without faults: what a node has queued before it depends on
    earlier receipts, and these it had, since its own cause needed them.

    Parameters
    ----------
    layout
        The rings.
    latency
        Ticks per unit of distance; 0: every link takes a tick.
    ports
        Messages that a node sends per tick, at most; 0 for no limit.
    """

    def __init__(self, layout: Layout, latency: int = 0, ports: int = 0) -> None:
        self._layout = layout
        self._latency = latency
        self._ports = ports

    @property
    def plain(self) -> bool:
        """Whether every message takes a tick and waits for nothing."""
        return not self._latency and not self._ports

    def node(self, place: Place) -> int:
        """Return who stands on a place where contacts are drawn."""
        ring, number = place
        return self._layout.topology.rings[ring].members[number]

    def travel(self, one: Place, other: Place) -> int:
        """Ticks on the way: ``max(1, ceil(latency * distance))``."""
        if not self._latency:
            return 1
        positions = self._layout.topology.positions
        gap = positions[self.node(one)] - positions[self.node(other)]
        return max(1, ceil(self._latency * float(np.hypot(*gap))))

    def wait(self, kind: str, one: Place, other: Place) -> int:
        """Ticks from the sender's receipt to the sending."""
        return self._waits.get((kind, one, other), 0) if self._ports else 0

    def delay(self, kind: str, one: Place, other: Place) -> int:
        """Ticks from the sender's receipt to the arrival; `kind` is ``Up`` or ``Down``."""
        return 1 if self.plain else self.wait(kind, one, other) + self.travel(one, other)

    @property
    def ticks_most(self) -> int:
        """Tick by which every broadcast has ended, whoever is faulty.

        Where ports are few that of the last arrival without faults. Else the longest link up per
        ring on the way, and the longest way down a tree per level.
        """
        layout = self._layout
        if self.plain:
            return layout.ticks_most
        if self._ports:
            return self._ran[1]
        levels: dict[int, int] = {}
        for ring in range(len(layout.topology.rings)):
            here = max(self._longest(ring, contact) for contact in layout.serving(ring))
            levels[layout.level(ring)] = max(levels.get(layout.level(ring), 0), here)
        return sum(map(self._up_most, layout.way_up)) + sum(levels.values())

    def _longest(self, ring: int, contact: int) -> int:
        """Ticks that the longest way down a contact's tree takes."""
        order = self._layout.around(ring, self._contact(ring, contact)[1])
        ticks = {order[0]: 0}
        for parent, child in self._layout.tree(ring, contact, order):
            ticks[child] = ticks[parent] + self.travel((ring, parent), (ring, child))
        return max(ticks.values())

    def _up_most(self, ring: int) -> int:
        """Ticks that a message up takes at most in a ring."""
        places = range(self._layout.size(ring))
        return max(self.travel((ring, p), (ring, q)) for p in places for q in places)

    @property
    def _waits(self) -> dict[tuple[str, Place, Place], int]:
        return self._ran[0]

    @cached_property
    def _ran(self) -> tuple[dict[tuple[str, Place, Place], int], int]:
        """Let the broadcast happen without faults, receipt by receipt."""
        waits: dict[tuple[str, Place, Place], int] = {}
        used: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        begun: set[int] = set()
        receipts: list[tuple[int, int, str, int, Place]] = [(0, 0, "Up", 0, self._layout.home)]
        last = count = 0
        while receipts:
            tick, _, kind, level, place = heappop(receipts)
            last = max(last, tick)
            for what, one, other in self._follows(kind, level, place, begun):
                node = self.node(one)
                busy, taken = used[node]
                leaves = max(busy, tick)
                if leaves == busy and taken == self._ports:
                    leaves += 1
                used[node] = leaves, taken + 1 if leaves == busy else 1
                waits[what, one, other] = leaves - tick
                count += 1
                there = leaves + self.travel(one, other)
                heappush(receipts, (there, count, what, self._layout.level(other[0]), other))
        return waits, last

    def _follows(
        self, kind: str, level: int, place: Place, begun: set[int]
    ) -> list[tuple[str, Place, Place]]:
        """Return what a receipt makes a node send, in order; `begun` rings have their tree."""
        node = self.node(place)
        sends: list[tuple[str, Place, Place]] = []
        rings = self._layout.topology.places(node)
        if kind == "Down":
            sends += self._children(place)
            for lower in reversed(rings[:level]):
                sends += self._begins(lower, node, begun)
            return sends
        while level < len(self._layout.way_up):
            ring = self._layout.way_up[level]
            here = ring, self._layout.topology.rings[ring].members.index(node)
            contact = self._contact(ring)
            if here != contact:
                return [*sends, ("Up", here, contact)]
            for lower in reversed(rings[: level + 1]):
                sends += self._begins(lower, node, begun)
            level += 1
        return sends

    def _begins(self, ring: int, node: int, begun: set[int]) -> list[tuple[str, Place, Place]]:
        """Return the first messages of a ring's tree, if its contact is this node, once."""
        contact = self._contact(ring)
        if self.node(contact) != node or ring in begun:
            return []
        begun.add(ring)
        return self._children(contact)

    def _contact(self, ring: int, number: int = 0) -> Place:
        elected = self._layout.topology.rings[ring]
        return ring, elected.members.index(elected.contacts[number])

    def _children(self, place: Place) -> list[tuple[str, Place, Place]]:
        ring, number = place
        order = self._layout.around(ring, self._contact(ring)[1])
        arcs = self._layout.tree(ring, 0, order)
        return [("Down", place, (ring, child)) for parent, child in arcs if parent == number]
