"""Adversaries: what the network and Byzantine nodes do, by chance or by script."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING

from milpbft.pov.reference.labels import at
from milpbft.sim.moves import Forgery, Moves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.world import World
    from milpbft.sim.network import Packet

    Reaches = Callable[[int, int, int], bool]
    """Whether at a tick a sender reaches a receiver."""


class Prompt:
    """A network that delivers after `delay` ticks whatever the partition lets through.

    Parameters
    ----------
    delay
        Ticks, 1 or more.
    reaches
        Tick, sender and receiver: whether they are connected at that tick; a message waits until
        they are. By default all are.
    hold
        Whether to hold a message back at a tick.
    forgeries
        What Byzantine nodes send, per tick.
    """

    def __init__(
        self,
        delay: int = 1,
        *,
        reaches: Reaches | None = None,
        hold: Callable[[int, int, Packet[Envelope]], bool] | None = None,
        forgeries: Iterable[tuple[int, Forgery]] = (),
    ) -> None:
        self._delay = delay
        self._reaches = reaches
        self._hold = hold
        self._forgeries: defaultdict[int, list[Forgery]] = defaultdict(list)
        for tick, forgery in forgeries:
            self._forgeries[tick].append(forgery)

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Deliver what is due."""
        deliveries = [
            (node, packet)
            for node, packet in world.network.everywhere(tick)
            if self._due(tick, node, packet)
        ]
        return Moves(deliveries, (), self._forgeries[tick])

    def _due(self, tick: int, node: int, packet: Packet[Envelope]) -> bool:
        if tick < packet.tick + self._delay:
            return False
        if self._reaches and not self._reaches(tick, packet.sender, node):
            return False
        return not (self._hold and self._hold(tick, node, packet))


def partition(*parts: Sequence[int], until: int) -> Reaches:
    """Return the connections of a network that is split into `parts` before tick `until`."""
    where = {node: number for number, part in enumerate(parts) for node in part}

    def reaches(tick: int, sender: int, receiver: int) -> bool:
        return tick >= until or where.get(sender) == where.get(receiver)

    return reaches


class RandomNetwork:
    """Delivers, and lets Byzantine nodes act, by chance; the same seed chooses the same.

    Parameters
    ----------
    seed
        Of its random numbers.
    deliver
        Probability that a message under way arrives, per receiver and tick.
    forge
        Probability that a Byzantine node tries to send something, per tick.
    """

    def __init__(self, seed: int, *, deliver: float = 0.6, forge: float = 0.7) -> None:
        self._random = Random(seed)
        self._deliver = deliver
        self._forge = forge

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Toss a coin for every message under way and every Byzantine node."""
        deliveries = [
            (node, packet)
            for node, packet in world.network.everywhere(tick)
            if self._random.random() < self._deliver
        ]
        self._random.shuffle(deliveries)
        liars = sorted(world.faults.byzantine)
        forgeries = [
            self._lie(node, world) for node in liars if self._random.random() < self._forge
        ]
        return Moves(deliveries, (), forgeries)

    def _lie(self, node: int, world: World) -> Forgery:
        """Sign anything as a commissioner; as a butler go on with any proposal of its duty."""
        height = self._random.randint(1, world.coalition.height)
        suffix = self._random.choice(["", "", "#1", "#1!"])
        duties = world.coalition.duties(node, height)
        if duties and (node >= world.rules.commissioners or self._random.random() < 0.5):
            view = self._random.choice(duties)
            kinds = ["Proposal", "StampRequest", "StampRequest", "Block", "Block"]
            kind = self._random.choice(kinds)
        else:
            view, kind = self._random.randrange(world.views + 1), "Signature"
        return Forgery(node, f"{kind}{suffix}{at(height)}", view)
