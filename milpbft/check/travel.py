"""Travel: when messages come to nodes where every hop takes a tick, whoever crashes on the way."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from milpbft.check.carriage import Carriage

if TYPE_CHECKING:
    from collections.abc import Mapping

Dead = tuple[tuple[int, int], ...]
"""Nodes that have crashed, each with its tick."""

_END = 10**6
"""A tick that is past all others."""


class Sent(NamedTuple):
    """A message that is under way: its number, who sent it, and at which tick."""

    message: int
    sender: int
    tick: int


class Travel:
    """The walks of messages, with one tick for every hop.

    Parameters
    ----------
    n
        Number of nodes.
    overlay
        The overlay, as names of instances have it; None for a full mesh.
    """

    def __init__(self, n: int, overlay: str | None = None) -> None:
        self._n, self._overlay = n, overlay
        self._walks = cache(self._found)

    def _found(self, dead: Dead, sender: int, receiver: int, tick: int) -> list[tuple[int, ...]]:
        walks = Carriage(self._n, self._overlay, dict(dead)).relays(sender, receiver, tick)
        return sorted(walks, key=len)

    @cached_property
    def repaired(self) -> bool:
        """Whether messages take other walks once somebody has been found to have crashed."""
        pairs = [(i, k) for i in range(self._n) for k in range(self._n) if i != k]
        return any(
            self._walks(((node, 0),), *pair, _END) != self._walks((), *pair, _END)
            for node in range(self._n)
            for pair in pairs
            if node not in pair
        )

    def comes(self, sent: Sent, node: int, tick: int, dead: Mapping[int, int]) -> bool:
        """Whether a message comes to a node at a tick: on the shortest walk that nobody breaks.

        A relay loses what reaches it at the tick at which it crashes, or later.

        Parameters
        ----------
        dead
            Per node that has crashed by then its tick.
        """
        for relays in self._walks(_known(dead), sent.sender, node, sent.tick):
            if (at := sent.tick + len(relays) + 1) > tick:
                return False
            if all(
                dead.get(relay, _END) > sent.tick + hop for hop, relay in enumerate(relays, start=1)
            ):
                return at == tick
        return False

    def goes_on(self, sent: Sent, tick: int, dead: Mapping[int, int]) -> bool:
        """Whether a message may come to somebody after a tick."""
        known = _known(dead)
        longest = max(
            len(relays)
            for node in range(self._n)
            if node != sent.sender
            for relays in self._walks(known, sent.sender, node, sent.tick)
        )
        return sent.tick + longest + 1 > tick

    def passes(self, sent: Sent, node: int, tick: int, dead: Mapping[int, int]) -> bool:
        """Whether a node is on a walk of a message as a relay that it reaches at a tick."""
        known, hop = _known(dead), tick - sent.tick
        return any(
            hop <= len(relays) and relays[hop - 1] == node
            for receiver in range(self._n)
            if receiver != sent.sender
            for relays in self._walks(known, sent.sender, receiver, sent.tick)
        )


def _known(dead: Mapping[int, int]) -> Dead:
    return tuple(sorted(dead.items()))
