"""A dBFT 2.0 node as the row `paper` of the profiles reads it: a deterministic state machine.

Its rules are those of the published protocol and what the models have; `docs/profiles.md` says in
which of them production differs, and :mod:`milpbft.dbft.reference.production` is the node that
runs. Here:

- messages of every later view are kept, and show at once that their sender is not lost;
- a node in view change keeps the preparations that it gets and acts on them once the return rule
  lets it;
- views are entered one by one, and what can be done in a view is done before it is left;
- timers have no durations of their own: who runs the replica says when its timer expires.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.dbft.reference.admission import impostor, refusal
from milpbft.dbft.reference.context import Context
from milpbft.dbft.reference.messages import (
    HASH_BYTES,
    ChangeView,
    Commit,
    Envelope,
    Payload,
    PrepareRequest,
    PrepareResponse,
    Reason,
    RecoveryMessage,
    RecoveryRequest,
    propose,
    seal,
)
from milpbft.sim.replica import Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.dbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

GENESIS = bytes(HASH_BYTES)


class Replica:
    """One correct node at one height.

    Who runs it hands over messages with :meth:`on_message`, an expired timer with
    :meth:`on_timer`, and then calls :meth:`act`, which takes every step that is enabled. What the
    node sends is in `outbox`; whoever runs it empties that. Its own messages count at once.

    Parameters
    ----------
    node
        Its number.
    rules
        What the network agrees on.
    keys
        Signs and verifies.
    height
        Height of the block that is agreed on.
    previous
        Hash of the block below.
    """

    knowledge: type[Context] = Context
    """What the node's state is made of; tests put faulty ones here."""

    def __init__(
        self, node: int, rules: Rules, keys: Signatures, height: int = 1, previous: bytes = GENESIS
    ) -> None:
        self.context = self.knowledge(node, rules, keys, height, previous)
        self.outbox: list[Envelope] = []
        self.dropped: Counter[str] = Counter()
        self.decision: Decision | None = None
        self.committed_view: int | None = None
        self._owes_recovery = False

    @property
    def node(self) -> int:
        """The node's number."""
        return self.context.node

    @property
    def view(self) -> int:
        """The view that the node is in."""
        return self.context.view

    @property
    def done(self) -> bool:
        """Whether the node accepted a block."""
        return self.decision is not None

    @property
    def locked(self) -> bool:
        """Whether the node committed: it changes no view and commits to nothing else."""
        return self.committed_view is not None

    # ---- input

    def on_message(self, envelope: Envelope) -> None:
        """Take a message, or drop it and count why; acts on nothing yet."""
        reason = impostor(self.context, envelope)
        if reason is None:
            self.context.hear(envelope.payload)
            self._owes_recovery |= self._calls_for_recovery(envelope.payload)
            reason = self._take(envelope)
        if reason is not None:
            self.dropped[reason] += 1

    def _take(self, envelope: Envelope) -> str | None:
        if isinstance(envelope.payload, RecoveryMessage):
            self._take_recovered(envelope.payload)
            return None
        if self.done:
            return "decided"
        reason = refusal(self.context, envelope)
        if reason is None:
            self.context.store(envelope)
        return reason

    def _take_recovered(self, recovery: RecoveryMessage) -> None:
        for envelope in recovery.messages:
            reason = impostor(self.context, envelope) or self._take(envelope)
            if reason is not None:
                self.dropped[reason] += 1

    def _calls_for_recovery(self, payload: Payload) -> bool:
        """Whether the node answers this message with what it knows.

        A ChangeView from behind is a call for help too. Nodes that committed always answer; of the
        others, the f that follow the asker do, as in production.
        """
        context = self.context
        behind = isinstance(payload, ChangeView) and (
            payload.new_view <= context.view or self.locked or self.done
        )
        if not (behind or isinstance(payload, RecoveryRequest)) or payload.sender == self.node:
            return False
        distance = (self.node - payload.sender) % context.rules.n
        return self.locked or self.done or distance <= context.rules.faults

    def on_timer(self) -> None:
        """Do what an expired timer asks for in the state that the node is in."""
        if self.done:
            return
        if self.locked:
            self._owes_recovery = True
        elif self.awaits_timer_to_propose:
            self._propose()
        elif self.context.view_changing or self._holds_back():
            self._send(RecoveryRequest(*self._stamp()))
        else:
            self._ask_for_next_view(Reason.TIMEOUT)

    @property
    def awaits_timer_to_propose(self) -> bool:
        """Whether the node is a primary whose next expiry makes it send its request."""
        context = self.context
        return context.is_primary and context.round.request is None and not self.done

    def _holds_back(self) -> bool:
        return self.context.rules.patient and self.context.more_than_f_committed()

    # ---- steps

    def act(self) -> None:
        """Take steps until none is enabled, then answer those who asked for recovery."""
        steps = self._steps()
        while not self.done and any(step() for step in steps):
            pass
        if self._owes_recovery:
            self._owes_recovery = False
            self._send(RecoveryMessage(*self._stamp(), messages=self._known()))

    def _steps(self) -> tuple[Callable[[], bool], ...]:
        """Return the steps in the order in which they are tried; each says whether it was taken."""
        return self._accept, self._respond, self._commit, self._enter_next_view

    def _known(self) -> tuple[Envelope, ...]:
        return self.context.known(commits=self.locked or self.done)

    def _takes_part(self) -> bool:
        """Whether the node still prepares and commits in its view: the return rule."""
        return not self.context.view_changing or self.context.more_than_f_committed()

    def _accept(self) -> bool:
        """Accept the block at M commits of this view, from any state."""
        known = self.context.round
        if known.proposal is None or len(known.commits) < self.context.rules.commit_quorum:
            return False
        self.decision = Decision(self.view, known.proposal.block)
        return True

    def _respond(self) -> bool:
        """Answer the request of this view, once."""
        known = self.context.round
        if known.proposal is None or self.context.is_primary or self.node in known.responses:
            return False
        if self.locked or not self._takes_part():
            return False
        self._send(PrepareResponse(*self._stamp(), request=known.proposal.digest))
        return True

    def _commit(self) -> bool:
        """Commit at M preparations of this view, once for all views."""
        known = self.context.round
        if known.proposal is None or self.locked or self.node in known.commits:
            return False
        if known.preparations < self.context.rules.prepare_quorum or not self._takes_part():
            return False
        self._commit_to(known.proposal)
        return True

    def _commit_to(self, request: PrepareRequest) -> None:
        self.committed_view = self.view
        signature = self.context.keys.sign(self.node, request.header)
        self._send(Commit(*self._stamp(), signature=signature))

    def _enter_next_view(self) -> bool:
        """Enter the next view at M change views for it or a later one, unless locked."""
        context = self.context
        if self.locked or context.asking(context.view + 1) < context.rules.view_quorum:
            return False
        if context.rules.agreement and not context.view_changing:
            self._ask_for_next_view(Reason.CHANGE_AGREEMENT)
        context.view += 1
        return True

    # ---- output

    def _propose(self) -> None:
        context = self.context
        self._send(propose(context.height, context.previous, self.view, self.node))

    def _ask_for_next_view(self, reason: Reason) -> None:
        self._send(ChangeView(*self._stamp(), new_view=self.view + 1, reason=reason))

    def _stamp(self) -> tuple[int, int, int]:
        return self.context.height, self.view, self.node

    def _send(self, payload: Payload) -> None:
        envelope = seal(payload, self.context.keys)
        self.context.store(envelope)
        self.outbox.append(envelope)
