"""A dBFT 2.0 node with the rules of a profile: what it does with each input.

Blocks carry no transactions, so that a proposal is complete as it comes. `docs/profiles.md` has the
source of each rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.admission import (
    DUPLICATE,
    OTHER_PROPOSAL,
    WRONG_KIND,
    WRONG_SENDER,
    WRONG_VIEW,
    impostor,
)
from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    PrepareRequest,
    PrepareResponse,
    RecoveryMessage,
    RecoveryRequest,
)
from milpbft.dbft.reference.production.core import Core
from milpbft.dbft.reference.production.recovered import PARTS, admissible, fits, parts_of

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope, Payload
    from milpbft.dbft.reference.production.site import Site

DECIDED = "decided"
REFUSED = "in view change"


class ProductionReplica(Core):
    """One correct node at one height.

    Inputs are handled one by one, or kept until :meth:`act` where the profile takes those of an
    instant together.

    Parameters
    ----------
    node, site, now, lives
        See `Core`.
    """

    def __init__(self, node: int, site: Site, now: int = 0, lives: int = 0) -> None:
        super().__init__(node, site, now, lives)
        self._waiting: list[Envelope | None] = []
        self.answered: set[bytes] = set()
        if lives and self.profile.start == "recovery":
            self.send(RecoveryRequest(*self.stamp, timestamp=self.moment()))
        if lives and self.profile.start == "proposal" and self.book.is_primary:
            self.propose()

    # ---- input

    def on_message(self, envelope: Envelope) -> None:
        """Take a message and act on it, or drop it and count why."""
        if self.profile.inputs == "together":
            self._waiting.append(envelope)
        else:
            self._take(envelope)

    def on_timer(self) -> None:
        """Do what an expired timer asks for."""
        if self.profile.inputs == "together":
            self._waiting.append(None)
        else:
            self.expire()
            self._settle()

    def act(self) -> None:
        """Take the inputs that wait, and the steps that are enabled."""
        waiting, self._waiting = self._waiting, []
        for envelope in waiting:
            if envelope is None:
                self.expire()
            else:
                self._admit(envelope)
        self._settle()
        if self.owes_recovery:
            self.send_recovery()

    def _take(self, envelope: Envelope) -> None:
        self._admit(envelope)
        self._settle()

    def _admit(self, envelope: Envelope) -> None:
        genuine = self.site.genuine
        reason = None
        if genuine.get(id(envelope)) is not envelope:
            reason = impostor(self.book, envelope)
            if reason is None:
                genuine[id(envelope)] = envelope
        reason = reason or self.receive(envelope)
        if reason is not None:
            self.dropped[reason] += 1

    def _settle(self) -> None:
        """Take the steps that are enabled, where acts do not need a trigger."""
        if self.profile.acts == "triggered":
            return
        while not self.done and (
            self.accept() or self.respond_late() or self.commit() or self.change_view(self.view + 1)
        ):
            pass

    @property
    def _at_once(self) -> bool:
        return self.profile.acts == "triggered"

    # ---- messages

    def receive(self, envelope: Envelope) -> str | None:
        """Take a genuine message; return why it was dropped."""
        payload = envelope.payload
        if self.done and self.profile.done == "nothing":
            return DECIDED
        if payload.view > self.view and self._is_put_off(payload):
            return self._put_off(envelope)
        self._hear(payload)
        deaf = self.done and self.profile.done == "recovery"
        if deaf and not isinstance(payload, RecoveryRequest):
            return DECIDED
        return self._handle(envelope)

    def _hear(self, payload: Payload) -> None:
        """Note that the author is up."""
        if not self.recovering or self.profile.word == "author":
            heard = self.book.heard
            heard[payload.sender] = max(payload.view, heard.get(payload.sender, 0))

    def _handle(self, envelope: Envelope) -> str | None:
        payload = envelope.payload
        match payload:
            case RecoveryRequest():
                self._answer(payload)
            case RecoveryMessage():
                self._recover(payload)
            case ChangeView():
                return self._on_change_view(envelope, payload)
            case _:
                return DECIDED if self.done else self._vote(envelope)
        return None

    def _vote(self, envelope: Envelope) -> str | None:
        payload = envelope.payload
        match payload:
            case PrepareRequest():
                return self._on_request(envelope, payload)
            case PrepareResponse():
                return self._on_response(envelope, payload)
            case Commit():
                return self._on_commit(envelope, payload)
        return WRONG_KIND

    def _is_put_off(self, payload: Payload) -> bool:
        """Whether a message of a later view is not handled as it comes."""
        match self.profile.later:
            case "newest":
                return not isinstance(payload, ChangeView | RecoveryMessage)
            case "all":
                return isinstance(payload, PrepareRequest | PrepareResponse)
            case "commits":
                return False

    def _put_off(self, envelope: Envelope) -> str | None:
        if self.profile.later == "all":
            self._hear(envelope.payload)
        elif isinstance(envelope.payload, RecoveryRequest):
            return WRONG_VIEW
        self.book.put_off(envelope)
        return None

    def _on_request(self, envelope: Envelope, request: PrepareRequest) -> str | None:
        book = self.book
        if book.has_preparation_of_primary:
            return DUPLICATE
        if self.profile.guard == "preparations" and book.refuses:
            return REFUSED
        if request.view != self.view:
            return WRONG_VIEW
        if request.sender != book.primary:
            return WRONG_SENDER
        if request.previous != book.previous:
            return OTHER_PROPOSAL
        self.extend(2)
        book.take_proposal(envelope, request)
        if self._at_once and not (self.profile.guard == "hold" and book.refuses):
            self.respond(request)
        return None

    def _on_response(self, envelope: Envelope, response: PrepareResponse) -> str | None:
        book = self.book
        if response.view != self.view:
            return WRONG_VIEW
        if response.sender == book.primary:
            return WRONG_SENDER
        if response.sender in book.preparations:
            return DUPLICATE
        if self.profile.guard != "hold" and book.refuses:
            return REFUSED
        unseen = book.answered_own_request or not book.has_preparation_of_primary
        if not (unseen or book.names_request(response)):
            return OTHER_PROPOSAL
        book.preparations[response.sender] = envelope
        if not book.answered_own_request:
            self.extend(2)
        if self._at_once:
            self.commit()
        return None

    def _on_commit(self, envelope: Envelope, commit: Commit) -> str | None:
        book = self.book
        if book.knows_commit(commit):
            return DUPLICATE
        place = commit.sender, commit.view
        if commit.view != self.view:
            book.commits[place] = envelope
            return None
        if commit.sender != self.node or self.profile.regained == "kept":
            self.extend(4)  # in Go a node that regains its own Commit counts as committed already
        if book.request is not None and not book.signs(envelope, book.request):
            return OTHER_PROPOSAL
        book.commits[place] = envelope
        if self._at_once and book.request is not None:
            self.accept()
        return None

    def _on_change_view(self, envelope: Envelope, change_view: ChangeView) -> str | None:
        reached = change_view.new_view <= self.view
        if reached:
            self._answer(change_view)
            if self.profile.stale == "dropped":
                return WRONG_VIEW
        elif self.profile.calls == "committed" and (self.locked or self._helps_done):
            self.owe_recovery()
        if self.done or self.locked:
            return DECIDED
        known = self.book.view_asked_by(change_view.sender)
        if change_view.new_view < known + (self.profile.same == "dropped"):
            return DUPLICATE
        self.book.change_views[change_view.sender] = envelope
        if self._at_once:
            self.change_view(change_view.new_view)
        return None

    # ---- recovery

    @property
    def _helps_done(self) -> bool:
        return self.done and self.profile.done == "all"

    def _answer(self, payload: Payload) -> None:
        """Answer a request for recovery, if it is this node that does."""
        if self.profile.once == "once":
            if payload.digest in self.answered:
                return
            self.answered.add(payload.digest)
        helpers = self.book.rules.faults + (self.profile.helpers == "f+1")
        distance = (self.node - payload.sender) % self.book.rules.n
        if self.locked or self._helps_done or 1 <= distance <= helpers:
            self.owe_recovery()

    def _recover(self, recovery: RecoveryMessage) -> None:
        """Take what fits of a recovery message, part by part."""
        self.recovering = True
        for part in PARTS:
            if fits(self, recovery, part):
                for envelope in parts_of(recovery, part):
                    if admissible(self, envelope.payload):
                        self._admit(envelope)
        self.recovering = False
