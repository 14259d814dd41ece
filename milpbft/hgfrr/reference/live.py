"""Live: a broadcast while the rings change, node by node.

What the paper leaves open is decided so:

- **Changes.** Who leaves, joins or has been found by heartbeats, and who is elected, all know at
  the start of one tick; or those who see it, and the others of the ring a while later, see
  :mod:`milpbft.hgfrr.reference.news`.
- **Periods.** The contacts of a period are drawn among all nodes of the start; those that are off
  the rings by then leave once more, and others are elected in their place.
- **Trees.** A message down says the ring as its broadcaster knew it, so a tree goes on as it was
  begun: who has joined since is not in it, and what lies behind one that has left is lost. In the
  other reading, `present`, it says who broadcasts, and each node passes it on to its children in
  the tree of the ring as it knows it at that tick, to none where it knows no such ring or
  broadcaster.
- **Contacts.** Who acts asks the contacts of that tick, each once per level; who broadcasts in a
  ring does so once. Who gets a message as a contact and no longer is one keeps it, or, where
  `handover` is on, hands it to the contacts of the highest ring that it is on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.reference.news import News
from milpbft.hgfrr.reference.node import DOWN, UP
from milpbft.hgfrr.reference.tree import own_children
from milpbft.hgfrr.reference.world import Failures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.hgfrr.sizes import Sizes
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Ring, Topology


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """A message on the wire.

    Parameters
    ----------
    kind
        ``Up``: for a contact of a ring, which is to broadcast it. ``Down``: along a tree.
    level
        Of the ring.
    order
        The ring as its broadcaster knew it, the broadcaster first, or it alone where nodes go by
        the rings that they know themselves; for ``Down``.
    root
        Which of the contacts the broadcaster was, 0 for the first; for ``Down``.
    """

    kind: str
    level: int
    order: tuple[int, ...] = ()
    root: int = 0


@dataclass
class LiveNode:
    """One correct node, in one broadcast. It is told its rings whenever they change.

    Parameters
    ----------
    node
        Its id.
    base
        Of the trees.
    serving
        How many of a ring's contacts broadcast in it.
    handover
        Whether it hands on what it gets as a contact that it no longer is.
    present
        Whether it goes by the rings that it knows now in trees that others began.
    """

    node: int
    base: int
    serving: int
    handover: bool
    present: bool
    rings: Mapping[int, Ring] = field(default_factory=dict)
    outbox: list[tuple[int, LiveMessage]] = field(default_factory=list)
    _asked: set[tuple[int, int]] = field(default_factory=set)
    _served: set[int] = field(default_factory=set)
    _passed: set[tuple[int, tuple[int, ...]]] = field(default_factory=set)

    def start(self) -> None:
        """Broadcast a message of its own."""
        self._climb(0)

    def on_message(self, message: LiveMessage) -> None:
        """Take a message, and put into the outbox what follows from it."""
        level = message.level
        if message.kind == DOWN:
            self._pass_on(message)
            self._descend(level)
            lost = level > 0 and level not in self.rings
        else:
            lost = not self._serves(level)
            if not lost:
                self._climb(level)
        if lost and self.handover:
            self._climb(max(self.rings))

    def _serves(self, level: int) -> bool:
        return level in self.rings and self.node in self.rings[level].contacts[: self.serving]

    def _climb(self, level: int) -> None:
        """Have the message broadcast in its ring of `level` and those above."""
        if level not in self.rings:
            return
        if self._serves(level):
            self._serve(level)
            self._descend(level)
            self._climb(level + 1)
            return
        for contact in self.rings[level].contacts[: self.serving]:
            if (level, contact) not in self._asked:
                self._asked.add((level, contact))
                self.outbox.append((contact, LiveMessage(UP, level)))

    def _descend(self, level: int) -> None:
        """Broadcast in its rings below `level`."""
        for lower in reversed(range(level)):
            if self._serves(lower):
                self._serve(lower)

    def _serve(self, level: int) -> None:
        """Begin a tree in its ring of `level`, once."""
        if level in self._served:
            return
        self._served.add(level)
        ring = self.rings[level]
        place = ring.members.index(self.node)
        order = ring.members[place:] + ring.members[:place]
        if self.present:
            order = order[:1]
        self._pass_on(LiveMessage(DOWN, level, order, ring.contacts.index(self.node)))

    def _pass_on(self, message: LiveMessage) -> None:
        """Send to its children in a tree, once."""
        tree = message.level, message.order
        if tree in self._passed:
            return
        self._passed.add(tree)
        order = self._order(message) if self.present else message.order
        if self.node not in order:
            return
        number = order.index(self.node)
        for child in own_children(number, len(order), self.base):
            self.outbox.append((order[child], message))

    def _order(self, message: LiveMessage) -> tuple[int, ...]:
        """Return the ring as the node knows it, the broadcaster first; nothing if it cannot say."""
        ring, root = self.rings.get(message.level), message.order[0]
        if ring is None or root not in ring.members:
            return ()
        place = ring.members.index(root)
        return ring.members[place:] + ring.members[:place]


@dataclass(frozen=True)
class Plan:
    """What happens to the network while a message is under way.

    Parameters
    ----------
    failures
        Who crashes or leaves, and when, and who is silent.
    removal
        Ticks from a crash to the removal of the node; None for never, 0 for a node that leaves.
    joins
        Ticks, rings of level 0, and places before which newcomers join, in order.
    period
        Every so many ticks all contacts are elected anew; 0 for never.
    starts
        Ticks at which the source broadcasts.
    handover, present
        As of :class:`LiveNode`.
    news
        Ticks after which all nodes of a ring know that it has changed.
    """

    failures: Failures = field(default_factory=Failures)
    removal: int | None = None
    joins: tuple[tuple[int, int, int], ...] = ()
    period: int = 0
    starts: tuple[int, ...] = (0,)
    handover: bool = False
    present: bool = False
    news: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """One message on the wire, of the broadcast of that number."""

    tick: int
    sender: int
    receiver: int
    message: LiveMessage
    number: int
    received: bool


@dataclass(frozen=True)
class LiveRun:
    """What a broadcast left behind: who first held it when, and what was sent up to the horizon."""

    source: int
    failures: Failures
    first: Mapping[int, int]
    sent: tuple[Sent, ...]
    horizon: int
    nodes: tuple[int, ...]
    """The nodes of the start."""
    ids: int

    @property
    def held(self) -> dict[int, int]:
        """Since when correct nodes of the start have held it, of those that do at the horizon."""
        correct = (node for node in self.nodes if node not in self.failures.nodes)
        return {node: self.first[node] for node in correct if node in self.first}


def live(
    topology: Topology,
    source: int,
    spread: Spread,
    plan: Plan,
    *,
    sizes: Sizes,
    horizon: int,
    seed: int = 0,
    overlay: type[Overlay] = Overlay,
    drawn: type[Overlay] = Overlay,
    node: type[LiveNode] = LiveNode,
) -> LiveRun:
    """Run one broadcast while the rings change.

    At a tick the rings change, crashes happen, nodes take what arrived, act, and send; what is
    sent arrives a tick later.

    Parameters
    ----------
    topology, source, spread
        As of :class:`milpbft.hgfrr.reference.world.World`; the base is the least of `spread`.
    plan
        What happens under way.
    sizes, seed
        Limits of the rings, and of elections.
    horizon
        Last tick.
    overlay, drawn, node
        The classes of the rings, of those from which periods are drawn, and of correct nodes; tests
        put others here.
    """
    made = partial(
        node, base=spread.k, serving=spread.serving, handover=plan.handover, present=plan.present
    )
    anew = partial(overlay.of, sizes=sizes, seed=seed)
    world = _World(drawn.of(topology, sizes, seed), anew, plan, horizon, made)
    return world.run(source, tuple(topology.nodes.tolist()))


class _World:
    def __init__(
        self,
        drawn: Overlay,
        anew: Callable[[Topology], Overlay],
        plan: Plan,
        horizon: int,
        node: Callable[[int], LiveNode],
    ) -> None:
        self._drawn, self._anew, self._plan = drawn, anew, plan
        self._horizon, self._node = horizon, node
        self._now = drawn.topology()
        self._news = News(self._now, plan.news)
        self._rings = anew(self._now)
        self._nodes: dict[tuple[int, int], LiveNode] = {}
        self._first: dict[int, int] = {}
        self._sent: list[Sent] = []

    def run(self, source: int, nodes: tuple[int, ...]) -> LiveRun:
        """Run to the horizon; may be called once."""
        self._first[source] = 0
        arriving: list[Sent] = []
        for tick in range(self._horizon + 1):
            if self._change(tick):
                self._now = self._rings.topology()
                self._news.note(tick, self._now)
            acting = [self._take(one, tick) for one in arriving if one.received]
            acting += [
                self._start(source, k, tick) for k, t in enumerate(self._plan.starts) if t == tick
            ]
            arriving = [one for each in acting for one in self._sends(*each, tick)]
            self._sent += arriving
        first, failures = self._first, self._plan.failures
        sent, ids = tuple(self._sent), self._now.ids
        return LiveRun(source, failures, first, sent, self._horizon, nodes, ids)

    def _change(self, tick: int) -> bool:
        """Let nodes leave, join and be elected, as they are due at a tick; whether any did."""
        plan = self._plan
        turns = bool(plan.period and tick and not tick % plan.period)
        if turns:
            self._drawn.rotate()
            self._rings = self._anew(self._drawn.topology())
        off = [node for node, when in sorted(self._removals()) if when < tick]
        now = [node for node, when in sorted(self._removals()) if when == tick]
        leaving = sorted(off + now) if turns else now
        for node in leaving:
            self._rings.leave(node)
        joining = [(ring, place) for when, ring, place in plan.joins if when == tick]
        for ring, place in joining:
            self._rings.insert(ring, place)
        return turns or bool(leaving or joining)

    def _removals(self) -> list[tuple[int, int]]:
        """Return who is taken off the rings, and when."""
        crashes, after = self._plan.failures.crashes, self._plan.removal
        return [] if after is None else [(node, since + after) for node, since in crashes.items()]

    def _start(self, source: int, number: int, tick: int) -> tuple[LiveNode, int]:
        node = self._at(source, number, tick)
        node.start()
        return node, number

    def _take(self, one: Sent, tick: int) -> tuple[LiveNode, int]:
        node = self._at(one.receiver, one.number, tick)
        self._first.setdefault(one.receiver, tick)
        node.on_message(one.message)
        return node, one.number

    def _at(self, node: int, number: int, tick: int) -> LiveNode:
        """Return a node in a broadcast, with the rings that it knows of at a tick."""
        if (node, number) not in self._nodes:
            self._nodes[node, number] = self._node(node)
        found = self._nodes[node, number]
        found.rings = self._news.rings(node, tick)
        return found

    def _sends(self, node: LiveNode, number: int, tick: int) -> Iterator[Sent]:
        outbox, node.outbox = node.outbox, []
        failures = self._plan.failures
        if not failures.sends(node.node, tick):
            return
        for receiver, message in outbox:
            received = failures.up(receiver, tick + 1)
            yield Sent(tick, node.node, receiver, message, number, received)
