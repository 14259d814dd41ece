"""Adversaries with Byzantine nodes in a partially synchronous network, run on the replicas alone.

They share no code with the models. The network keeps its promises to correct nodes; what Byzantine
nodes send arrives at whom the adversary likes, when it likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.pbft.room import ROOM
from milpbft.schedule import Decide, Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.sim.adversary import Adversary
    from milpbft.sim.network import Packet

NEVER = 10**6
Show = tuple[int, str, int, int]
"""Receiver, kind, view, and the tick at which it is given the Byzantine primary's message."""


@dataclass(frozen=True)
class Case:
    """A network: protocol, nodes, Byzantine nodes, timeout of view 0, GST and delay bound."""

    protocol: str
    n: int
    liars: tuple[int, ...]
    timeout: int
    gst: int
    delta: int

    def run(self, adversary: Adversary, horizon: int) -> Schedule:
        """Run the replicas under an adversary; give the schedule with what was promised."""
        reference = ROOM.reference(Schedule(self.protocol, self.n, (), (), (), 0))
        faults, timers = Faults(frozenset(self.liars)), Timers(self.timeout)
        made = World(reference, adversary, horizon, faults=faults, timers=timers).run().schedule
        said = {"gst": self.gst, "delta": self.delta, "timeout": self.timeout}
        settings = {"network": "synchronous", **{key: str(value) for key, value in said.items()}}
        return Schedule(
            protocol=made.protocol,
            n=made.n,
            byzantine=made.byzantine,
            primaries=made.primaries,
            events=made.events,
            horizon=made.horizon,
            source=made.source,
            settings=settings,
        )


def decided(schedule: Schedule) -> list[int]:
    """Return the ticks of the decisions, in order."""
    return sorted(event.tick for event in schedule.events if isinstance(event, Decide))


class RandomLiars(SynchronousAdversary):
    """A random network after GST, in which Byzantine nodes send random messages to random nodes.

    A message of a Byzantine node reaches a node at a random tick, or never, half of the time. A
    new view or a certificate is tried again at every tick until it is taken: it is there as soon as
    what backs it is.

    Parameters
    ----------
    seed
        Of its random numbers.
    case
        The network.
    eagerness
        Probability that a Byzantine node says something at a tick.
    """

    def __init__(self, seed: int, case: Case, eagerness: float) -> None:
        super().__init__(seed, gst=case.gst, delta=case.delta)
        self._liars = frozenset(case.liars)
        self._chance = Random(seed + NEVER)
        self._eagerness = eagerness

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Deliver and expire by chance, and lie."""
        moves = super().choose(tick, world)
        lies = [self._lie(j, world) for j in self._liars if self._chance.random() < self._eagerness]
        return Moves(moves.deliveries, moves.expiries, [lie for lie in lies if lie is not None])

    def _lie(self, node: int, world: World[Any, Any]) -> Forgery | None:
        view = self._chance.randint(0, world.highest_view + 1)
        kinds = [kind for kind in world.reference.kinds if kind != "PreparedViewChange"]
        kind = self._chance.choice(kinds)
        asked = {"NewView": "ViewChange", "PrepareCertificate": "PrepareShare",
                 "CommitCertificate": "CommitShare"}.get(kind)  # fmt: skip
        if asked is None:
            return Forgery(node, kind, view)
        heard = {
            packet.sender
            for packet in world.network.log
            if packet.kind.removeprefix("Prepared") == asked and packet.view == view
        }
        enough = len(heard | {node}) >= world.reference.rules.view_quorum
        return Forgery(node, kind, view) if enough else None

    def _arrival(self, node: int, packet: Packet[Any]) -> int:
        if packet.sender not in self._liars:
            return super()._arrival(node, packet)
        key = (node, id(packet))
        if key not in self._arrivals:
            self._packets.append(packet)
            late = packet.tick + self._chance.randint(1, 3 * self._delta)
            self._arrivals[key] = NEVER if self._chance.random() < 0.5 else late
        return self._arrivals[key]


class Plan:
    """An adversary made by hand: as late as allowed, but for what it is told to do.

    Parameters
    ----------
    case
        The network.
    lies
        By tick: what Byzantine nodes send.
    shown
        Which of it reaches whom, and when; nothing else does.
    hasty
        Whether the timer of a node expires as soon as it may, by node and view; else at the last
        tick that is allowed, unless the node has left its view by then.
    """

    name = "by hand"

    def __init__(
        self,
        case: Case,
        lies: dict[int, list[Forgery]],
        shown: set[Show],
        hasty: Callable[[int, int], bool],
    ) -> None:
        self._case = case
        self._lies = lies
        self._shown = shown
        self._hasty = hasty

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Deliver what is due, let timers expire, lie."""
        deliveries = [
            (node, packet)
            for node in world.correct(tick)
            for packet in world.network.under_way(node, tick)
            if self._due(node, packet, tick)
        ]
        leaving = {n for n, p in deliveries if p.kind == "NewView"}
        staying = [node for node in world.correct(tick) if node not in leaving]
        expiries = [node for node in staying if self._late(node, tick, world)]
        return Moves(deliveries, expiries, self._lies.get(tick, []))

    def _due(self, node: int, packet: Packet[Any], tick: int) -> bool:
        if packet.sender in self._case.liars:
            return (node, packet.kind, packet.view, tick) in self._shown
        return max(packet.tick, self._case.gst) + self._case.delta <= tick

    def _late(self, node: int, tick: int, world: World[Any, Any]) -> bool:
        due = world.due(node)
        if self._hasty(node, world.reference.view(world.replicas[node])):
            return tick >= due
        return tick >= max(due, self._case.gst) + self._case.delta
