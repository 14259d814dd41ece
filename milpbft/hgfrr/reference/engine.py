"""Engine: a broadcast by arrays, for networks of any size; agrees with :mod:`.world`.

Level by level from the top: a contact starts the tree of its ring when it first holds the message
on an upper ring, or when the message passes it on its way up. Within a tree, node j receives as
many ticks after the root as the base-k digits of its number j add up to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

NEVER = np.iinfo(np.int64).max // 4
"""The tick of what does not happen."""


@dataclass(frozen=True, eq=False)
class Level:
    """The rings of one level as flat arrays.

    Parameters
    ----------
    members
        All members, ring after ring.
    ring
        Per member the place of its ring among the rings of the level.
    start, size
        Per ring its first member's place in `members`, and its number of members.
    index
        Per ring its index in the topology.
    contacts
        Shape (rings, serving): place within the ring of each contact that broadcasts, -1 for none.
    """

    members: NDArray[np.int64]
    ring: NDArray[np.int64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]
    index: NDArray[np.int64]
    contacts: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reach:
    """What a broadcast reached.

    Parameters
    ----------
    first
        Per id the tick at which it first held the message; -1 for never, and where there is no
        such node.
    correct
        Per id whether it is a node that is not faulty.
    messages
        Messages sent.
    """

    first: NDArray[np.int64]
    correct: NDArray[np.bool_]
    messages: int

    @property
    def coverage(self) -> float:
        """Share of the correct nodes that held the message; 1 where there are none."""
        total = int(self.correct.sum())
        return int((self.first[self.correct] >= 0).sum()) / total if total else 1.0

    @property
    def ticks(self) -> int:
        """Tick at which the last correct node that got the message first held it."""
        return int(max(self.first[self.correct].max(initial=0), 0))


def at_start(
    n: int, source: int, silent: Iterable[int]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return `first` and `correct` of a :class:`Reach` of n nodes, before anything is sent.

    Raises
    ------
    InputError
        Where there is no such source.
    """
    if not 0 <= source < n:
        raise InputError("source", source, f"a node from 0 to {n - 1}")
    correct = np.ones(n, dtype=np.bool_)
    correct[list(silent)] = False
    first = np.full(n, -1, dtype=np.int64)
    first[source] = 0
    return first, correct


class Engine:
    """Broadcasts over one topology, many times.

    Parameters
    ----------
    topology
        The rings.
    spread
        Parameters of the broadcast.
    """

    def __init__(self, topology: Topology, spread: Spread) -> None:
        self._topology = topology
        self._serving = spread.serving
        self._bases = spread.bases(topology)
        self._levels = [_level(topology, level, spread.serving) for level in range(topology.levels)]
        self._nodes = np.zeros(topology.ids, dtype=np.bool_)
        self._nodes[topology.nodes] = True

    def run(self, source: int, silent: Iterable[int] = ()) -> Reach:
        """Broadcast from `source`, where the nodes `silent` receive and never send.

        Raises
        ------
        InputError
            Where the source or a silent node is not in the network.
        """
        faulty = np.zeros(self._topology.ids, dtype=np.bool_)
        muted = list(silent)
        for node in (source, *muted):
            self._topology.home(node)
        faulty[muted] = True
        first = np.full(self._topology.ids, NEVER, dtype=np.int64)
        first[source] = 0
        started, messages = self._ascend(source, faulty, first)
        # Tick at which a node holds the message as a member of a ring above the present level.
        above = np.full(self._topology.ids, NEVER, dtype=np.int64)
        for level in reversed(range(len(self._levels))):
            messages += self._descend(level, started.get(level, {}), faulty, first, above)
        first[first >= NEVER] = -1
        return Reach(first, self._nodes & ~faulty, messages)

    def _ascend(
        self, source: int, faulty: NDArray[np.bool_], first: NDArray[np.int64]
    ) -> tuple[dict[int, dict[int, int]], int]:
        """Follow the message up.

        Returns
        -------
        tuple
            Per level the ticks at which contacts start trees in the ring that the message passes,
            and the number of messages.
        """
        started: dict[int, dict[int, int]] = {}
        bearers, messages = {source: 0}, 0
        ring = self._topology.home(source)
        while ring >= 0:
            here = self._topology.rings[ring]
            servants = here.contacts[: self._serving]
            begun: dict[int, int] = {}
            for node, tick in bearers.items():
                if faulty[node]:
                    continue
                if node in servants:
                    begun[node] = min(tick, begun.get(node, NEVER))
                    continue
                messages += len(servants)
                for contact in servants:
                    first[contact] = min(first[contact], tick + 1)
                    begun[contact] = min(tick + 1, begun.get(contact, NEVER))
            started[here.level] = {node: t for node, t in begun.items() if not faulty[node]}
            bearers = started[here.level]
            ring = here.parent
        return started, messages

    def _descend(
        self,
        level: int,
        started: dict[int, int],
        faulty: NDArray[np.bool_],
        first: NDArray[np.int64],
        above: NDArray[np.int64],
    ) -> int:
        """Span the trees of a level; update `first` and `above`; return the messages."""
        rings, messages = self._levels[level], 0
        passed = np.full(len(above), NEVER, dtype=np.int64)
        for node, tick in started.items():
            passed[node] = tick
        ready = np.minimum(above, passed)
        for j in range(rings.contacts.shape[1]):
            place = rings.contacts[:, j]
            broadcaster = rings.members[rings.start + np.maximum(place, 0)]
            begin = np.where((place < 0) | faulty[broadcaster], NEVER, ready[broadcaster])
            arrival, sent = self._tree(rings, place, begin, self._bases[rings.index, j], faulty)
            messages += sent
            # A node has one place per level, so no two of these are about one node.
            above[rings.members] = np.minimum(above[rings.members], arrival)
        first[rings.members] = np.minimum(first[rings.members], above[rings.members])
        return messages

    @staticmethod
    def _tree(
        rings: Level,
        root: NDArray[np.int64],
        begin: NDArray[np.int64],
        base: NDArray[np.int64],
        faulty: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], int]:
        """Span one tree in every ring: tick of arrival per member, and messages sent."""
        own = np.arange(len(rings.members)) - rings.start[rings.ring]
        size, k, zero = rings.size[rings.ring], base[rings.ring], root[rings.ring]
        number = (own - zero) % size
        arrival = begin[rings.ring].copy()
        # Walk from each member to its root; whoever is silent on the way keeps it from the message.
        walkers = np.nonzero((number > 0) & (arrival < NEVER))[0]
        at, k = number[walkers], k[walkers]
        power = np.ones(len(walkers), dtype=np.int64)
        while (grown := power * k <= at).any():
            power[grown] *= k[grown]
        messages = 0
        while len(walkers):
            at = at - power
            arrival[walkers] += 1
            place = rings.start[rings.ring[walkers]] + (at + zero[walkers]) % size[walkers]
            arrival[walkers[faulty[rings.members[place]]]] = NEVER
            on = (at > 0) & (arrival[walkers] < NEVER)
            messages += int(((at == 0) & (arrival[walkers] < NEVER)).sum())
            walkers, at, k, power = walkers[on], at[on], k[on], power[on]
            while (shrunk := power > at).any():
                power[shrunk] //= k[shrunk]
        return arrival, messages


def _level(topology: Topology, level: int, serving: int) -> Level:
    rings = topology.level(level)
    size = np.array([len(ring.members) for ring in rings], dtype=np.int64)
    contacts = np.full((len(rings), serving), -1, dtype=np.int64)
    for i, ring in enumerate(rings):
        for j, node in enumerate(ring.contacts[:serving]):
            contacts[i, j] = ring.members.index(node)
    return Level(
        members=np.concatenate([np.array(ring.members, dtype=np.int64) for ring in rings]),
        ring=np.repeat(np.arange(len(rings)), size),
        start=np.cumsum(size) - size,
        size=size,
        index=np.array(topology.indices(level), dtype=np.int64),
        contacts=contacts,
    )
