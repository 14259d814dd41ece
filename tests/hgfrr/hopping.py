"""Hopping: messages that go hop by hop over the reference's walks, and all runs of replicas so."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.hgfrr.reference.walks import walks
from milpbft.schedule import Decide, Send
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.question.strict import StrictInstance
    from milpbft.sim.moves import Moves
    from milpbft.sim.network import Packet
    from milpbft.sim.replica import Reference

LOST = 10**6


class HopByHop(SynchronousAdversary):
    """Carries each message over the walks of its sending: a relay that has crashed loses it."""

    def __init__(self, seed: int, instance: StrictInstance, crashes: Mapping[int, int]) -> None:
        super().__init__(seed, gst=0, delta=instance.delta)
        self._instance = instance
        self._crashes = crashes
        self._hops = Random(f"hops {seed}")

    def _arrival(self, node: int, packet: Packet[Any]) -> int:
        key = (node, id(packet))
        if key not in self._arrivals:
            self._packets.append(packet)
            i = self._instance
            assert i.overlay is not None
            ways = walks(i.n, i.overlay, packet.tick, self._crashes)
            several = ways.get((packet.sender, node), ())
            self._arrivals[key] = min(
                (self._walk(way, packet.tick) for way in several), default=LOST
            )
        return self._arrivals[key]

    def _walk(self, way: tuple[int, ...], tick: int) -> int:
        for relay in way[1:]:
            tick += self._hops.randint(1, self._delta)
            if relay != way[-1] and self._crashes.get(relay, LOST) <= tick:
                return LOST
        return tick


class _Scripted(HopByHop):
    """Lets timers expire as a script says, and as early as they may once it or time has ended."""

    def __init__(
        self, instance: StrictInstance, crashes: Mapping[int, int], script: list[int], last: int
    ) -> None:
        assert instance.delta == 1, "where hops take several ticks there are more runs"
        super().__init__(0, instance, crashes)
        self._script = script
        self._last = last
        self._views: dict[int, int] = {}
        self._over: set[tuple[int, bool, int]] = set()
        self.drawn: list[tuple[int, int]] = []
        self.entered: list[tuple[int, int]] = []
        """Ticks at which views were entered, with the view."""

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Choose, and note which views were entered at the tick before."""
        for node, replica in world.replicas.items():
            view = world.reference.view(replica)
            for more in range(self._views.get(node, 0), view):
                self.entered.append((tick - 1, more + 1))
            self._views[node] = view
        return super().choose(tick, world)

    def _expires(self, node: int, tick: int, world: World[Any, Any]) -> bool:
        """Branch over all that timers may do.

        One that is due may expire now or later, by the bound on delays at the latest; there it may
        as well not expire, where what its node does at that tick makes it mind no more.
        """
        key = node, world.proposes(node), world.reference.view(world.replicas[node])
        if key in self._over or not world.may_expire(node, tick):
            return False
        # Who minds no more, or has said what a timer makes it say, never minds again in that view.
        expires = self._chosen(node, tick, world)
        if expires is not False:
            self._over.add(key)
        return bool(expires)

    def _chosen(self, node: int, tick: int, world: World[Any, Any]) -> bool | None:
        """Return whether a timer expires at a tick; None where it has nothing to expire for."""
        replica = self._given(node, tick, world)
        if not _minds(world, replica):
            return None
        if tick > self._last:
            return True
        due = max(world.due(node), self._gst) + self._delta
        if tick >= due:
            replica.act()
            replica.outbox.clear()
            if _minds(world, replica):
                return True
        place = len(self.drawn)
        number = self._script[place] if place < len(self._script) else 0
        self.drawn.append((number, 2))
        return number == 0

    def _given(self, node: int, tick: int, world: World[Any, Any]) -> Any:
        """Return a copy of a replica that has taken what comes to it at a tick."""
        replica = _copy(world, world.replicas[node])
        for packet in world.network.under_way(node, tick):
            if self._arrival(node, packet) <= tick:
                replica.on_message(packet.envelope)
        return replica


def _copy(world: World[Any, Any], replica: Any) -> Any:
    """Copy a replica, but not its keys and what was sent."""
    keys = getattr(world.reference, "keys", None)
    kept = [keys, *(packet.envelope for packet in world.network.log)]
    return deepcopy(replica, {id(one): one for one in kept})


def _minds(world: World[Any, Any], replica: Any) -> bool:
    """Whether a replica would say something new if its timer expired."""
    copy = _copy(world, replica)
    copy.on_timer()
    said = list(copy.outbox)
    copy.act()
    kinds = {world.reference.label(envelope)[0] for envelope in [*said, *copy.outbox]}
    return bool(kinds - world.reference.recovery_kinds)


@dataclass(frozen=True)
class Ran:
    """A run: who crashed when, what nodes have accepted when, and what they did.

    Parameters
    ----------
    node, crash
        Who crashes, None for nobody, and the tick.
    decided
        What each node has accepted; of those that crash as well.
    ticks
        When nodes accepted something.
    acts
        Ticks of all acts: messages, each once for each sender, decisions, views entered and
        the crash.
    sent
        Ticks of messages, each once for each sender.
    entered
        Ticks at which views were entered, with the view.
    """

    node: int | None
    crash: int
    decided: Mapping[int, tuple[Any, ...]]
    ticks: Mapping[int, int]
    acts: tuple[int, ...]
    sent: tuple[int, ...]
    entered: tuple[tuple[int, int], ...]

    @property
    def fell(self) -> bool:
        """Whether the node had decided before it crashed."""
        return self.node is not None and bool(self.decided.get(self.node))

    @property
    def locked(self) -> bool:
        """Whether nobody else decides."""
        return not any(taken for node, taken in self.decided.items() if node != self.node)

    def up(self, last: int) -> dict[int, int]:
        """Return when those accepted something by a tick that never crash."""
        return {i: t for i, t in self.ticks.items() if i != self.node and t <= last}

    def blocks(self, last: int) -> list[int]:
        """Return the first ticks of the different blocks accepted by a tick, in order."""
        first: dict[object, int] = {}
        for node, taken in self.decided.items():
            for one in taken:
                tick = self.ticks[node]
                if tick <= last:
                    first[one] = min(tick, first.get(one, tick))
        return sorted(first.values())


def runs(
    instance: StrictInstance,
    reference: Callable[[], Reference[Any, Any]],
    crash: int,
    until: int,
    *,
    nobody: bool = False,
) -> Iterator[Ran]:
    """Yield every run in which a node crashes at a tick: whichever node, all ticks of timers.

    A hop takes a tick, so that nothing else is open. Timers that may expire after the horizon do so
    as soon as they may.

    Parameters
    ----------
    reference
        Makes the replicas.
    crash
        The tick.
    until
        Last tick of each run, the horizon or later.
    nobody
        Whether nobody crashes.
    """
    assert instance.horizon is not None
    for node in [None] if nobody else range(instance.n):
        crashes = {} if node is None else {node: crash}
        script: list[int] | None = []
        while script is not None:
            adversary = _Scripted(instance, crashes, script, instance.horizon)
            yield _run(instance, reference(), adversary, crashes, until)
            drawn = adversary.drawn
            while drawn and drawn[-1][0] + 1 == drawn[-1][1]:
                drawn.pop()
            script = [number for number, _ in drawn] or None
            if script:
                script[-1] += 1


def _run(
    instance: StrictInstance,
    reference: Reference[Any, Any],
    adversary: _Scripted,
    crashes: Mapping[int, int],
    until: int,
) -> Ran:
    world = World(
        reference, adversary, until,
        faults=Faults(crashes=crashes), timers=Timers(instance.timeout), recovery=False,
    )  # fmt: skip
    run = world.run()
    adversary.choose(until + 1, world)
    decides = {e.node: e.tick for e in run.schedule.events if isinstance(e, Decide)}
    events = (e for e in run.schedule.events if isinstance(e, Send))
    sends = {(e.node, e.kind, e.view): e.tick for e in events}
    sent, entered = tuple(sends.values()), tuple(adversary.entered)
    acts = [*sent, *decides.values(), *(tick for tick, _ in entered), *crashes.values()]
    node, crash = next(iter(crashes.items()), (None, until + 1))
    return Ran(node, crash, run.decisions, decides, tuple(acts), sent, entered)
