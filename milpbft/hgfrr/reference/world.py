"""World: runs the nodes of an overlay tick by tick, and records every message."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import ceil, dist
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.reference.node import Message, Node
from milpbft.hgfrr.spread import Spread
from milpbft.schedule import Deliver, Event, Fault, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milpbft.hgfrr.topology import Topology

PROTOCOL = "hgfrr"


@dataclass(frozen=True)
class Failures:
    """The faulty relays of a broadcast.

    A Byzantine relay can do no more than a silent one: messages are signed, so it can withhold
    them and not alter them, and whatever it sends out of turn is a message that is received.

    Parameters
    ----------
    crashes
        Tick from which on a node does nothing, per node that crashes.
    silent
        Nodes that receive, also answer heartbeats, and never send.
    restarts, reloads
        Tick at whose beginning a correct node starts again, per node that does: without memory, or
        with a log of what it was given and passed on. What is under way to one that reloads is
        lost, and what is under way to one that forgets comes as before.
    """

    crashes: Mapping[int, int] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()
    restarts: Mapping[int, int] = field(default_factory=dict)
    reloads: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = sorted(self.silent & self.crashes.keys())
        if both:
            raise InputError("crashes", both, "a node is silent or crashes, not both")
        for tick in self.crashes.values():
            if tick < 0:
                raise InputError("crashes", tick, "a tick from 0 on")
        for name, again in (("restarts", self.restarts), ("reloads", self.reloads)):
            if faulty := sorted(self.nodes & again.keys()):
                raise InputError(name, faulty, "correct nodes")
            for tick in again.values():
                if tick < 1:
                    raise InputError(name, tick, "a tick from 1 on")
        if twice := sorted(self.restarts.keys() & self.reloads.keys()):
            raise InputError("restarts", twice, "nodes that do not reload a log as well")

    @property
    def nodes(self) -> frozenset[int]:
        """The faulty nodes; who starts again is correct."""
        return self.silent | self.crashes.keys()

    @property
    def again(self) -> Mapping[int, int]:
        """Tick at which a node starts again, per node that does, with a log or without."""
        return {**self.restarts, **self.reloads}

    def up(self, node: int, tick: int) -> bool:
        """Whether `node` receives at `tick`."""
        return tick < self.crashes.get(node, tick + 1)

    def takes(self, node: int, sent: int, tick: int) -> bool:
        """Whether `node` receives at `tick` what was sent to it at the earlier tick `sent`."""
        return self.up(node, tick) and not sent < self.reloads.get(node, 0) <= tick

    def sends(self, node: int, tick: int) -> bool:
        """Whether `node` sends at `tick`."""
        return node not in self.silent and self.up(node, tick)

    def events(self, horizon: int) -> list[Fault]:
        """Return them as schedule events, up to tick `horizon`."""
        crashes = [Fault(t, i, "crash") for i, t in sorted(self.crashes.items()) if t <= horizon]
        again = [Fault(t, i, "restart") for i, t in sorted(self.restarts.items()) if t <= horizon]
        again += [Fault(t, i, "reload") for i, t in sorted(self.reloads.items()) if t <= horizon]
        return [*crashes, *(Fault(0, node, "omission") for node in sorted(self.silent)), *again]


@dataclass(frozen=True, slots=True)
class Transmission:
    """One message on the wire, from `sender` at tick `sent` to `receiver`.

    `cause` is the index of the transmission on whose receipt it was sent, -1 for the source's own.
    It takes so many ticks, and is `received` then, unless its receiver has crashed or has started
    again with its log.
    """

    sent: int
    sender: int
    receiver: int
    message: Message
    cause: int
    received: bool
    takes: int = 1

    @property
    def arrives(self) -> int:
        """Tick at which it arrives."""
        return self.sent + self.takes


@dataclass(frozen=True)
class Broadcast:
    """What a broadcast left behind.

    Parameters
    ----------
    source
        The node that broadcast.
    nodes
        All nodes of the network.
    ids
        Ids that were ever given: the nodes of a schedule.
    failures
        The faulty ones.
    first
        Tick at which a node first held the message, per node that did; 0 for the source. Of one
        that has started again without memory, since it did.
    transmissions
        In order of sending.
    """

    source: int
    nodes: tuple[int, ...]
    ids: int
    failures: Failures
    first: Mapping[int, int]
    transmissions: tuple[Transmission, ...]

    @property
    def correct(self) -> tuple[int, ...]:
        """The nodes that are not faulty."""
        return tuple(node for node in self.nodes if node not in self.failures.nodes)

    @property
    def missed(self) -> tuple[int, ...]:
        """The correct nodes that never held the message."""
        return tuple(node for node in self.correct if node not in self.first)

    @property
    def coverage(self) -> float:
        """Share of the correct nodes that held the message; 1 where there are none."""
        total = len(self.correct)
        return (total - len(self.missed)) / total if total else 1.0

    @property
    def ticks(self) -> int:
        """Tick at which the last correct node that got the message first held it."""
        return max((self.first[node] for node in self.correct if node in self.first), default=0)

    @property
    def messages(self) -> int:
        """Messages sent, those to crashed nodes and those received again included."""
        return len(self.transmissions)

    def schedule(self, *, settings: Mapping[str, str] | None = None) -> Schedule:
        """Return the run as a schedule: `view` is the level of the ring, the primary the source.

        Several messages of one label that a node sends at one tick are one Send.

        Raises
        ------
        InputError
            Where there are more than 1000 ids.
        """
        sends = {(t.sent, t.sender, t.message.label, t.message.level) for t in self.transmissions}
        ends = [*self.first.values(), *(t.arrives for t in self.transmissions)]
        horizon = max([*ends, *self.failures.again.values(), 0])
        events: list[Event] = [*self.failures.events(horizon)]
        events += [Send(*send) for send in sorted(sends)]
        events += [
            Deliver(t.arrives, t.receiver, t.sender, t.message.label, t.message.level)
            for t in self.transmissions
            if t.received
        ]
        return Schedule(
            PROTOCOL,
            self.ids,
            (),
            (self.source,),
            tuple(events),
            horizon,
            settings=dict(settings or {}),
        )


class World:
    """Runs one broadcast from `source` over the nodes of `topology`.

    At a tick a node takes what arrived, acts, and sends; what is sent arrives a tick later, or as
    many ticks as its link is long. Who starts again at a tick does so before all that.

    Parameters
    ----------
    topology
        The rings.
    source
        The node that broadcasts at tick 0.
    spread
        Parameters of the broadcast.
    failures
        Faulty nodes, and those that start again; by default none.
    ports
        Messages that a node can send per tick, in the order in which it decided to send them; 0
        for no limit. The paper counts hops, that is no limit.
    latency
        Ticks that a message takes per unit of distance between its ends, rounded up, at least one;
        0: a hop is a tick.
    node
        The class of correct nodes; tests put faulty ones here.

    Raises
    ------
    InputError
        Where the source or a faulty node is not in the network, or a number is negative.
    """

    def __init__(
        self,
        topology: Topology,
        source: int,
        spread: Spread | None = None,
        *,
        failures: Failures | None = None,
        ports: int = 0,
        latency: int = 0,
        node: type[Node] = Node,
    ) -> None:
        self._topology = topology
        self._latency = latency
        self._source = source
        self._failures = failures or Failures()
        self._ports = ports
        for each in (source, *self._failures.nodes, *self._failures.again):
            topology.home(each)
        if ports < 0:
            raise InputError("ports", ports, "0 for no limit, or 1 or more")
        if latency < 0:
            raise InputError("latency", latency, "0 for a tick per hop, or 1 or more")
        self.nodes = make_nodes(topology, spread or Spread(), node)
        self._queues: defaultdict[int, deque[tuple[int, Message, int]]] = defaultdict(deque)
        self._sent: list[Transmission] = []
        self._first: dict[int, int] = {}

    def run(self) -> Broadcast:
        """Run until nothing is under way; may be called once."""
        tick = 0
        if self._failures.up(self._source, 0):
            self.nodes[self._source].start()
            self._first[self._source] = 0
            self._collect(self._source, -1)
        under_way: defaultdict[int, list[int]] = defaultdict(list)
        self._send(tick, under_way)
        last = max(self._failures.again.values(), default=0)
        while under_way or any(self._queues.values()) or tick < last:
            tick += 1
            self._start_again(tick)
            for index in under_way.pop(tick, []):
                self._deliver(index, tick)
            self._send(tick, under_way)
        everyone = tuple(self._topology.nodes.tolist())
        return Broadcast(
            self._source,
            everyone,
            self._topology.ids,
            self._failures,
            self._first,
            tuple(self._sent),
        )

    def _start_again(self, tick: int) -> None:
        """Let the nodes that start again at this tick do so, before anything else."""
        for node, moment in self._failures.again.items():
            if moment != tick:
                continue
            if node in self._failures.reloads:
                self.nodes[node].reload()
            else:
                self.nodes[node].forget()
                self._queues.pop(node, None)
            if not self.nodes[node].holds:
                self._first.pop(node, None)

    def _deliver(self, index: int, tick: int) -> None:
        transmission = self._sent[index]
        if not transmission.received:
            return
        node = transmission.receiver
        self._first.setdefault(node, tick)
        self.nodes[node].on_message(transmission.message)
        self._collect(node, index)

    def _collect(self, node: int, cause: int) -> None:
        outbox = self.nodes[node].outbox
        self._queues[node].extend((receiver, message, cause) for receiver, message in outbox)
        outbox.clear()

    def _send(self, tick: int, under_way: defaultdict[int, list[int]]) -> None:
        """Send what nodes have queued, as far as their ports allow; note when it arrives."""
        for node in sorted(self._queues):
            queue = self._queues[node]
            if not self._failures.sends(node, tick):
                queue.clear()
            for _ in range(min(len(queue), self._ports or len(queue))):
                receiver, message, cause = queue.popleft()
                takes = self._takes(node, receiver)
                received = self._failures.takes(receiver, tick, tick + takes)
                under_way[tick + takes].append(len(self._sent))
                sent = Transmission(tick, node, receiver, message, cause, received, takes)
                self._sent.append(sent)
        self._queues = defaultdict(deque, {i: q for i, q in self._queues.items() if q})

    def _takes(self, one: int, other: int) -> int:
        """Ticks that the link between two nodes takes."""
        ends = self._topology.positions[[one, other]]
        return max(1, ceil(self._latency * dist(*ends)))


def make_nodes(
    topology: Topology,
    spread: Spread,
    node: type[Node] = Node,
) -> dict[int, Node]:
    """Make the state machine of every node, with the rings it is on and the bases it draws."""
    bases = spread.bases(topology)
    made: dict[int, Node] = {}
    for each in topology.nodes.tolist():
        rings, own = {}, {}
        for i in topology.places(each):
            ring = topology.rings[i]
            rings[ring.level] = ring
            serving = ring.contacts[: spread.serving]
            if each in serving:
                own[ring.level] = int(bases[i, serving.index(each)])
        made[each] = node(each, rings, own, spread.serving)
    return made


def broadcast(
    topology: Topology,
    source: int,
    spread: Spread | None = None,
    *,
    failures: Failures | None = None,
    ports: int = 0,
    latency: int = 0,
    node: type[Node] = Node,
) -> Broadcast:
    """Run one broadcast message by message; parameters as of :class:`World`."""
    world = World(
        topology, source, spread, failures=failures, ports=ports, latency=latency, node=node
    )
    return world.run()


def silence(nodes: Iterable[int]) -> Failures:
    """Return the failures in which `nodes` are silent from the start."""
    return Failures(silent=frozenset(nodes))
