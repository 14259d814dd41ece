"""Paths: on which walks messages go between nodes, and so who can cut them off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Pair = tuple[int, int]
"""Sender and receiver."""

Relays = tuple[int, ...]
"""The nodes that a walk comes by, from the sender on; one may be there twice."""

STRAIGHT: tuple[Relays, ...] = ((),)


@dataclass(frozen=True)
class Paths:
    """The network's walks between ordered pairs of nodes; a full mesh where nothing is said.

    Parameters
    ----------
    walks
        By sender and receiver: the relays of each walk, shortest first. A message takes at least a
        tick per hop, and at most the network's delay bound per hop, on the first walk on which it
        comes. A relay that is Byzantine or has crashed may lose it, on all walks that come by; what
        reaches one that has crashed is lost.
    heartbeat
        So many ticks after a node has crashed it is found and replaced: what is sent from then on
        takes the walks of `without`. 0 for never.
    without
        Given a node: the walks once it is replaced.
    period
        Ticks after which walks change, again and again; 0 for never. Not with a heartbeat.
    turn
        Given a number from 0 on: the walks of what is sent in that period.
    """

    walks: Mapping[Pair, tuple[Relays, ...]] = field(default_factory=dict)
    heartbeat: int = 0
    without: Callable[[int], Paths] | None = None
    period: int = 0
    turn: Callable[[int], Paths] | None = None

    def distance(self, sender: int, receiver: int) -> int:
        """Return the hops of the shortest walk from sender to receiver."""
        return len(self.between(sender, receiver)[0]) + 1

    def between(self, sender: int, receiver: int) -> tuple[Relays, ...]:
        """Return the relays of each walk between sender and receiver."""
        return self.walks.get((sender, receiver), STRAIGHT)

    def longest(self, horizon: int) -> int:
        """Return the most hops of a walk of what is sent by a last tick; 1 in a full mesh."""
        nodes = {node for pair in self.walks for node in pair}
        turns = range(horizon // self.period + 1) if self.period else ()
        every = [self, *(self.turn(k) for k in turns if self.turn)]
        every += [self.without(x) for x in sorted(nodes) if self.heartbeat and self.without]
        walks = (walk for paths in every for several in paths.walks.values() for walk in several)
        return 1 + max(map(len, walks), default=0)

    @property
    def uniform(self) -> bool:
        """Whether all pairs of nodes are alike."""
        changes = self.heartbeat or self.period
        return not changes and all(walks == STRAIGHT for walks in self.walks.values())
