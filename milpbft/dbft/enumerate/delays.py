"""Delays of profiles, by running replicas with clocks: all runs, or random ones.

A run has ticks. What is sent at one arrives by ``max(sent, gst) + delta``, a tick later at the
earliest; a node takes what comes at a tick in any order, then its timer if it is due. Nothing here
knows the models: who asks whom for what is what replicas do.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.dbft.reference.production.timed import TimedReference
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.replica import ProductionReplica

Inbox = tuple["Envelope", ...]
Nodes = dict[int, "ProductionReplica"]


@dataclass(frozen=True)
class Clock:
    """What is asked: sizes, timers and the network.

    Parameters
    ----------
    profile
        Its name.
    n, crashes, timeout, gst, delta, horizon
        As of instances.
    """

    profile: str
    n: int = 4
    crashes: int = 0
    timeout: int = 6
    gst: int = 0
    delta: int = 1
    horizon: int = 30

    def reference(self) -> TimedReference:
        """Return replicas that sign without cryptography."""
        timeout, keys = self.timeout, Seals()
        return TimedReference(self.n, self.profile, height=self.n, timeout=timeout, keys=keys)


@dataclass
class Found:
    """The ticks of first decisions, one past the horizon where none comes, and how many runs."""

    first: set[int] = field(default_factory=set)
    runs: int = 0


# ---- all runs, with a delay of one tick


def all_delays(clock: Clock) -> Found:
    """Try all runs with delays of one tick: who crashes when, and each order of each inbox.

    A node crashes before it acts at a tick, and no two at the same one. Runs that come to
    the same are tried once.
    """
    reference, found = clock.reference(), Found()
    start: Nodes = dict(reference.replicas())
    layer = {_key(reference, start, {}): (start, dict[int, Inbox]())}
    for tick in range(clock.horizon + 1):
        after: dict[object, tuple[Nodes, dict[int, Inbox]]] = {}
        for nodes, inboxes in layer.values():
            for next_nodes, sent in _tick(clock, reference, nodes, inboxes, tick):
                found.runs += 1
                if any(replica.has_valid_block for replica in next_nodes.values()):
                    found.first.add(tick)
                else:
                    after.setdefault(_key(reference, next_nodes, sent), (next_nodes, sent))
        layer = after
    if layer:
        found.first.add(clock.horizon + 1)
    return found


def _tick(
    clock: Clock, reference: TimedReference, nodes: Nodes, inboxes: Mapping[int, Inbox], tick: int
) -> Iterator[tuple[Nodes, dict[int, Inbox]]]:
    """Yield the nodes after a tick, and what each is given at the next one."""
    for crashing in (None, *nodes) if len(nodes) > clock.n - clock.crashes else (None,):
        results: list[tuple[Nodes, tuple[Envelope, ...]]] = [({}, ())]
        for node, replica in nodes.items():
            if node == crashing:
                continue
            ends = list(_orders(reference, replica, inboxes.get(node, ()), tick))
            results = [
                ({**done, node: end}, (*sent, *told))
                for done, sent in results
                for end, told in ends
            ]
        for done, sent in results:
            given = {i: tuple(e for e in sent if e.sender != i) for i in done}
            yield done, given


def _orders(
    reference: TimedReference, replica: ProductionReplica, inbox: Inbox, tick: int
) -> Iterator[tuple[ProductionReplica, tuple[Envelope, ...]]]:
    """Yield the states in which a node can end a tick, and what it has said then."""
    kept = [reference.site, *inbox]
    begun = deepcopy(replica, {id(one): one for one in kept})
    reference.tell(begun, tick)
    states = {(_state(reference, begun), frozenset(range(len(inbox)))): begun}
    for _ in inbox:
        after: dict[tuple[object, frozenset[int]], ProductionReplica] = {}
        for (_, left), one in states.items():
            for number in left:
                copy = deepcopy(one, {id(k): k for k in [*kept, *one.outbox]})
                copy.on_message(inbox[number])
                after.setdefault((_state(reference, copy), left - {number}), copy)
        states = after
    ends: dict[object, ProductionReplica] = {}
    for one in states.values():
        _expire(reference, one, tick)
        ends.setdefault(_state(reference, one), one)
    for one in ends.values():
        said = tuple(one.outbox)
        one.outbox.clear()
        yield one, said


def _expire(reference: TimedReference, replica: ProductionReplica, tick: int) -> None:
    due = reference.due(replica)
    if due is not None and due <= tick:
        replica.on_timer()


def _state(reference: TimedReference, replica: ProductionReplica) -> object:
    book = replica.book
    asked = sorted((i, book.view_asked_by(i)) for i in book.change_views)
    kept = [_digests(one) for one in (book.preparations, book.commits, book.led_here)]
    later = [envelope.payload.digest for envelope in book.later]
    said = sorted(envelope.payload.digest for envelope in replica.outbox)
    heard = sorted(book.heard.items())
    state = book.view, kept, asked, later, heard, replica.done, said, reference.due(replica)
    return repr(state)


def _digests(messages: Mapping[Any, Envelope]) -> list[tuple[Any, bytes]]:
    return [(place, messages[place].payload.digest) for place in sorted(messages)]


def _key(reference: TimedReference, nodes: Nodes, inboxes: Mapping[int, Inbox]) -> object:
    states = [(i, _state(reference, replica)) for i, replica in nodes.items()]
    given = [(i, sorted(e.payload.digest for e in inbox)) for i, inbox in inboxes.items()]
    return repr((states, given))


# ---- random runs


def random_delay(clock: Clock, seed: int) -> int:
    """Return the tick of the first decision of a random run, one past the horizon without one."""
    random, reference = Random(seed), clock.reference()
    nodes: Nodes = dict(reference.replicas())
    lazy = random.choice((0.2, 0.5, 0.9))
    doomed = random.sample(range(clock.n), clock.crashes)
    favourite = random.choice((0, *range(clock.horizon)))
    crashes = {node: random.choice((0, favourite)) for node in doomed}
    arrivals: list[tuple[int, int, Envelope]] = []
    for tick in range(clock.horizon + 1):
        for node in [i for i, at in crashes.items() if at == tick]:
            nodes.pop(node, None)
        came = [one for one in arrivals if one[0] == tick]
        random.shuffle(came)
        sent: list[Envelope] = []
        for node, replica in nodes.items():
            reference.tell(replica, tick)
            for _, receiver, envelope in came:
                if receiver == node:
                    replica.on_message(envelope)
            _expire(reference, replica, tick)
            sent += replica.outbox
            replica.outbox.clear()
        if any(replica.has_valid_block for replica in nodes.values()):
            return tick
        last = max(tick, clock.gst) + clock.delta
        for envelope in sent:
            for node in nodes:
                if node != envelope.sender:
                    at = last if random.random() < lazy else random.randint(tick + 1, last)
                    arrivals.append((at, node, envelope))
    return clock.horizon + 1
