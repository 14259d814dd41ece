"""The latest decision of all runs of a network whose delays are of one tick, by running replicas.

Every message arrives a tick after it is sent, and a timer that is due expires at once or a tick
later. Left to the adversary are these ticks of timers, who crashes, starts again or reloads its log
and when, and in which order a node is given what one sender said. To a node that has started again
what it was given before comes at once or a tick later, each message as the adversary likes. That
is the partially synchronous network of instances with ``gst0-delta1`` and a timer.

Nothing here knows a protocol, and nothing is shared with models: a node's state is its replica.
"""

from __future__ import annotations

import io
import pickle
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, Self

from milpbft.sim.replica import E, R, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milpbft.question.strict import StrictInstance

Inbox = tuple[int, ...]
"""Numbers of messages, in the order in which they are taken."""


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
    """

    timeout: int
    horizon: int
    views: int
    crashes: int = 0
    restarts: int = 0
    reloads: int = 0
    proposal: int = 1
    again: bool = False

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
            again=instance.protocol == "dbft21",
        )


class Local(NamedTuple):
    """A node as a tick ends.

    Parameters
    ----------
    state
        Number of its replica's state; -1 where it has crashed.
    timer, since, fired
        Which of its timers runs, None for none; the tick from which on; whether it has expired.
    had
        What it was given in its present life.
    late
        What it was given in the life before, and is given again at the next tick.
    again
        Whether it has started again (``restart``) or reloaded its log (``reload``).
    """

    state: int
    timer: object = None
    since: int = -1
    fired: bool = False
    had: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    again: str = ""


class Given(NamedTuple):
    """A node as a tick begins, what it is given, and what it may be given then or a tick later."""

    node: Local
    now: frozenset[int] = frozenset()
    perhaps: frozenset[int] = frozenset()


class Net(NamedTuple):
    """All nodes as a tick ends, and what was sent at it."""

    nodes: tuple[Local, ...]
    sent: frozenset[int] = frozenset()


class Seen(NamedTuple):
    """What is seen of a replica: its view, whether it has decided, and which timer runs."""

    view: int
    decided: bool
    timer: object


class Freezer(pickle.Pickler):
    """Writes a replica, and of what all replicas share only which it is."""

    def __init__(self, file: io.BytesIO, shared: Mapping[int, int]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._places = shared

    def persistent_id(self, obj: object) -> int | None:
        """Return the place of what is shared, None for anything else."""
        return self._places.get(id(obj))


class Thawer(pickle.Unpickler):
    """Reads a replica, with what all replicas share."""

    def __init__(self, file: io.BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, pid: int) -> object:
        """Return what is shared, by its place."""
        return self._shared[pid]


class Book(Generic[R, E]):
    """States of replicas and messages by number; what a state leads to is found once.

    Parameters
    ----------
    reference
        The protocol.
    """

    def __init__(self, reference: Reference[R, E]) -> None:
        self._reference = reference
        self._simple = (int, str, bytes, float, bool, type(None))
        self._shared = [o for o in vars(reference).values() if not isinstance(o, self._simple)]
        self._numbers: dict[tuple[int, E], int] = {}
        self._envelopes: list[E] = []
        self._known: dict[bytes, int] = {}
        self._states: list[bytes] = []
        self._steps: dict[tuple[int, Inbox, bool], tuple[int, frozenset[int]]] = {}
        self.senders: list[int] = []
        """By message: who sent it."""
        self.seen: list[Seen] = []
        """By state."""

    def keep(self, replica: R) -> int:
        """Return the number of a replica's state."""
        frozen = self._freeze(replica)
        number = self._known.setdefault(frozen, len(self._states))
        if number == len(self._states):
            one = self._reference
            timer = "propose" if one.proposes(replica) else one.timer(replica)
            self._states.append(frozen)
            self.seen.append(Seen(one.view(replica), bool(one.decisions(replica)), timer))
        return number

    def step(
        self, node: int, state: int, inbox: Inbox, *, expired: bool
    ) -> tuple[int, frozenset[int]]:
        """Give a replica its messages, let its timer expire perhaps, and let it act.

        Returns
        -------
        tuple
            The state that it is in then, and what it has sent, recovery traffic apart.
        """
        key = state, inbox, expired
        if key not in self._steps:
            replica = self._thaw(self._states[state])
            for message in inbox:
                replica.on_message(self._envelopes[message])
            if expired:
                replica.on_timer()
            replica.act()
            repeats, label = self._reference.recovery_kinds, self._reference.label
            said = [one for one in replica.outbox if label(one)[0] not in repeats]
            replica.outbox.clear()
            sent = frozenset(self._message(node, envelope) for envelope in said)
            self._steps[key] = self.keep(replica), sent
        return self._steps[key]

    def _message(self, node: int, envelope: E) -> int:
        number = self._numbers.setdefault((node, envelope), len(self._envelopes))
        if number == len(self._envelopes):
            self._envelopes.append(envelope)
            self.senders.append(node)
        return number

    def _freeze(self, replica: R) -> bytes:
        places = {id(one): place for place, one in enumerate(self._shared)}
        buffer = io.BytesIO()
        Freezer(buffer, places).dump(replica)
        return buffer.getvalue()

    def _thaw(self, frozen: bytes) -> R:
        replica: R = Thawer(io.BytesIO(frozen), self._shared).load()
        return replica


class Runs(Generic[R, E]):
    """All runs, tick by tick; those that come to the same are followed once.

    Parameters
    ----------
    reference
        The protocol; its replicas have no clock of their own.
    adversary
        What it may do.

    Attributes
    ----------
    left
        Whether runs were left out that go on in later views.
    widest
        How many different nets there were at most as a tick ended.
    """

    def __init__(self, reference: Reference[R, E], adversary: Adversary) -> None:
        self._book: Book[R, E] = Book(reference)
        self._reference = reference
        self._may = adversary
        self.left = False
        self.widest = 0

    def latest(self, what: Literal["first", "last"]) -> int:
        """Return the latest first or last decision, one past the horizon for none."""
        states = [self._book.keep(replica) for replica in self._reference.replicas().values()]
        layer = {Net(tuple(self._timed(Local(state), -1) for state in states))}
        ends = any if what == "first" else all
        found = -1
        for tick in range(self._may.horizon + 1):
            after: set[Net] = set()
            for now in (now for net in layer for now in self._after(net, tick)):
                if ends(self._decided(one) for one in now.nodes if one.state >= 0):
                    found = max(found, tick)
                else:
                    after.add(now)
            layer, self.widest = after, max(self.widest, len(after))
        return self._may.horizon + 1 if layer else found

    def _decided(self, node: Local) -> bool:
        return self._book.seen[node.state].decided

    def _timed(self, node: Local, tick: int) -> Local:
        """Return a node as a tick ends, with the timer that runs then: since then, if it is new."""
        timer = self._book.seen[node.state].timer
        if timer is not None and timer == node.timer:
            return node
        return node._replace(timer=timer, since=-1 if timer is None else tick, fired=False)

    # ---- a tick

    def _after(self, net: Net, tick: int) -> Iterator[Net]:
        """Yield what the nodes can be after a tick."""
        for given in self._begin(net, tick):
            moves = (list(self._moves(i, one, tick)) for i, one in enumerate(given))
            for ends in product(*moves):
                nodes = tuple(node for node, _ in ends)
                if any(
                    self._book.seen[n.state].view >= self._may.views for n in nodes if n.state >= 0
                ):
                    self.left = True
                    continue
                yield Net(nodes, frozenset[int]().union(*(sent for _, sent in ends)))

    def _begin(self, net: Net, tick: int) -> Iterator[tuple[Given, ...]]:
        """Yield what can happen to the nodes as a tick begins: they crash or start again."""
        most = {"crash": self._may.crashes, "restart": self._may.restarts}
        most["reload"] = self._may.reloads
        spent = Counter(one.again for one in net.nodes)
        spent["crash"] = sum(one.state < 0 for one in net.nodes)
        options = [
            [(what, one) for what in ("", *most) if (one := self._fault(i, what, net, tick))]
            for i in range(len(net.nodes))
        ]
        for chosen in product(*options):
            total = spent + Counter(what for what, _ in chosen)
            if all(total[what] <= count for what, count in most.items()):
                yield tuple(given for _, given in chosen)

    def _fault(self, i: int, what: str, net: Net, tick: int) -> Given | None:
        """Return a node to which something happens, or nothing; None where that cannot be."""
        node = net.nodes[i]
        if node.state < 0:
            return None if what else Given(node)
        coming = frozenset(m for m in net.sent if self._book.senders[m] != i) | node.late
        if not what:
            return Given(node._replace(late=frozenset()), coming)
        if self._decided(node) or (what != "crash" and node.again):
            return None
        if what == "crash":
            return Given(Local(-1, again=node.again))
        if what == "reload":
            anew = Local(node.state, had=node.had, again=what)
            return Given(self._timed(anew, tick - 1))
        state = self._book.keep(self._reference.restarted(i, 1))
        anew = self._timed(Local(state, again=what), tick - 1)
        return Given(anew, coming, node.had - coming)

    def _moves(self, i: int, given: Given, tick: int) -> Iterator[tuple[Local, frozenset[int]]]:
        """Yield what a node can be as a tick ends, and what it has sent."""
        if given.node.state < 0:
            yield given.node, frozenset()
            return
        seen: set[tuple[Local, frozenset[int]]] = set()
        for early in _subsets(given.perhaps):
            late = given.perhaps - early
            for inbox, expired in product(self._orders(given.now | early), (False, True)):
                one = given.node._replace(late=late, had=given.node.had | set(inbox))
                seen |= self._move(i, one, inbox, tick, expired=expired)
        yield from seen

    def _move(
        self, i: int, node: Local, inbox: Inbox, tick: int, *, expired: bool
    ) -> set[tuple[Local, frozenset[int]]]:
        """Return what becomes of a node; nothing where its timer may not, or must expire."""
        runs = node.timer is not None and (self._may.again or not node.fired)
        due = node.since + self._wait(node) if runs else self._may.horizon + 1
        if expired and tick < due:
            return set()
        state, sent = self._book.step(i, node.state, inbox, expired=expired)
        after = self._timed(node._replace(state=state, fired=node.fired or expired), tick)
        stays = after.timer == node.timer and after.since == node.since
        had = not self._may.again or self._minds(i, node.state)
        if not expired and stays and tick > due and had and self._minds(i, state):
            return set()
        return {(after, sent)}

    def _wait(self, node: Local) -> int:
        if node.timer == "propose":
            return self._may.proposal
        return self._may.timeout << self._book.seen[node.state].view

    def _minds(self, i: int, state: int) -> bool:
        """Whether a replica says something new if its timer expires."""
        return bool(self._book.step(i, state, (), expired=True)[1])

    def _orders(self, messages: frozenset[int]) -> Iterator[Inbox]:
        """Yield the order of the messages, and the opposite where a sender has several."""
        inbox = tuple(sorted(messages))
        yield inbox
        if len({self._book.senders[message] for message in inbox}) < len(inbox):
            yield inbox[::-1]


def _subsets(items: frozenset[int]) -> Iterator[frozenset[int]]:
    for count in range(len(items) + 1):
        yield from map(frozenset, combinations(sorted(items), count))
