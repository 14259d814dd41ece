"""An adversary that keeps to a partially synchronous network."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from milpbft.errors import InputError
from milpbft.sim.moves import Moves

if TYPE_CHECKING:
    from milpbft.sim.network import Packet
    from milpbft.sim.world import World

E = TypeVar("E")


class SynchronousAdversary:
    """Delivers by ``max(sent, gst) + delta``, and lets timers that are due expire as late at most.

    Every message to every node, and every timer, gets a tick of its own by chance between the first
    and the last that is allowed; half of them get the last. Free timers of views, which are never
    due, expire with a small probability at every tick.

    Parameters
    ----------
    seed
        Of its random numbers.
    gst, delta
        Of the network, in ticks; at least 0 and 1.
    timed
        Whether the timers of views have durations, and so come due.

    Raises
    ------
    InputError
        Where a number is too small.
    """

    def __init__(self, seed: int, *, gst: int = 0, delta: int = 1, timed: bool = True) -> None:
        for field, value, least in (("gst", gst, 0), ("delta", delta, 1)):
            if value < least:
                raise InputError(field, value, f"at least {least}")
        self.name = f"synchronous adversary, seed {seed}"
        self._random = Random(seed)
        self._gst = gst
        self._delta = delta
        self._timed = timed
        self._arrivals: dict[tuple[int, int], int] = {}
        self._expiries: dict[tuple[int, int, bool, int], int] = {}
        self._packets: list[Packet[Any]] = []

    def choose(self, tick: int, world: World[Any, E]) -> Moves[E]:
        """Deliver and expire what is drawn for this tick, or was for an earlier one."""
        correct = world.correct(tick)
        deliveries = [
            (node, packet)
            for node in correct
            for packet in world.network.under_way(node, tick)
            if self._arrival(node, packet) <= tick
        ]
        self._random.shuffle(deliveries)
        expiries = [node for node in correct if self._expires(node, tick, world)]
        return Moves(deliveries, expiries)

    def _arrival(self, node: int, packet: Packet[E]) -> int:
        key = (node, id(packet))
        if key not in self._arrivals:
            self._packets.append(packet)  # kept, so that no other gets its id
            self._arrivals[key] = self._draw(packet.tick + 1, packet.tick)
        return self._arrivals[key]

    def _expires(self, node: int, tick: int, world: World[Any, E]) -> bool:
        if not world.may_expire(node, tick):
            return False
        proposes = world.proposes(node)
        if not (proposes or self._timed):
            return self._random.random() < 0.05
        view = world.reference.view(world.replicas[node])
        due = world.due(node)
        key = (node, view, proposes, due)
        if key not in self._expiries:
            self._expiries[key] = self._draw(tick, due)
        # Once it has expired there is nothing left to expire for, unless it is started anew.
        return self._expiries[key] == tick

    def _draw(self, first: int, since: int) -> int:
        last = max(since, self._gst) + self._delta
        late = first >= last or self._random.random() < 0.5
        return max(first, last) if late else self._random.randint(first, last)
