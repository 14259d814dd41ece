"""All runs of a network whose delays are of one tick a hop, by running replicas.

Every message arrives a tick after it is sent, over an overlay a tick per hop, on the first of its
walks on which no relay has crashed; and a timer that is due expires at once or a tick
later. Left to the adversary are these ticks of timers, who crashes, starts again or reloads its log
and when, and in which order a node is given what one sender said. To a node that has started again
what it was given before comes at once or a tick later, each message as the adversary likes. That
is the partially synchronous network of instances with ``gst0-delta1`` and a timer.

Two things are left out that lead nowhere else. Who would have nothing to say, to decide or to pass
on at a tick crashes later, but for the last tick, unless others are told that it has crashed: that
changes nothing for them, and whoever still runs decides no sooner. And of nodes that are `alike`,
never primary, only how many do what counts while they have been treated alike.

Nothing here knows a protocol, and nothing is shared with models: a node's state is its replica.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Generic, Literal, Self

from milpbft.check.frozen import Book, Inbox
from milpbft.check.nets import Alike, Choice, Given, Local, Net, chosen
from milpbft.check.travel import Sent, Travel
from milpbft.sim.replica import E, R, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from milpbft.question.strict import StrictInstance


@dataclass(frozen=True)
class Adversary:
    """What the adversary may do.

    Parameters
    ----------
    timeout
        Ticks that the timer of view 0 runs, at least 1; they double with every view.
    horizon
        Last tick.
    views
        Runs in which a node comes to a later view are left out.
    crashes, restarts, reloads
        Most nodes that crash, start again without memory, or reload their logs.
    proposal
        Ticks that the timer of a primary runs with which it proposes.
    again
        Whether timers expire again and again: one that is due expires a tick later at last, after
        it has something to do.
    calm
        Whether no timer of a view expires, and the primary of view 0 does not crash.
    overlay
        What carries all messages, as names of instances have it; None for a full mesh. Nobody
        starts again there.
    """

    timeout: int
    horizon: int
    views: int
    crashes: int = 0
    restarts: int = 0
    reloads: int = 0
    proposal: int = 1
    again: bool = False
    calm: bool = False
    overlay: str | None = None

    @classmethod
    def of(cls, instance: StrictInstance) -> Self:
        """Return what an instance in ticks allows, whose delays must be of one tick.

        Timers of a first view run once, but for those of dBFT 2.1.
        """
        assert instance.horizon is not None
        assert (instance.network, instance.gst, instance.delta) == ("synchronous", 0, 1)
        assert instance.byzantine == 0
        return cls(
            instance.timeout,
            instance.horizon,
            instance.views,
            crashes=instance.crashes,
            restarts=instance.amnesia,
            reloads=instance.reloads,
            proposal=getattr(instance, "collector", 1),
            again=instance.protocol == "dbft21",
            calm=getattr(instance, "calm", False),
            overlay=instance.overlay,
        )


class Runs(Generic[R, E]):
    """All runs, tick by tick; those that come to the same are followed once.

    Parameters
    ----------
    reference
        The protocol; its replicas have no clock of their own.
    adversary
        What it may do.
    alike
        Nodes of a full mesh, where nobody starts again, that the protocol tells apart by nothing
        but their names.
    eager
        Whether nodes crash at all ticks, also where they could as well crash later.

    Attributes
    ----------
    reference
        The protocol.
    left
        Whether runs were left out that go on in later views.
    widest
        How many different nets there were at most as a tick ended.
    """

    def __init__(
        self,
        reference: Reference[R, E],
        adversary: Adversary,
        *,
        alike: Iterable[int] = (),
        eager: bool = False,
    ) -> None:
        self._book: Book[R, E] = Book(reference)
        self.reference = reference
        self._may = adversary
        self._travel = Travel(reference.n, adversary.overlay)
        self._again = bool(adversary.restarts or adversary.reloads)
        assert not (self._again and adversary.overlay), "nobody starts again on an overlay"
        assert not (alike and (self._again or adversary.overlay)), "nodes differ there"
        several = tuple(sorted(alike))
        ones = tuple((node,) for node in range(reference.n) if node not in several)
        self._alike: Alike = (*ones, several) if several else ones
        self._eager = eager or (bool(adversary.overlay) and self._travel.repaired)
        self.left = False
        self.widest = 0

    def latest(self, what: Literal["first", "last"]) -> int:
        """Return the latest first or last decision, one past the horizon for none."""
        ends, found = any if what == "first" else all, -1
        for tick, nets in self._layers(lambda net: self._decides(net, ends)):
            found = max(found, tick if any(self._decides(net, ends) for net in nets) else -1)
        rest = [net for net in nets if not self._decides(net, ends)]
        return self._may.horizon + 1 if rest else found

    def fewest(self) -> int | None:
        """Return the fewest crashes after which nobody ever decides, None where somebody does.

        At the end of the horizon all that is under way comes, and all timers expire: whoever says
        anything then, decides or comes to a later view is in no lock.
        """
        *_, (_, nets) = self._layers(lambda net: self._decides(net, any))
        ends = [net for net in nets if not self._decides(net, any)]
        return min((len(_dead(net)) for net in ends if self._rests(net)), default=None)

    def forks(self) -> int:
        """Return how many different blocks are accepted at most."""
        most = 0
        for _, nets in self._layers(lambda _: False, blocks=True):
            most = max(most, *(len(net.blocks) for net in nets))
        return most

    def _layers(
        self, over: Callable[[Net], bool], *, blocks: bool = False
    ) -> Iterator[tuple[int, list[Net]]]:
        """Yield tick by tick all nets as it ends; those that are over are followed no further."""
        states = [self._book.keep(replica) for replica in self.reference.replicas().values()]
        nodes = tuple(self._timed(Local(state), -1) for state in states)
        layer: dict[Net, Alike] = {Net(nodes): self._alike}
        for tick in range(self._may.horizon + 1):
            after: dict[Net, Alike] = {}
            for net, alike in layer.items():
                for now, then in self._after(net, alike, tick):
                    end = now._replace(blocks=net.blocks | self._blocks(now)) if blocks else now
                    # Whoever is alike in one of the runs that end so is in all of them.
                    if len(after.get(end, self._names)) >= len(then):
                        after[end] = then
            yield tick, list(after)
            layer = {net: alike for net, alike in after.items() if not over(net)}
            self.widest = max(self.widest, len(layer))

    @property
    def _names(self) -> Alike:
        return tuple((node,) for node in range(self.reference.n))

    def _blocks(self, net: Net) -> frozenset[bytes]:
        seen = (self._book.seen[one.state].blocks for one in net.nodes if one.state >= 0)
        return frozenset[bytes]().union(*seen)

    def _decides(self, net: Net, ends: Callable[[Iterable[bool]], bool]) -> bool:
        return ends(self._decided(one) for one in net.nodes if one.state >= 0)

    def _decided(self, node: Local) -> bool:
        return self._book.seen[node.state].decided

    def _leaves(self, node: Local) -> bool:
        return node.state >= 0 and self._book.seen[node.state].view >= self._may.views

    def _timed(self, node: Local, tick: int) -> Local:
        """Return a node as a tick ends, with the timer that runs then: since then, if it is new."""
        timer = self._book.seen[node.state].timer
        if timer is not None and timer == node.timer:
            return node
        return node._replace(timer=timer, since=-1 if timer is None else tick, fired=False)

    # ---- a tick

    def _after(self, net: Net, alike: Alike, tick: int) -> Iterator[tuple[Net, Alike]]:
        """Yield what the nodes can be after a tick, and who is alike then."""
        dead = _dead(net)
        most = {"crash": self._may.crashes, "restart": self._may.restarts}
        most["reload"] = self._may.reloads
        left = Counter(most)
        left.subtract(Counter(one.again for one in net.nodes if one.again))
        left["crash"] -= len(dead)
        choices = [self._choices(i, net, tick, left, dead) for i in range(len(net.nodes))]
        for ends, then in chosen(choices, alike, left):
            nodes = tuple(end.node for end in ends)
            if any(map(self._leaves, nodes)):
                self.left = True
                continue
            said = frozenset(
                Sent(message, i, tick) for i, end in enumerate(ends) for message in end.said
            )
            now = Net(nodes, net.under_way | said)
            going = {s for s in now.under_way if self._travel.goes_on(s, tick, _dead(now))}
            yield now._replace(under_way=frozenset(going)), then

    def _choices(
        self, i: int, net: Net, tick: int, left: Mapping[str, int], dead: Mapping[int, int]
    ) -> list[Choice]:
        """Return what can become of a node, in an order that is that of all who are alike."""
        node = net.nodes[i]
        if node.state < 0:
            return [Choice("", node)]
        found: dict[Choice, None] = {}
        coming = self._coming(i, net, tick, dead)
        for what in ("", "restart", "reload"):
            if not what or left[what] > 0:
                given = self._fault(i, what, node, coming, tick)
                found |= {} if given is None else self._moves(i, given, tick, what)
        spared = self._may.calm and i == self.reference.primary(0)
        if left["crash"] > 0 and not spared and self._crashes(i, net, tick, found):
            at = tick if self._may.overlay else -1
            found[Choice("crash", Local(-1, since=at, again=node.again))] = None
        return list(found)

    def _coming(self, i: int, net: Net, tick: int, dead: Mapping[int, int]) -> frozenset[int]:
        comes = self._travel.comes
        return net.nodes[i].late | {
            sent.message
            for sent in net.under_way
            if sent.sender != i and comes(sent, i, tick, dead)
        }

    def _crashes(self, i: int, net: Net, tick: int, found: Iterable[Choice]) -> bool:
        """Whether a node crashes at a tick: not if it could as well do so later, or never."""
        if self._eager or tick == self._may.horizon:
            return True
        sent = net.under_way
        if self._may.overlay and any(self._travel.passes(s, i, tick, _dead(net)) for s in sent):
            return True
        before = self._decided(net.nodes[i])
        return not any(
            not (end.said or end.fault or self._leaves(end.node))
            and self._decided(end.node) == before
            for end in found
        )

    def _fault(
        self, i: int, what: str, node: Local, coming: frozenset[int], tick: int
    ) -> Given | None:
        """Return a node to which something happens, or nothing; None where that cannot be."""
        if not what:
            return Given(node._replace(late=frozenset()), coming)
        if self._decided(node) or node.again:
            return None
        if what == "reload":
            anew = Local(node.state, had=node.had, again=what)
            return Given(self._timed(anew, tick - 1))
        state = self._book.keep(self.reference.restarted(i, 1))
        anew = self._timed(Local(state, again=what), tick - 1)
        return Given(anew, coming, node.had - coming)

    def _moves(self, i: int, given: Given, tick: int, fault: str) -> dict[Choice, None]:
        """Return what a node can be as a tick ends, and what it has sent."""
        found: dict[Choice, None] = {}
        for early in _subsets(given.perhaps):
            late = given.perhaps - early
            for inbox, expired in product(self._orders(given.now | early), (False, True)):
                had = given.node.had | set(inbox) if self._again else frozenset[int]()
                one = given.node._replace(late=late, had=had)
                if (move := self._move(i, one, inbox, tick, expired=expired)) is not None:
                    found[Choice(fault, *move)] = None
        return found

    def _move(
        self, i: int, node: Local, inbox: Inbox, tick: int, *, expired: bool
    ) -> tuple[Local, frozenset[int]] | None:
        """Return what becomes of a node; nothing where its timer may not, or must expire."""
        runs = node.timer is not None and (self._may.again or not node.fired)
        due = node.since + self._wait(node) if runs else self._may.horizon + 1
        if expired and tick < due:
            return None
        state, sent = self._book.step(i, node.state, inbox, expired=expired)
        after = self._timed(node._replace(state=state, fired=node.fired or expired), tick)
        stays = after.timer == node.timer and after.since == node.since
        had = not self._may.again or self._minds(i, node.state)
        if not expired and stays and tick > due and had and self._minds(i, state):
            return None
        return after, sent

    def _wait(self, node: Local) -> int:
        if node.timer == "propose":
            return self._may.proposal
        if self._may.calm:
            return self._may.horizon + 2
        return self._may.timeout << self._book.seen[node.state].view

    def _minds(self, i: int, state: int) -> bool:
        """Whether a replica says something new if its timer expires."""
        return bool(self._book.step(i, state, (), expired=True)[1])

    def _orders(self, messages: frozenset[int]) -> Iterator[Inbox]:
        """Yield the order of the messages, and the opposite where a sender has several."""
        inbox = tuple(sorted(messages, key=self._book.places.__getitem__))
        yield inbox
        if len({self._book.senders[message] for message in inbox}) < len(inbox):
            yield inbox[::-1]

    # ---- the end

    def _rests(self, net: Net) -> bool:
        """Whether nobody does anything more: all arrives that is under way, and timers expire."""
        states = {i: one.state for i, one in enumerate(net.nodes) if one.state >= 0}
        dead, sent, tick = _dead(net), net.under_way, self._may.horizon
        while sent:
            tick += 1
            inboxes = {i: [s.message for s in sent if s.sender != i
                           and self._travel.comes(s, i, tick, dead)] for i in states}  # fmt: skip
            sent = frozenset(s for s in sent if self._travel.goes_on(s, tick, dead))
            for i, inbox in inboxes.items():
                states[i], said = self._book.step(i, states[i], tuple(inbox), expired=False)
                if said or self._moved(states[i]):
                    return False
        before: dict[int, int] = {}
        while states != before:
            before = dict(states)
            for i, state in before.items():
                if self._book.seen[state].timer is not None:
                    states[i], said = self._book.step(i, state, (), expired=True)
                    if said or self._moved(states[i]):
                        return False
        return True

    def _moved(self, state: int) -> bool:
        """Whether a replica has decided, or come to a later view than are asked about."""
        return self._book.seen[state].decided or self._book.seen[state].view >= self._may.views


def _dead(net: Net) -> dict[int, int]:
    """Return per node that has crashed its tick, as far as that is known."""
    return {i: one.since for i, one in enumerate(net.nodes) if one.state < 0}


def _subsets(items: frozenset[int]) -> Iterator[frozenset[int]]:
    for count in range(len(items) + 1):
        yield from map(frozenset, combinations(sorted(items), count))
