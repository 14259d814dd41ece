"""Crowding: what random adversaries leave for later among very many nodes.

A hundred nodes whose timers expire again and again say the same to each other millions of times.
An adversary who may delay messages at will delays those that bring nothing new; what has not come
by the end of a run is owed, and comes when the run is judged.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from milpbft.sim.network import E, Network, Packet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.sim.world import World

CROWD = 30
"""Nodes above which they are very many."""
_REPEATS = 3
"""So many messages that only repeat others come to a node at a tick."""


class Latest(Network[E]):
    """Keeps under way the last message alone that a node sent of a kind and view.

    Of several of one label schedules mean the last. What only repeats others is of one label here.

    Parameters
    ----------
    n
        Number of nodes.
    repeating
        Kinds that only repeat others.
    """

    def __init__(self, n: int, repeating: frozenset[str]) -> None:
        super().__init__(n)
        self._repeating = repeating
        self._last: dict[tuple[int, str, int], Packet[E]] = {}

    def broadcast(self, packet: Packet[E]) -> None:
        """Put a message under way, instead of the one before it."""
        kind = packet.kind.partition("#")[0]
        kind = kind if kind in self._repeating else packet.kind
        label = packet.sender, kind, packet.view
        before = self._last.get(label)
        self._last[label] = packet
        if before is not None:
            for packets in self._under_way:
                packets.pop(before, None)
        super().broadcast(packet)


def few(
    deliveries: Iterable[tuple[int, Packet[Any]]], world: World[Any, Any]
) -> Iterator[tuple[int, Packet[Any]]]:
    """Leave to later ticks what only repeats others, but for some of it."""
    repeating, given = world.reference.recovery_kinds, Counter[int]()
    for node, packet in deliveries:
        repeats = packet.kind.partition("#")[0] in repeating
        given[node] += repeats
        if not repeats or given[node] <= _REPEATS:
            yield node, packet
