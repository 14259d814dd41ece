"""News: which rings a node knows of, where word of a change takes a while.

Of a ring that has changed those know at once who see it themselves, see :func:`witnesses`; all
others so many ticks later. What a node knows of a ring is always one of the states that it was in,
and never an older one than it has known before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.hgfrr.topology import Ring, Topology


def witnesses(before: Ring, after: Ring) -> frozenset[int]:
    """Return the members of a ring that see it change.

    Heartbeats go to both neighbours on a ring: who stood beside a member that is gone sees it, and
    so does who stands beside one that has come. Who comes is told, and who is elected knows it.
    """
    gone = [node for node in before.members if node not in after.members]
    come = [node for node in after.members if node not in before.members]
    beside = [*_beside(before, gone), *_beside(after, come)]
    elected = [node for node in after.contacts if node not in before.contacts]
    return frozenset(node for node in (*come, *beside, *elected) if node in after.members)


def _beside(ring: Ring, nodes: list[int]) -> list[int]:
    """Return who stands next to some nodes of a ring."""
    size = len(ring.members)
    places = [ring.members.index(node) for node in nodes]
    return [ring.members[(place + step) % size] for place in places for step in (1, -1)]


class News:
    """What nodes know of the rings.

    Parameters
    ----------
    topology
        The rings at the start, which all know.
    delay
        Ticks after which all know of a change; 0 for at once.
    """

    def __init__(self, topology: Topology, delay: int) -> None:
        self._delay = delay
        self._known: list[list[tuple[int, Ring, frozenset[int]]]] = [
            [(-delay, ring, frozenset())] for ring in topology.rings
        ]

    def note(self, tick: int, topology: Topology) -> None:
        """Note what the rings are from the start of a tick on.

        Raises
        ------
        InputError
            Where a ring was split or merged: who knows what then is not said.
        """
        if (now := len(topology.rings)) != (known := len(self._known)):
            raise InputError("rings", now, f"{known} as at the start; none is split or merged")
        for versions, ring in zip(self._known, topology.rings, strict=True):
            before = versions[-1][1]
            if ring != before:
                versions.append((tick, ring, witnesses(before, ring)))

    def rings(self, node: int, tick: int) -> dict[int, Ring]:
        """Return by level the rings that a node takes itself to be on."""
        latest = (self._latest(node, number, tick) for number in range(len(self._known)))
        return {ring.level: ring for ring in latest if node in ring.members}

    def _latest(self, node: int, number: int, tick: int) -> Ring:
        return next(
            ring
            for since, ring, seen in reversed(self._known[number])
            if node in seen or since + self._delay <= tick
        )
