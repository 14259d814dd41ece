"""What a production node does of itself: propose, respond, commit, accept, change views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    PrepareRequest,
    PrepareResponse,
    Reason,
    RecoveryMessage,
    RecoveryRequest,
    propose,
    seal,
)
from milpbft.dbft.reference.production.alarm import Alarm
from milpbft.dbft.reference.production.book import Book
from milpbft.dbft.reference.production.recovery import carried
from milpbft.dbft.reference.production.timing import (
    on_commit,
    on_entry,
    on_expiry,
    on_request,
    share,
)
from milpbft.sim.replica import Decision

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope, Payload
    from milpbft.dbft.reference.production.site import Site


class Core(ABC):
    """The state of one correct node at one height, and its steps.

    Parameters
    ----------
    node
        Its number.
    site
        What all nodes of its network share.
    now
        The time at which it starts, in milliseconds.
    lives
        How often it has started before and forgotten everything: a primary proposes anew then,
        since a nonce and a timestamp are of the moment.
    """

    def __init__(self, node: int, site: Site, now: int = 0, lives: int = 0) -> None:
        self.site = site
        self.profile = site.profile
        self.book = Book(node, site)
        self.alarm = Alarm(now)
        self.outbox: list[Envelope] = []
        self.dropped: Counter[str] = Counter()
        self.decision: Decision | None = None
        self.lives = lives
        self.recovering = False
        self.owes_recovery = False
        self._told: Envelope | None = None
        self._made = lives << 32
        self.alarm.reset(on_entry(self.book, recovering=False))

    # ---- state

    @property
    def node(self) -> int:
        """The node's number."""
        return self.book.node

    @property
    def view(self) -> int:
        """The view that the node is in."""
        return self.book.view

    @property
    def done(self) -> bool:
        """Whether the node accepted a block."""
        return self.decision is not None

    @property
    def locked(self) -> bool:
        """Whether a Commit of the node is known to it: it changes no view."""
        return self.book.own_commit is not None

    @property
    def has_valid_block(self) -> bool:
        """Whether the block that the node accepted has M commits that really sign it.

        Where commits are counted unseen, a node may believe that it is done and hold a block that
        nobody accepts from it.
        """
        request = self.book.request
        if self.decision is None or request is None:
            return False
        signed = [e for e in self.book.here() if self.book.signs(e, request)]
        return len(signed) >= self.book.rules.commit_quorum

    @property
    def awaits_timer_to_propose(self) -> bool:
        """Whether the node is a primary whose next expiry makes it send its request."""
        return self.book.is_primary and not self.book.has_preparation_of_primary and not self.done

    # ---- preparing and committing

    def propose(self) -> None:
        """Send the request."""
        book = self.book
        request = propose(book.height, book.previous, self.view, self.node, self.lives)
        envelope = self.send(request)
        if self.profile.stray != "dropped":
            book.request = request
            book.preparations[self.node] = envelope
        else:
            book.take_proposal(envelope, request)
        self.arm(on_request(book))
        if self.profile.stray != "later":
            self.commit(again=True)

    def respond(self, request: PrepareRequest) -> None:
        """Answer the request of this view."""
        if self.book.is_primary and self.profile.regained == "kept":
            return
        if self.profile.extends == "own":
            self.extend(2)
        response = PrepareResponse(*self.stamp, request=request.digest)
        self.book.preparations[self.node] = self.send(response)
        self.commit(again=True)

    def commit(self, *, again: bool = False) -> bool:
        """Commit at M preparations of this view.

        A node that knows a Commit of its own signs no other: it sends that one `again`, where a
        request or its own proposal calls for a commit.
        """
        book = self.book
        if self.done or not book.prepared or (self.profile.guard == "hold" and book.refuses):
            return False
        known = book.own_commit
        if known is not None:
            if not again or self.profile.acts == "enabled":
                return False
            self.outbox.append(known)
        else:
            assert book.request is not None, "prepared"
            signature = self.site.keys.sign(self.node, book.request.header)
            commit = self.send(Commit(*self.stamp, signature=signature))
            book.commits[self.node, self.view] = commit
        self.arm(on_commit(book))
        self.accept()
        return True

    def accept(self) -> bool:
        """Accept the block at M commits of this view."""
        request = self.book.request
        if self.done or request is None or not self.book.accepted:
            return False
        self.decision = Decision(self.view, request.block)
        return True

    def respond_late(self) -> bool:
        """Answer a request that was held back."""
        book = self.book
        if book.request is None or self.node in book.preparations or book.is_primary:
            return False
        if self.locked or book.refuses:
            return False
        self.respond(book.request)
        return True

    # ---- changing views

    def ask_for_next_view(self) -> None:
        """Do what an expired timer asks for: a view change, or a recovery."""
        book = self.book
        counted = self.profile.expiry == "counted" and book.beyond_f
        if counted or (self.profile.repeats == "recovery" and book.changing):
            self.send(RecoveryRequest(*self.stamp, timestamp=self.moment()))
            return
        self.ask_view_change(Reason.TIMEOUT)
        self.change_view(self.view + 1)

    def ask_view_change(self, reason: Reason) -> None:
        """Ask for the next view."""
        change_view = ChangeView(
            *self.stamp, new_view=self.view + 1, reason=reason, timestamp=self.moment()
        )
        self.book.change_views[self.node] = self.send(change_view)

    def change_view(self, view: int) -> bool:
        """Enter `view`, or the views up to it, if M nodes ask for that."""
        book = self.book
        before = self.view
        while self.view < view and not self.locked:
            target = view if self.profile.entry == "jump" else self.view + 1
            if book.asking(target) < book.rules.view_quorum:
                break
            asked = self.node in book.change_views or self.profile.agreement == "unless-asked"
            if asked and book.view_asked_by(self.node) < target:
                self.ask_view_change(Reason.CHANGE_AGREEMENT)
            self.enter(target)
            if self.profile.acts == "enabled":
                break
        return self.view != before

    def enter(self, view: int) -> None:
        """Enter `view` and take what was kept for it; the timer starts after that."""
        for envelope in self.book.enter(view):
            self.receive(envelope)
        self.alarm.reset(on_entry(self.book, recovering=self.recovering))

    @abstractmethod
    def receive(self, envelope: Envelope) -> str | None:
        """Take a genuine message; return why it was dropped."""

    # ---- timer and output

    def expire(self) -> None:
        """Do what an expired timer asks for in the state that the node is in."""
        if self.done:
            return
        if self.awaits_timer_to_propose:
            self.propose()
        elif self.locked:
            self.owe_recovery()
            self.arm(on_expiry(self.book, locked=True))
        else:
            self.arm(on_expiry(self.book, locked=False))
            self.ask_for_next_view()

    def arm(self, delay: int) -> None:
        """Set the timer anew, in nanoseconds, where acts do that."""
        if self.profile.rearms == "acts":
            self.alarm.reset(delay)

    def extend(self, count: int) -> None:
        """Put the timer off by `count` M-th parts of a block's time."""
        if self.profile.extends != "no" and not self.locked and not self.book.changing:
            self.alarm.extend(share(self.book, count))

    def owe_recovery(self) -> None:
        """Send what the node knows: at once, or once for all inputs that are taken together."""
        if self.profile.inputs == "together":
            self.owes_recovery = True
        else:
            self.send_recovery()

    def send_recovery(self) -> None:
        """Send what the node knows."""
        self.owes_recovery = False
        told = RecoveryMessage(*self.stamp, messages=carried(self.book, done=self.done))
        if self._told is None or self._told.payload != told:
            self._told = seal(told, self.site.keys)
        self.outbox.append(self._told)

    @property
    def stamp(self) -> tuple[int, int, int]:
        """Height, view and sender of what the node sends."""
        return self.book.height, self.view, self.node

    def moment(self) -> int:
        """Return another number each time, as a time that a message names."""
        self._made += 1
        return self._made

    def send(self, payload: Payload) -> Envelope:
        """Sign and send a message."""
        envelope = seal(payload, self.site.keys)
        self.outbox.append(envelope)
        return envelope
