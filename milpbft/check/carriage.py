"""Carriage: how messages of a schedule travel, a hop each or over the relays of a network.

The overlay's relays are those of its reference implementation; the models have routes of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.registry import carrier, load
from milpbft.schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from milpbft.schedule import Schedule


class Carriage:
    """The walks of messages between nodes.

    Parameters
    ----------
    n
        Number of nodes.
    overlay
        The overlay, as names of instances have it; None for a full mesh.
    crashes
        Tick from which on a node has crashed, per node that has: networks with heartbeats replace
        it.
    last
        Last tick, of which what is sent after it is taken to be.
    """

    def __init__(
        self,
        n: int,
        overlay: str | None = None,
        crashes: Mapping[int, int] | None = None,
        last: int = 0,
    ) -> None:
        self._n = n
        self._overlay = overlay
        self._crashes = crashes or {}
        self._last = last

    @classmethod
    def of(cls, schedule: Schedule) -> Carriage:
        """Read the setting ``overlay`` of a schedule.

        Raises
        ------
        InputError
            Where it is unreadable.
        """
        text = schedule.settings.get("overlay")
        dead = (e for e in schedule.events if isinstance(e, Fault) and e.fault == "crash")
        crashes = {event.node: event.tick for event in dead}
        word = None if text is None else load(carrier().word)(text)
        return cls(schedule.n, word, crashes, schedule.horizon)

    def relays(self, sender: int, receiver: int, since: int = 0) -> tuple[tuple[int, ...], ...]:
        """Return the nodes between sender and receiver, in order, of each walk; shortest first.

        Parameters
        ----------
        since
            Tick at which the message is sent; -1 for after the last one.
        """
        if not self._overlay or sender == receiver:
            return ((),)
        sent = self._last if since < 0 else since
        walks = load(carrier().walks)(self._n, self._overlay, sent, self._crashes)
        return tuple(walk[1:-1] for walk in walks.get((sender, receiver), ((sender, receiver),)))

    def hops(self, sender: int, receiver: int, since: int = 0) -> int:
        """Return how many ticks a message takes at least."""
        return len(self.relays(sender, receiver, since)[0]) + 1

    def open(self, sender: int, receiver: int, faulty: AbstractSet[int]) -> int | None:
        """Return the hops of the shortest walk without faulty relays; None for none."""
        free = (one for one in self.relays(sender, receiver) if faulty.isdisjoint(one))
        return next((len(one) + 1 for one in free), None)

    def heard(self, sender: int, since: int, listeners: AbstractSet[int], tick: int) -> bool:
        """Return whether one of the listeners has a message by a tick, if nobody delays it.

        Listeners are Byzantine, and hand on what they hear. What reaches a relay once that has
        crashed is lost.
        """
        return any(
            since + len(walk) < tick
            and all(
                self._crashes.get(relay, tick) > since + hop
                for hop, relay in enumerate(walk, start=1)
            )
            for node in listeners
            for walk in self.relays(sender, node, since)
        )
