"""One replica on its own: what it has done, and what it does when it is shown something."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from milpbft.dbft.reference.admission import WRONG_VIEW
from milpbft.dbft.reference.messages import ChangeView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.dbft.enumerate.catalogue import Catalogue, Label
    from milpbft.dbft.reference.replica import Replica

ENTER = "enter"
ACCEPT = "accept"

Deed = tuple[str, int]
"""What a node did: the kind and view of what it sent, or ``enter`` or ``accept`` and a view."""

Counts = tuple[tuple["Label", int], ...]
"""How many senders' messages of each label, sorted by label, without zeros."""


@dataclass(frozen=True, slots=True)
class Stimulus:
    """Messages by label and number of senders, then perhaps an expired timer."""

    messages: Counts = ()
    timer: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """The state of one node.

    Parameters
    ----------
    node
        Its number; of the backups, which are interchangeable, one stands for all.
    view
        The view that it is in.
    sent
        Labels of what it sent, in order, recovery messages apart.
    shown
        What it was shown of others and still counts.
    byzantine
        How many of `shown` came from Byzantine nodes.
    accepted
        View and value (``""`` or ``#1``) of the block that it accepted.
    crashed
        Whether it stopped; then only what it sent and `accepted` are kept.
    before
        Labels of what it sent in lives that it has forgotten, sorted.
    restarts
        How often it started again.
    """

    node: int
    view: int = 0
    sent: tuple[Label, ...] = ()
    shown: Counts = ()
    byzantine: Counts = ()
    accepted: tuple[int, str] | None = None
    crashed: bool = False
    before: tuple[Label, ...] = ()
    restarts: int = 0

    @property
    def said(self) -> tuple[Label, ...]:
        """Labels of what it sent in all its lives, each once."""
        return tuple(dict.fromkeys((*self.before, *self.sent)))

    @property
    def bare(self) -> Local:
        """The state without what does not matter to the replica that is in it."""
        return replace(self, byzantine=(), before=(), restarts=0)

    @property
    def active(self) -> bool:
        """Whether it may still act."""
        return not self.crashed and self.accepted is None

    def crash(self) -> Local:
        """Return its state once it has crashed."""
        return replace(
            Local(self.node, sent=self.sent, accepted=self.accepted, crashed=True),
            before=self.before,
            restarts=self.restarts,
        )

    def restart(self) -> Local:
        """Return its state once it has started again, without memory."""
        before = tuple(sorted(self.said))
        return Local(self.node, before=before, restarts=self.restarts + 1)


class Run:
    """One replica that is shown messages by label; senders are named as it goes.

    Parameters
    ----------
    catalogue
        The messages.
    node
        The replica's number.
    sent
        Who sent a label; of those that it does not have, all who can.
    liars
        Senders that are named only where no other is left.
    backwards
        Whether senders are named from the last to the first.

    Attributes
    ----------
    had
        The messages that it was shown, by label and sender.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        node: int,
        sent: Mapping[Label, Sequence[int]] = MappingProxyType({}),
        *,
        liars: frozenset[int] = frozenset(),
        backwards: bool = False,
    ) -> None:
        self.replica: Replica = catalogue.replica(node)
        self.sent: list[Label] = []
        self._catalogue = catalogue
        self._node = node
        self._senders = sent
        self._liars = liars
        self._step = -1 if backwards else 1
        self.had: set[tuple[Label, int]] = set()

    def show(self, label: Label, count: int) -> None:
        """Show `label` from `count` more senders, first those new to this kind of message."""
        everyone = self._catalogue.senders(label, self._node)
        senders = self._senders.get(label, everyone)
        fresh = [s for s in senders[:: self._step] if (label, s) not in self.had]
        heard = {sender for (kind, _), sender in self.had if kind == label[0]}
        fresh.sort(key=lambda sender: (sender in self._liars, sender in heard))
        self.hear(label, fresh[:count])

    def hear(self, label: Label, senders: Sequence[int]) -> None:
        """Show `label` from these senders."""
        for sender in senders:
            self.had.add((label, sender))
            self.replica.on_message(self._catalogue.envelope(label, sender))

    def take(self, stimulus: Stimulus) -> tuple[Deed, ...]:
        """Show messages, let the timer expire if that is asked for, and return what is done.

        A ChangeView without an expired timer is no act of its own: a node announces with it that
        it enters a view.
        """
        for label, count in self._ordered(stimulus.messages):
            self.show(label, count)
        view, sent = self.replica.view, len(self.sent)
        if stimulus.timer:
            self.replica.on_timer()
        self.replica.act()
        self.sent += self._catalogue.said(self.replica)
        deeds: list[Deed] = []
        asks = stimulus.timer
        for label in self.sent[sent:]:
            deeds += [(ENTER, v) for v in range(view + 1, label[1] + 1)]
            view = max(view, label[1])
            if label[0] != ChangeView.kind or asks:
                deeds.append(label)
            asks = False
        deeds += [(ENTER, v) for v in range(view + 1, self.replica.view + 1)]
        if (accepted := self._catalogue.accepted(self.replica)) is not None:
            deeds.append((ACCEPT + accepted[1], accepted[0]))
        return tuple(deeds)

    def _ordered(self, messages: Counts) -> Counts:
        """Return messages in an order in which each finds senders: those with few of them first.

        Of proposals that conflict a replica keeps the first: there the order is that of `messages`.
        """
        if any("#" in kind for (kind, _), _ in messages):
            return messages
        everyone = self._catalogue.senders
        few = {k: len(self._senders.get(k, everyone(k, self._node))) for k, _ in messages}
        return tuple(sorted(messages, key=lambda message: few[message[0]]))

    def local(self, before: Local, stimulus: Stimulus) -> Local:
        """Return the state that `stimulus` led to from `before`.

        Messages that the replica would now refuse as of a past view are forgotten: what it does
        not take, it does not count.
        """
        accepted = self._catalogue.accepted(self.replica)
        shown = Counter(dict(before.shown)) + Counter(dict(stimulus.messages))
        kept = () if accepted else tuple((k, c) for k, c in sorted(shown.items()) if self._keeps(k))
        return Local(before.node, self.replica.view, tuple(self.sent), kept, accepted=accepted)

    def _keeps(self, label: Label) -> bool:
        """Whether the replica does not hold `label` to be past; it may be shown a second time."""
        before = self.replica.dropped[WRONG_VIEW]
        again = next(sender for known, sender in self.had if known == label)
        self.replica.on_message(self._catalogue.envelope(label, again))
        return self.replica.dropped[WRONG_VIEW] == before
