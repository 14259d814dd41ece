"""One replica of a profile on its own: its states, numbered, and what each input does to it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Envelope,
    PrepareRequest,
    PrepareResponse,
    Reason,
    RecoveryMessage,
    propose,
    seal,
)
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milpbft.dbft.reference.messages import Payload
    from milpbft.dbft.reference.production.profile import Profile
    from milpbft.dbft.reference.production.replica import ProductionReplica

Label = tuple[str, int, int]
"""A message: kind, sender and view; the kind ends in ``#1`` where it is about what a primary
proposed after it had started again. ``hello`` is recovery traffic that carries nothing, ``junk`` a
Commit to what nobody proposed."""
HELLO, JUNK = "hello", "junk"
TIMER: Label = ("timer", -1, -1)
CRASH: Label = ("crash", -1, -1)
RESTART: Label = ("restart", -1, -1)
Pool = frozenset[Label]
T = TypeVar("T")


@dataclass(frozen=True)
class Local:
    """The state of one node.

    Parameters
    ----------
    replica
        The replica; never given anything, but copies of it.
    given
        What it was given of correct nodes, recovery traffic apart.
    sent
        What it sent in its present life, recovery traffic apart.
    crashed
        Whether it stopped.
    former
        What it sent before it started again without memory.
    reached
        The highest view that it was in then; -1 where it has not started again.
    """

    replica: ProductionReplica
    given: Pool = frozenset()
    sent: Pool = frozenset()
    crashed: bool = False
    former: Pool = frozenset()
    reached: int = -1

    @property
    def again(self) -> bool:
        """Whether it has started again."""
        return self.reached >= 0

    @property
    def said(self) -> Pool:
        """What it ever sent, recovery traffic apart."""
        return self.sent | self.former

    @property
    def block(self) -> bytes | None:
        """The block that it accepted and M commits sign; None where there is none."""
        taken = self.replica.decision
        return taken.block if taken is not None and self.replica.has_valid_block else None

    @property
    def hellos(self) -> Iterable[Label]:
        """By what others hear of it in the views that it has been in."""
        node = self.replica.node
        views = range(max(self.replica.view, self.reached) + 1)
        return ((HELLO, node, view) for view in views)


@dataclass(frozen=True)
class Step:
    """What an input does: how many acts are taken, and the state after it."""

    acts: int
    after: int


class Lone:
    """Numbers the states of single nodes.

    Parameters
    ----------
    profile, n
        Of the nodes; they agree on height n, so that node -v is the primary of view v.
    liar
        The Byzantine node, if there is one: what it says is owed to nobody.
    """

    def __init__(self, profile: Profile, n: int, liar: int = -1) -> None:
        self.reference = ProductionReference(n, profile, height=n, keys=Seals())
        self.keys = self.reference.keys
        self._liar = liar
        self.states: list[Local] = []
        self._numbers: dict[object, int] = {}
        self._parents: list[tuple[int, Label]] = []
        self._twins: dict[tuple[int, tuple[int, ...]], int] = {}
        self._steps: dict[tuple[int, Label], Step] = {}
        self._envelopes: dict[Label, Envelope] = {}
        replicas = self.reference.replicas()
        self.starts = [self._number(Local(replicas[i]), -1, ("", i, 0)) for i in range(n)]

    def _number(self, local: Local, parent: int, label: Label) -> int:
        """Return the number of a state, which a message leads to from another."""
        past = local.former, local.reached
        key = _key(local.replica), local.given, local.sent, local.crashed, *past
        number = self._numbers.setdefault(key, len(self.states))
        if number == len(self.states):
            self.states.append(local)
            self._parents.append((parent, label))
        return number

    def crash(self, number: int) -> int:
        """Return the state of a node that stops."""
        local = self.states[number]
        down = replace(local, given=frozenset(), crashed=True)
        return self._number(down, number, CRASH)

    def restart(self, number: int) -> int:
        """Return the state of a node that starts again without memory, for the first time."""
        local = self.states[number]
        replica = self.reference.restarted(local.replica.node, 1)
        replica.outbox.clear()  # A request for recovery, where there is one, makes it heard of.
        fresh = Local(replica, former=local.said, reached=local.replica.view)
        return self._number(fresh, number, RESTART)

    def renamed(self, number: int, names: tuple[int, ...]) -> int:
        """Return the state that the node of another name comes to by the same inputs, renamed."""
        if (number, names) not in self._twins:
            parent, (kind, node, view) = self._parents[number]
            name = names[node] if node >= 0 else node
            if parent < 0:
                twin = self.starts[name]
            else:
                twin = self.renamed(parent, names)
                label = kind, name, view
                twin = self._twin(twin, label)
            self._twins[number, names] = twin
        return self._twins[number, names]

    def _twin(self, number: int, label: Label) -> int:
        if label == CRASH:
            return self.crash(number)
        return self.restart(number) if label == RESTART else self.step(number, label).after

    def step(self, number: int, label: Label) -> Step:
        """Give a node a message, or let its timer expire."""
        known = self._steps.get((number, label))
        if known is None:
            known = self._steps[number, label] = self._step(number, label)
        return known

    def _step(self, number: int, label: Label) -> Step:
        local = self.states[number]
        replica = cloned(local.replica)
        if label == TIMER:
            replica.on_timer()
        else:
            replica.on_message(self.envelope(label))
        replica.act()
        acts, sent = self.taken(local.replica, replica, local.sent)
        replica.outbox.clear()
        owed = label[0] not in ("timer", HELLO) and label[1] != self._liar
        given = local.given | {label} if owed else local.given
        after = replace(local, replica=replica, given=given, sent=sent)
        return Step(acts, self._number(after, number, label))

    def taken(
        self, before: ProductionReplica, after: ProductionReplica, sent: Pool
    ) -> tuple[int, Pool]:
        """Count the acts that a replica took, and add to what it sent; recovery traffic is no act.

        A change view by which a node agrees to enter a view is part of that, and saying again what
        was said in the same life is nothing.
        """
        acts = after.view - before.view + (after.done and not before.done)
        for envelope in after.outbox:
            payload = envelope.payload
            if not isinstance(payload, PrepareRequest | PrepareResponse | Commit | ChangeView):
                continue
            kind, view = self.reference.label(envelope)
            label = kind, payload.sender, view
            if label not in sent:
                sent |= {label}
                acts += not _agrees(payload)
        return acts, sent

    def envelope(self, label: Label) -> Envelope:
        """Return the message of a label, signed."""
        if label not in self._envelopes:
            self._envelopes[label] = seal(self._payload(label), self.keys)
        return self._envelopes[label]

    def _payload(self, label: Label) -> Payload:
        said, node, view = label
        kind, other, _ = said.partition("#")
        reference = self.reference
        stamp = reference.height, view, node
        previous = reference.site.previous
        lives = int(bool(other))
        request = propose(reference.height, previous, view, reference.primary(view), lives)
        match kind:
            case PrepareRequest.kind:
                return request
            case PrepareResponse.kind:
                return PrepareResponse(*stamp, request=request.digest)
            case Commit.kind:
                return Commit(*stamp, signature=self.keys.sign(node, request.header))
            case _ if kind == JUNK:
                return Commit(*stamp, signature=self.keys.sign(node, b"nothing"))
            case ChangeView.kind:
                return ChangeView(*stamp, new_view=view + 1)
        return RecoveryMessage(*stamp, messages=())


def _agrees(payload: Payload) -> bool:
    return isinstance(payload, ChangeView) and payload.reason is Reason.CHANGE_AGREEMENT


def cloned(replica: ProductionReplica) -> ProductionReplica:
    """Return a copy of a replica that shares messages and keys with it."""
    new = _shallow(replica)
    new.book, new.alarm = _shallow(replica.book), copy(replica.alarm)
    return new


def _shallow(one: T) -> T:
    new = copy(one)
    for name, value in vars(one).items():
        if isinstance(value, dict | list | set):
            setattr(new, name, copy(value))
    return new


def _key(replica: ProductionReplica) -> object:
    """Return all of a state that later inputs can tell; times of messages are not."""
    book = replica.book
    return (
        book.node,
        book.view,
        replica.lives,
        replica.done,
        _names(book.preparations),
        book.request and book.request.digest,
        tuple(sorted((place, e.signature) for place, e in book.commits.items())),
        _names(book.change_views),
        _names(book.led_here),
        tuple(sorted((e.payload.kind, e.sender, _name(e)) for e in book.later)),
        tuple(sorted(book.heard.items())),
    )


def _names(messages: Mapping[int, Envelope]) -> tuple[tuple[int, str, tuple[int, bytes]], ...]:
    return tuple((i, e.payload.kind, _name(e)) for i, e in sorted(messages.items()))


def _name(envelope: Envelope) -> tuple[int, bytes]:
    """Return the view of a message, and what it is about; of a change view its times apart."""
    payload = envelope.payload
    return payload.view, b"" if isinstance(payload, ChangeView) else payload.digest
