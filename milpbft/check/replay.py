"""Replay: whether a schedule happens when the correct nodes run their own code.

The schedule decides deliveries, timers, faults, and what Byzantine nodes send. What correct nodes
send and decide is compared with it, tick by tick, silence included. Read with it:

- **Same tick.** What was sent at a tick can be delivered to others from the next tick on; a
  delivery of a node's own message is no news to it, and may bear the tick of the sending.
- **Several of a label.** Recovery messages may be sent again in a view; the second of a node is
  named ``RecoveryMessage#1``, and so on.
- **Carried messages.** In dBFT the request is its primary's preparation. A schedule may have the
  primary send a PrepareResponse as well: that is held to be said with the request, at its tick or
  later, and to be received with it. No network delivers it to a node that has not the request.
- **Recovery.** A schedule without recovery events is about a network that delays recovery traffic
  for ever: what replicas send of it is neither compared nor delivered.
- **Byzantine messages** carry what their senders can have: what others sent at an earlier tick, or
  over an overlay so long before that it came to one of the Byzantine nodes, who share all.
- **Byzantine decisions** must be backed by a certificate that really exists: messages that correct
  nodes sent at an earlier tick, or Byzantine ones up to then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Generic

from milpbft.check.carriage import Carriage
from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.network import Log, Packet
from milpbft.sim.replica import Clocked, E, R, Reference
from milpbft.verdict import Verdict


class Difference(Exception):  # noqa: N818  (not an error: a finding)
    """The first event in which schedule and replicas differ, in words."""


def replay(schedule: Schedule, reference: Reference[Any, Any]) -> Verdict:
    """Run `schedule` on the replicas of `reference`.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with the first event that differs.

    Raises
    ------
    InputError
        Where schedule and reference are not of the same protocol or number of nodes.
    """
    return Replay(schedule, reference).run()


class Replay(Generic[R, E]):
    """One replay; after :meth:`run` it shows where the replicas ended.

    Attributes
    ----------
    replicas
        Per node its replica; those of Byzantine nodes never ran.
    views
        Per node the ticks at which it entered a view, and which.
    delivered
        What each node received.
    gone
        What was under way to each node as it reloaded its log, and is lost.
    """

    def __init__(self, schedule: Schedule, reference: Reference[R, E]) -> None:
        for field, ours, theirs in (
            ("protocol", schedule.protocol, reference.protocol),
            ("n", schedule.n, reference.n),
        ):
            if ours != theirs:
                raise InputError(field, ours, f"the reference has {theirs!r}")
        self.replicas = dict(reference.replicas())
        self.views: dict[int, list[tuple[int, int]]] = {node: [] for node in self.replicas}
        self._schedule = schedule
        self._reference = reference
        self._log: Log[E] = Log()
        self.delivered: set[tuple[int, Packet[E]]] = set()
        self.gone: set[tuple[int, Packet[E]]] = set()
        self._byzantine = set(schedule.byzantine)
        self._crashed: set[int] = set()
        self._decided = Counter[int]()
        self._lives = Counter[int]()
        self._carriage = Carriage.of(schedule)
        self._omitted = frozenset() if self._has_recovery() else reference.recovery_kinds

    @property
    def sent(self) -> Log[E]:
        """All that was sent."""
        return self._log

    def heard(self, tick: int) -> Log[E]:
        """Return what Byzantine nodes can have of what was sent, as they act at a tick."""
        if "overlay" not in self._schedule.settings:
            return self._log
        known: Log[E] = Log()
        for packet in self._log:
            sender, liars = packet.sender, self._byzantine
            if sender in liars or self._carriage.heard(sender, packet.tick, liars, tick):
                known.add(packet)
        return known

    @property
    def silent(self) -> frozenset[str]:
        """Kinds of messages that are neither compared nor delivered."""
        return self._omitted

    @property
    def byzantine(self) -> set[int]:
        """The nodes that are Byzantine at the end."""
        return self._byzantine

    def _has_recovery(self) -> bool:
        kinds = self._reference.recovery_kinds
        sent = (e.kind for e in self._schedule.events if isinstance(e, Send | Deliver))
        return any(kind.partition("#")[0] in kinds for kind in sent)

    def run(self) -> Verdict:
        """Replay every tick that has an event; nodes without input stay as they are."""
        ticks: defaultdict[int, list[Event]] = defaultdict(list)
        for event in self._schedule.events:
            ticks[event.tick].append(event)
        try:
            self._compare_primaries()
            for tick in sorted(ticks):
                self._tell(tick)
                _Tick(self, tick, ticks[tick]).run()
                self.look(tick)
        except Difference as difference:
            return Verdict("replay", "refuted", str(difference))
        return Verdict("replay", "confirmed")

    def _tell(self, tick: int) -> None:
        """Tell replicas that keep the time of their timers what it is."""
        if isinstance(self._reference, Clocked):
            for replica in self.replicas.values():
                self._reference.tell(replica, tick)

    def _compare_primaries(self) -> None:
        for view, node in enumerate(self._schedule.primaries):
            if (ours := self._reference.primary(view)) != node:
                raise Difference(f"primary of view {view}: {node} in the schedule, {ours} here")

    def look(self, tick: int) -> None:
        """Look at the replicas after a tick; checks that want to override this."""

    def note(self, packet: Packet[E]) -> None:
        """Note a message that is sent; likewise."""
        self._log.add(packet)

    def give(self, event: Deliver, packet: Packet[E]) -> None:
        """Look at a message that is received; likewise."""

    def expiring(self, event: Timeout) -> None:
        """Look at a replica whose timer is about to expire; likewise."""

    def restarting(self, node: int, tick: int) -> None:
        """Look at a replica that has just started again or reloaded its log; likewise."""

    def runs_own_code(self, node: int) -> bool:
        """Whether `node` is correct at this point of the replay."""
        return node not in self._byzantine and node not in self._crashed


class _Tick(Generic[R, E]):
    """The events of one tick, phase by phase."""

    def __init__(self, replay: Replay[R, E], tick: int, events: list[Event]) -> None:
        self._replay = replay
        self._reference = replay._reference
        self._log = replay._log
        self._tick = tick
        self._events = events
        self._touched: set[int] = set()

    def run(self) -> None:
        for event in self._events:
            match event:
                case Fault():
                    self._fail(event)
                case Deliver() if event.sender != event.node:
                    self._deliver(event)
                case Timeout():
                    self._expire(event)
        self._forge()
        self._act()
        for event in self._events:
            if isinstance(event, Deliver) and event.sender == event.node:
                self._replay.give(event, self._find(event, self._tick + 1))
        self._decide()

    def _differs(self, what: str) -> Difference:
        return Difference(f"tick {self._tick}: {what}")

    # ---- input

    def _fail(self, event: Fault) -> None:
        match event.fault:
            case "byzantine":
                self._replay._byzantine.add(event.node)
            case "crash":
                self._replay._crashed.add(event.node)
            case "restart":
                self._restart(event.node)
            case "reload":
                self._reload(event.node)

    def _restart(self, node: int) -> None:
        replay = self._replay
        if not replay.runs_own_code(node) or replay._decided[node]:
            raise self._differs(f"node {node} restarts, which has crashed, lies or has its block")
        replay._lives[node] += 1
        replay.replicas[node] = self._reference.restarted(node, replay._lives[node])
        replay.delivered = {(i, packet) for i, packet in replay.delivered if i != node}
        replay.views[node].append((self._tick - 1, self._reference.view(replay.replicas[node])))
        self._begin(node)

    def _reload(self, node: int) -> None:
        replay = self._replay
        if not replay.runs_own_code(node):
            raise self._differs(f"node {node} reloads its log, which has crashed or lies")
        there = {(node, p) for p in self._log if p.sender != node and p.tick < self._tick}
        replay.gone |= there - replay.delivered
        self._begin(node)

    def _begin(self, node: int) -> None:
        """Let the timer of a node that starts again run from now on."""
        replay, reference = self._replay, self._reference
        if isinstance(reference, Clocked):
            reference.begin(replay.replicas[node], self._tick)
        replay.restarting(node, self._tick)

    def _find(self, event: Deliver, before: int) -> Packet[E]:
        # A primary's response is its request, unless it has forgotten that and sent one of its own.
        packet = self._log.latest(event.sender, event.kind, event.view, before)
        carrier = self._reference.carrier(event.sender, event.kind, event.view)
        if packet is None and carrier:
            packet = self._log.latest(event.sender, carrier, event.view, before)
        if packet is None:
            what = f"{event.kind} of view {event.view} from node {event.sender}"
            raise self._differs(f"node {event.node} receives {what}, which was not sent before")
        return packet

    def _deliver(self, event: Deliver) -> None:
        packet = self._find(event, self._tick)
        delivered = self._replay.delivered
        if packet.kind != event.kind:
            if (event.node, packet) not in delivered:
                what = f"node {event.node} receives {event.kind} of view {event.view}"
                raise self._differs(f"{what} from its primary {event.sender} without the "
                                    f"{packet.kind} that carries it")  # fmt: skip
            return
        if (event.node, packet) in self._replay.gone:
            what = f"node {event.node} receives {event.kind} of view {event.view}"
            raise self._differs(f"{what} from node {event.sender}, lost as it reloaded its log")
        delivered.add((event.node, packet))
        self._replay.give(event, packet)
        if self._replay.runs_own_code(event.node):
            self._replay.replicas[event.node].on_message(packet.envelope)
            self._touched.add(event.node)

    def _expire(self, event: Timeout) -> None:
        node = event.node
        if node in self._replay._byzantine:
            return
        if node in self._replay._crashed:
            raise self._differs(f"the timer of node {node} expires, which has crashed")
        replica = self._replay.replicas[node]
        if (view := self._reference.view(replica)) != event.view:
            what = f"node {node} is in view {event.view} in the schedule as its timer expires"
            raise self._differs(f"{what}; the replica is in view {view}")
        self._replay.expiring(event)
        replica.on_timer()
        self._touched.add(node)

    def _forge(self) -> None:
        kinds = self._reference.kinds
        sends = [
            event
            for event in self._events
            if isinstance(event, Send)
            and event.node in self._replay._byzantine
            and self._reference.carrier(event.node, event.kind, event.view) is None
        ]
        order = {kind: place for place, kind in enumerate(kinds)}
        # Causes first: a Byzantine node may answer what another sends at this tick.
        for event in sorted(sends, key=lambda e: order.get(e.kind.partition("#")[0], len(kinds))):
            heard = self._replay.heard(self._tick)
            envelope = self._reference.forge(event.node, event.kind, event.view, heard)
            self._replay.note(Packet(self._tick, event.node, event.kind, event.view, envelope))

    # ---- output

    def _act(self) -> None:
        scheduled: defaultdict[int, Counter[tuple[str, int]]] = defaultdict(Counter)
        for event in self._events:
            if isinstance(event, Send) and event.node not in self._replay._byzantine:
                scheduled[event.node][event.kind, event.view] += 1
        for node in sorted(self._touched | scheduled.keys()):
            self._compare_sends(node, scheduled[node], self._step(node))

    def _step(self, node: int) -> Counter[tuple[str, int]]:
        """Let a node act; note what it sends."""
        sent: Counter[tuple[str, int]] = Counter()
        if not self._replay.runs_own_code(node):
            return sent
        replica = self._replay.replicas[node]
        # Replicas that take one input at a time may have entered a view before they act.
        entered = self._replay.views[node]
        before = entered[-1][1] if entered else 0
        replica.act()
        for envelope in replica.outbox:
            kind, view = self._reference.label(envelope)
            if kind in self._replay._omitted:
                continue
            if kind in self._reference.recovery_kinds:
                kind = self._log.numbered(node, kind, view)
            sent[kind, view] += 1
            self._replay.note(Packet(self._tick, node, kind, view, envelope))
        replica.outbox.clear()
        if (after := self._reference.view(replica)) != before:
            self._replay.views[node].append((self._tick, after))
        return sent

    def _compare_sends(
        self, node: int, scheduled: Counter[tuple[str, int]], sent: Counter[tuple[str, int]]
    ) -> None:
        for kind, view in scheduled - sent:
            carrier = self._reference.carrier(node, kind, view)
            if carrier is None or self._log.latest(node, carrier, view) is None:
                what = f"node {node} sends {kind} of view {view} in the schedule"
                raise self._differs(f"{what}, but the replica does not: {self._state(node)}")
        for kind, view in sent - scheduled:
            what = f"the replica of node {node} sends {kind} of view {view}"
            raise self._differs(f"{what}, which the schedule does not have: {self._state(node)}")

    def _decide(self) -> None:
        decides = [event for event in self._events if isinstance(event, Decide)]
        nodes = {event.node for event in decides} | self._touched
        for node in sorted(nodes):
            views = [event.view for event in decides if event.node == node]
            if node in self._replay._byzantine:
                self._back(node, views)
            else:
                self._compare_decisions(node, views)

    def _back(self, node: int, views: list[int]) -> None:
        liars = self._replay._byzantine
        exist = [p.envelope for p in self._log if p.tick < self._tick or p.sender in liars]
        for view in views:
            if not self._reference.certified(view, exist):
                what = f"Byzantine node {node} decides in view {view}"
                raise self._differs(f"{what}, but no certificate for a block exists")

    def _compare_decisions(self, node: int, scheduled: list[int]) -> None:
        taken = self._reference.decisions(self._replay.replicas[node])
        views = [decision.view for decision in taken[self._replay._decided[node] :]]
        self._replay._decided[node] = len(taken)
        if views == scheduled:
            return
        if len(scheduled) > len(views):
            what = f"node {node} decides in view {scheduled[len(views)]} in the schedule"
            raise self._differs(f"{what}, but the replica does not: {self._state(node)}")
        first = next((v for v, w in zip(views, scheduled, strict=False) if v != w), views[-1])
        what = f"the replica of node {node} decides in view {first}"
        raise self._differs(f"{what}, which the schedule does not have")

    def _state(self, node: int) -> str:
        if node in self._replay._crashed:
            return "it has crashed"
        return f"it is {self._reference.explain(self._replay.replicas[node])}"
