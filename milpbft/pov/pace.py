"""Pace: throughput and confirmation time of Proof of Vote for measured delays, in seconds.

Nodes of the reference run with delays that are drawn from what was measured, one for each message
and receiver. A transaction that is in a block is final with it, since one confirmation is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from random import Random
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.world import World
from milpbft.schedule import Decide
from milpbft.sim.moves import Moves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.network import Packet

TICKS_PER_DELAY = 20
"""Ticks of the mean delay: how finely delays are told apart."""


class Measured:
    """A network that delivers each message to each node after a measured delay.

    Parameters
    ----------
    delays
        In ticks, 1 or more each.
    random
        Draws one for each message and receiver.
    """

    def __init__(self, delays: Sequence[int], random: Random) -> None:
        self._delays = delays
        self._random = random
        self._due: dict[tuple[int, Packet[Envelope]], int] = {}

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Deliver what is due."""
        due = []
        for node, packet in world.network.everywhere(tick):
            place = node, packet
            if place not in self._due:
                self._due[place] = packet.tick + self._random.choice(self._delays)
            if self._due[place] <= tick:
                due.append(place)
        return Moves(due)


@dataclass(frozen=True)
class Pace:
    """What a run came to.

    Parameters
    ----------
    blocks
        Blocks that every node adopted.
    late
        Of these, the blocks that took more than one packing cycle.
    interval
        Mean seconds from a block's timestamp to the next one's.
    confirmation
        Seconds from the proposal of a block until a node has it: the mean over nodes and blocks.
    slowest
        The same, the longest.
    """

    blocks: int
    late: int
    interval: float
    confirmation: float
    slowest: float

    def throughput(self, transactions: int) -> float:
        """Return transactions per second where each block has so many."""
        return transactions / self.interval if self.interval else 0.0


def measure(rules: Rules, seconds: Sequence[float], cycle: float, seed: int = 0) -> Pace:
    """Run `rules.rounds` rounds with delays drawn from `seconds`, and time them.

    Parameters
    ----------
    rules
        The network; its cycle is overridden.
    seconds
        Measured delays of single messages, in seconds.
    cycle
        T_b in seconds.

    Raises
    ------
    InputError
        Where a delay or the cycle is not positive, rounds have no number, or no block comes.
    """
    if not seconds or min(seconds) <= 0:
        raise InputError("delays", min(seconds, default=None), "positive numbers of seconds")
    tick = sum(seconds) / len(seconds) / TICKS_PER_DELAY
    if cycle < tick:
        raise InputError("cycle", cycle, f"{tick:g} s or more")
    if rules.rounds is None:
        raise InputError("rounds", None, "a number")
    ticks = [max(1, round(one / tick)) for one in seconds]
    timed = replace(rules, cycle=ceil(cycle / tick))
    world = World(timed)
    # Each round has its cycles, and a block that comes at the end of one is a delay away.
    world.run(Measured(ticks, Random(seed)), timed.cycle * rules.rounds + 6 * max(ticks))
    return _pace(world, tick)


def _pace(world: World, tick: float) -> Pace:
    chains = [node.chain for node in world.nodes.values()]
    done = min(chain.height for chain in chains)
    if not done:
        raise InputError("cycle", world.rules.cycle * tick, "more seconds: no block came in time")
    blocks = chains[0].blocks[: done + 1]
    proposed = {
        (height, packet.sender): packet.tick
        for packet in world.network.log
        if packet.kind.startswith("Proposal")
        for height in [packet.envelope.payload.height]
    }
    taken: dict[int, int] = {}
    waits = []
    for event in world.events:
        if isinstance(event, Decide):
            height = taken[event.node] = taken.get(event.node, 0) + 1
            if height <= done:
                maker = blocks[height].header.producer
                waits.append((event.tick - proposed[height, maker]) * tick)
    spans = [late.timestamp - early.timestamp for early, late in pairwise(blocks[1:])]
    return Pace(
        blocks=done,
        late=sum(block.header.cycle > 1 for block in blocks[1:]),
        interval=tick * sum(spans) / len(spans) if spans else tick * blocks[1].timestamp,
        confirmation=sum(waits) / len(waits),
        slowest=max(waits),
    )
