"""The run loop: replicas of one protocol under an adversary, recorded as a Schedule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol

from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.clock import Timers, Watch
from milpbft.sim.faults import Faults
from milpbft.sim.network import Network, Packet
from milpbft.sim.replica import Decision, E, R, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.sim.moves import Forgery, Moves


@dataclass(frozen=True)
class Run(Generic[R]):
    """What a run left behind: its schedule, the decisions per correct node, and the replicas."""

    schedule: Schedule
    decisions: Mapping[int, tuple[Decision, ...]]
    replicas: Mapping[int, R]

    @property
    def blocks(self) -> set[bytes]:
        """The different blocks that correct nodes accepted; two at one height are a fork."""
        return {decision.block for taken in self.decisions.values() for decision in taken}


class Adversary(Protocol):
    """Chooses the moves of each tick; sees everything."""

    @property
    def name(self) -> str:
        """How schedules name it as their source."""
        ...

    def choose(self, tick: int, world: World[Any, E]) -> Moves[E]:
        """Choose the moves of `tick`, before anything happens in it."""
        ...


class World(Generic[R, E]):
    """Runs the replicas of `reference` up to tick `horizon`.

    A correct node's step is that of the strict semantics: deliveries, an expired timer, then
    actions until none is enabled. What it sends arrives a tick later at the earliest.

    Parameters
    ----------
    reference
        The protocol.
    adversary
        Chooses deliveries, expiries and forgeries.
    horizon
        Last tick, from 0 on.
    faults
        Byzantine and crashing nodes.
    timers
        When timers may expire; a primary's timer to propose may do so at any tick.
    recovery
        False keeps recovery traffic under way for ever, and out of the schedule.
    network
        Where messages are under way, to begin with none; by default all that were sent.

    Raises
    ------
    InputError
        Where a faulty node does not exist or the horizon is negative.
    """

    def __init__(
        self,
        reference: Reference[R, E],
        adversary: Adversary,
        horizon: int,
        *,
        faults: Faults | None = None,
        timers: Timers | None = None,
        recovery: bool = True,
        network: Network[E] | None = None,
    ) -> None:
        self.reference = reference
        self.faults = faults or Faults()
        self.network: Network[E] = network or Network(reference.n)
        self.replicas = dict(reference.replicas())
        self._adversary = adversary
        self._horizon = horizon
        self._timers = timers or Timers()
        self._omitted = frozenset() if recovery else reference.recovery_kinds
        self._events: list[Event] = []
        self._entered = dict.fromkeys(range(reference.n), -1)
        self._lives: Counter[int] = Counter()
        self._decided: Counter[int] = Counter()
        self._views = {node: reference.view(one) for node, one in self.replicas.items()}
        self._waiting = {node: -1 for node in self.replicas if self.proposes(node)}
        self._watch = Watch(self._timers)
        for node, replica in self.replicas.items():
            self._watch.note(node, reference.timer(replica), -1)
        self._validate()

    def _validate(self) -> None:
        if self._horizon < 0:
            raise InputError("horizon", self._horizon, "0 or more ticks")
        faults = self.faults
        for node in (
            faults.byzantine
            | faults.crashes.keys()
            | faults.restarts.keys()
            | faults.reloads.keys()
        ):
            if not 0 <= node < self.reference.n:
                raise InputError("faults", node, f"a node from 0 to {self.reference.n - 1}")

    # ---- what an adversary may ask

    def correct(self, tick: int) -> list[int]:
        """Return the nodes that run their own code at `tick`."""
        return [node for node in self.replicas if self.faults.correct(node, tick)]

    @property
    def highest_view(self) -> int:
        """The highest view that a correct node has entered."""
        honest = (r for i, r in self.replicas.items() if i not in self.faults.byzantine)
        return max((self.reference.view(replica) for replica in honest), default=0)

    def proposes(self, node: int) -> bool:
        """Whether `node` is a primary that waits for its timer to propose."""
        return self.reference.proposes(self.replicas[node])

    def may_expire(self, node: int, tick: int) -> bool:
        """Whether the timer of a correct node may expire at `tick`.

        Replicas that take one input at a time may have entered a view at it: its timer runs then.
        """
        enters = self.reference.view(self.replicas[node]) != self._views[node]
        return not enters and tick >= self.due(node)

    def due(self, node: int) -> int:
        """Return the first tick at which the timer of a correct node may expire."""
        if self.proposes(node):
            return self._waiting[node] + self._timers.proposal
        view = self.reference.view(self.replicas[node])
        return self._watch.due(node, view, self._entered[node])

    # ---- the loop

    def run(self) -> Run[R]:
        """Run to the horizon; may be called once."""
        self._events.extend(self.faults.events(self._horizon))
        for tick in range(self._horizon + 1):
            for node in self.correct(tick):
                if tick in self.faults.reloads.get(node, ()):
                    self._reload(tick, node)
            self._tick(tick, self._adversary.choose(tick, self))
        correct = [node for node in self.replicas if node not in self.faults.byzantine]
        decisions = {i: tuple(self.reference.decisions(self.replicas[i])) for i in correct}
        return Run(self._schedule(), decisions, {i: self.replicas[i] for i in correct})

    def _restart(self, tick: int, node: int) -> None:
        if self.reference.decisions(self.replicas[node]):
            return
        self._lives[node] += 1
        self.replicas[node] = self.reference.restarted(node, self._lives[node])
        self.network.again(node)
        self._events.append(Fault(tick, node, "restart"))
        self._views[node] = self.reference.view(self.replicas[node])
        self._entered[node] = tick - 1
        self._rewind(tick, node)

    def _reload(self, tick: int, node: int) -> None:
        self.network.lose(node, tick)
        self._events.append(Fault(tick, node, "reload"))
        self._rewind(tick, node)

    def _rewind(self, tick: int, node: int) -> None:
        """Let the timers of a node run from now on."""
        self._waiting.pop(node, None)
        self._watch.note(node, None, tick - 1)
        self._watch.note(node, self.reference.timer(self.replicas[node]), tick - 1)
        if self.proposes(node):
            self._waiting[node] = tick - 1

    def _tick(self, tick: int, moves: Moves[E]) -> None:
        correct = self.correct(tick)
        for node in correct:
            if tick in self.faults.restarts.get(node, ()):
                self._restart(tick, node)
        for node, packet in moves.deliveries:
            self.network.take(node, packet)
            if node in correct:
                # Schedules name labels: of several messages of one label they mean the last.
                last = self.network.log.latest(packet.sender, packet.kind, packet.view, tick)
                self.replicas[node].on_message((last or packet).envelope)
                self._events.append(Deliver(tick, node, packet.sender, packet.kind, packet.view))
        for node in moves.expiries:
            if node in correct and self.may_expire(node, tick):
                self._events.append(Timeout(tick, node, self.reference.view(self.replicas[node])))
                self.replicas[node].on_timer()
        # Forged before correct nodes act: nobody knows what they are about to send.
        for forgery in sorted(moves.forgeries, key=self._cause):
            self._forge(tick, forgery)
        for node in correct:
            self._act(tick, node)

    def _cause(self, forgery: Forgery) -> int:
        kinds = self.reference.kinds
        base = forgery.kind.partition("#")[0]
        return kinds.index(base) if base in kinds else len(kinds)

    def _forge(self, tick: int, forgery: Forgery) -> None:
        if forgery.node not in self.faults.byzantine:
            raise InputError("forgery", forgery.node, "a Byzantine node")
        node, kind, view = forgery.node, forgery.kind, forgery.view
        carried = self.reference.carrier(node, kind, view) is not None
        again = self.network.log.latest(node, kind, view) is not None
        if carried or again or kind in self._omitted:
            return
        envelope = self.reference.forge(node, kind, view, self.network.log)
        self._broadcast(Packet(tick, node, kind, view, envelope))

    def _act(self, tick: int, node: int) -> None:
        replica = self.replicas[node]
        replica.act()
        for envelope in replica.outbox:
            kind, view = self.reference.label(envelope)
            if kind in self._omitted:
                continue
            if kind in self.reference.recovery_kinds:
                kind = self.network.log.numbered(node, kind, view)
            self._broadcast(Packet(tick, node, kind, view, envelope))
        replica.outbox.clear()
        # Some replicas act as they are given something: what counts is what was noted last.
        for decision in self.reference.decisions(replica)[self._decided[node] :]:
            self._events.append(Decide(tick, node, decision.view))
            self._decided[node] += 1
        if (view := self.reference.view(replica)) != self._views[node]:
            self._views[node], self._entered[node] = view, tick
        self._watch.note(node, self.reference.timer(replica), tick)
        if self.proposes(node):
            self._waiting.setdefault(node, tick)
        else:
            self._waiting.pop(node, None)

    def _broadcast(self, packet: Packet[E]) -> None:
        self.network.broadcast(packet)
        self._events.append(Send(packet.tick, packet.sender, packet.kind, packet.view))

    def _schedule(self) -> Schedule:
        primaries = tuple(self.reference.primary(v) for v in range(self.highest_view + 1))
        return Schedule(
            protocol=self.reference.protocol,
            n=self.reference.n,
            byzantine=tuple(sorted(self.faults.byzantine)),
            primaries=primaries,
            events=tuple(self._events),
            horizon=self._horizon,
            source=self._adversary.name,
        )
