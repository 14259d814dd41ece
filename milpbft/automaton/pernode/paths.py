"""Paths: how far nodes are from each other, and who can cut them off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Pair = tuple[int, int]
"""Sender and receiver."""


@dataclass(frozen=True)
class Paths:
    """The network's paths between ordered pairs of nodes; a full mesh where nothing is said.

    Parameters
    ----------
    hops
        By sender and receiver: the hops between them, at least 1. A message takes at least a tick
        per hop, and at most the network's delay bound per hop.
    relays
        By sender and receiver: the nodes on their path, from the sender on. Where one is Byzantine
        or has crashed, the message may be lost; what reaches one that has crashed is.
    """

    hops: Mapping[Pair, int] = field(default_factory=dict)
    relays: Mapping[Pair, tuple[int, ...]] = field(default_factory=dict)

    def distance(self, sender: int, receiver: int) -> int:
        """Return the hops from sender to receiver."""
        return self.hops.get((sender, receiver), 1)

    def between(self, sender: int, receiver: int) -> tuple[int, ...]:
        """Return the relays between sender and receiver."""
        return self.relays.get((sender, receiver), ())

    @property
    def uniform(self) -> bool:
        """Whether all pairs of nodes are alike."""
        return not any(self.relays.values()) and all(hop == 1 for hop in self.hops.values())
