"""Delays of profiles, by running replicas with clocks: all runs, or random ones.

A run has ticks. What is sent at one arrives by ``max(sent, gst) + delta``, a tick later at the
earliest; a node takes what comes at a tick in any order, then its timer if it is due. Nothing here
knows the models: who asks whom for what is what replicas do.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from milpbft.dbft.reference.messages import RecoveryRequest
from milpbft.dbft.reference.production.timed import TimedReference
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.replica import ProductionReplica

Inbox = tuple["Envelope", ...]
Nodes = dict[int, "ProductionReplica"]
Ends = list[tuple["ProductionReplica", Inbox]]


@dataclass(frozen=True)
class Clock:
    """What is asked: sizes, timers and the network.

    Parameters
    ----------
    profile
        Its name.
    n, crashes, timeout, gst, delta, horizon
        As of instances.
    restarts, reloads
        Most nodes that start again without memory, or with their logs, each once.
    losses
        Most messages that are lost for good, each on its way to one node.
    """

    profile: str
    n: int = 4
    crashes: int = 0
    timeout: int = 6
    gst: int = 0
    delta: int = 1
    horizon: int = 30
    restarts: int = 0
    reloads: int = 0
    losses: int = 0

    def reference(self) -> TimedReference:
        """Return replicas that sign without cryptography."""
        timeout, keys = self.timeout, Seals()
        return TimedReference(self.n, self.profile, height=self.n, timeout=timeout, keys=keys)


@dataclass
class Found:
    """The ticks of the decisions asked for, one past the horizon for none, and how many runs."""

    first: set[int] = field(default_factory=set)
    runs: int = 0


# ---- all runs, with a delay of one tick


def all_delays(clock: Clock, until: Literal["first", "last"] = "first") -> Found:
    """Try all runs with delays of one tick: who fails how and when, each order of each inbox.

    A node crashes, starts again or reloads its log before it does anything else at a tick. What was
    under way to it comes to it nevertheless, or is lost if it reloads its log; what it was given
    before comes again only if others say it again. Any message may be lost on its way to a node,
    those of recovery too. Runs that come to the same are tried once.

    Parameters
    ----------
    until
        Whose decision ends a run: the first, or the last of nodes that have not crashed.
    """
    reference, found = clock.reference(), Found()
    start: Nodes = dict(reference.replicas())
    ends = any if until == "first" else all
    layer: dict[object, Net] = {0: Net(start, {}, frozenset(), 0)}
    for tick in range(clock.horizon + 1):
        after: dict[object, Net] = {}
        for net in layer.values():
            for now in _tick(clock, reference, net, tick):
                found.runs += 1
                if ends(replica.has_valid_block for replica in now.nodes.values()):
                    found.first.add(tick)
                else:
                    key = _key(reference, now.nodes, now.inboxes), now.again, now.lost
                    after.setdefault(key, now)
        layer = after
    if layer:
        found.first.add(clock.horizon + 1)
    return found


class Net(NamedTuple):
    """The nodes that are up, what each is given next, who has started again, and what was lost."""

    nodes: Nodes
    inboxes: dict[int, Inbox]
    again: frozenset[tuple[int, str]]
    lost: int


def _tick(clock: Clock, reference: TimedReference, net: Net, tick: int) -> Iterator[Net]:
    """Yield the nodes after a tick, and what each is given at the next one."""
    for begun in _faults(clock, reference, net, tick):
        tried: dict[tuple[int, ...], Ends] = {}
        for less in _losses(clock, begun):
            results: list[tuple[Nodes, Inbox]] = [({}, ())]
            for node, replica in less.nodes.items():
                inbox = less.inboxes.get(node, ())
                given = (node, *map(id, inbox))
                if given not in tried:
                    tried[given] = list(_orders(reference, replica, inbox, tick))
                results = [
                    ({**done, node: end}, (*sent, *told))
                    for done, sent in results
                    for end, told in tried[given]
                ]
            for done, sent in results:
                inboxes = {i: tuple(e for e in sent if e.sender != i) for i in done}
                yield Net(done, inboxes, less.again, less.lost)


def _losses(clock: Clock, net: Net) -> Iterator[Net]:
    """Yield what can be lost of all that is under way, but for what a node that is done drops."""
    under_way = [
        (node, place)
        for node, inbox in net.inboxes.items()
        if node in net.nodes
        for place, envelope in enumerate(inbox)
        if not net.nodes[node].done or isinstance(envelope.payload, RecoveryRequest)
    ]
    for count in range(clock.losses - net.lost + 1):
        for gone in combinations(under_way, count):
            inboxes = {
                node: tuple(e for place, e in enumerate(inbox) if (node, place) not in gone)
                for node, inbox in net.inboxes.items()
            }
            yield net._replace(inboxes=inboxes, lost=net.lost + count)


def _faults(clock: Clock, reference: TimedReference, net: Net, tick: int) -> Iterator[Net]:
    """Yield what can happen to the nodes as a tick begins."""
    most = {"crash": clock.crashes, "restart": clock.restarts, "reload": clock.reloads}
    spent = Counter(what for _, what in net.again)
    spent["crash"] = clock.n - len(net.nodes)
    options = [_may_fail(net, node, most) for node in net.nodes]
    for chosen in product(*options):
        total = spent + Counter(what for what in chosen if what)
        if any(total[what] > count for what, count in most.items()):
            continue
        nodes, inboxes, again = dict(net.nodes), dict(net.inboxes), set(net.again)
        for node, what in zip(net.nodes, chosen, strict=True):
            if not what:
                continue
            if what == "crash":
                del nodes[node]
                continue
            again.add((node, what))
            if what == "restart":
                nodes[node] = reference.restarted(node, 1)
            else:
                inboxes[node] = ()
                nodes[node] = _copied(reference, nodes[node])
            reference.begin(nodes[node], tick)
        yield Net(nodes, inboxes, frozenset(again), net.lost)


def _may_fail(net: Net, node: int, most: Mapping[str, int]) -> list[str]:
    """Return what may happen to a node, nothing first; it starts again or reloads once."""
    if net.nodes[node].has_valid_block:
        return [""]
    once = any(other == node for other, _ in net.again)
    return ["", *(what for what, count in most.items() if count and (what == "crash" or not once))]


def _copied(reference: TimedReference, replica: ProductionReplica) -> ProductionReplica:
    kept = {id(reference.site): reference.site}
    return deepcopy(replica, kept)


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
    done, lives, due = replica.done, replica.lives, reference.due(replica)
    answered = sorted(replica.answered)
    state = book.view, kept, asked, later, heard, done, said, due, lives, answered
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
