"""A dBFT 2.1 node with three-staged change views: a deterministic state machine.

Source: the TLA+ specification ``dbftCV3`` and the README of the formal models in
``nspcc-dev/dbft``, where this proposal was published; nobody has put it into production.

**What a guard counts.** The specification has one pool of messages that all nodes read at once. A
node has no such pool: every count here is over the distinct nodes whose messages *it has seen*.
"At most f commits" and "no ChangeView3" therefore hold for whoever has not heard yet, and turn off
as it hears.

**What waits for a timer.** All three change views do, as the specification says of each; an expiry
sends the one of the phase that the node is in, where its guard holds then, and asks for recovery
otherwise. Preparations apart from the request, commits, blocks and new views happen at once. Where
the specification leaves a choice between a Commit and a ChangeView2, the adversary has it: messages
that enable both and an expiry in the same tick give the ChangeView2, messages alone the Commit.

**Block fetch.** A node takes a done node's block, whatever view either is in: with :meth:`fetch`,
or from a recovery message that holds the certificate.

Of the rules of the network, the return rule, agreement and patience say nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.admission import impostor
from milpbft.dbft.reference.messages import (
    ChangeView1,
    ChangeView2,
    ChangeView3,
    Envelope,
    PrepareRequest,
    RecoveryMessage,
    RecoveryRequest,
)
from milpbft.dbft.reference.replica import GENESIS, Replica
from milpbft.dbft.reference.v21.context import Context21, Phase
from milpbft.sim.replica import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.dbft.reference.rules import Rules
    from milpbft.dbft.reference.v21.context import Stage
    from milpbft.sim.signatures import Signatures


class Replica21(Replica):
    """One correct node at one height; run like :class:`Replica`, whose parameters it takes.

    Attributes
    ----------
    committed_view
        The last view in which it committed; unlike in dBFT 2.0 it can commit in several.
    certificate
        What proves the block that it accepts, the request first; empty while it has none.
    """

    knowledge: type[Context21] = Context21
    context: Context21

    def __init__(
        self, node: int, rules: Rules, keys: Signatures, height: int = 1, previous: bytes = GENESIS
    ) -> None:
        super().__init__(node, rules, keys, height, previous)
        self.certificate: tuple[Envelope, ...] = ()

    @property
    def locked(self) -> bool:
        """Never: a committed node may still leave its view by a ChangeView3."""
        return False

    # ---- the rules, one by one

    def may_respond(self) -> bool:
        """PrepareResponse: not the primary, initialized, and has the request."""
        context = self.context
        initialized = context.phase is Phase.INITIALIZED
        return initialized and not context.is_primary and context.round.proposal is not None

    def may_commit(self) -> bool:
        """Commit: at the request, M preparations, and no ChangeView3 of this view.

        From prepared or cv1; from cv2 if more than f nodes committed in this view.
        """
        context = self.context
        if context.round.proposal is None or context.asked(ChangeView3):
            return False
        if len(context.prepared()) < context.rules.prepare_quorum:
            return False
        if context.phase is Phase.CV2:
            return len(context.committed()) > context.rules.faults
        return context.phase in {Phase.PREPARED, Phase.CV1}

    def may_change_view_1(self) -> bool:
        """ChangeView1: initialized, and not the primary."""
        return self.context.phase is Phase.INITIALIZED and not self.context.is_primary

    def may_change_view_2(self) -> bool:
        """ChangeView2: in cv1, or prepared and a ChangeView1 is known.

        Needs M nodes that prepared or sent a ChangeView1, and either at most f that committed or a
        ChangeView3.
        """
        context = self.context
        first = context.asked(ChangeView1)
        if context.phase is not Phase.CV1 and not (context.phase is Phase.PREPARED and first):
            return False
        if len(first | context.prepared()) < context.rules.view_quorum:
            return False
        few = len(context.committed()) <= context.rules.faults
        return few or bool(context.asked(ChangeView3))

    def may_change_view_3(self) -> bool:
        """ChangeView3: in cv2, or committed.

        Needs M nodes that committed or sent a ChangeView2, one of the latter at least, and at most
        f that committed.
        """
        context = self.context
        second, committed = context.asked(ChangeView2), context.committed()
        if context.phase not in {Phase.CV2, Phase.COMMITTED} or not second:
            return False
        enough = len(second | committed) >= context.rules.view_quorum
        return enough and len(committed) <= context.rules.faults

    def may_enter_next_view(self) -> bool:
        """New view: M change views of one stage for the next view or a later one."""
        return self.context.asking(self.view + 1) >= self.context.rules.view_quorum

    # ---- input

    @property
    def next_change_view(self) -> Stage | None:
        """The change view that an expiry of the timer would send now, if any."""
        stages = (
            (ChangeView1, self.may_change_view_1),
            (ChangeView2, self.may_change_view_2),
            (ChangeView3, self.may_change_view_3),
        )
        return None if self.done else next((stage for stage, may in stages if may()), None)

    def on_timer(self) -> None:
        """Do what an expired timer asks for in the phase that the node is in."""
        if self.done:
            return
        if self.awaits_timer_to_propose:
            self._propose()
        elif (stage := self.next_change_view) is not None:
            self._send(stage(*self._stamp(), new_view=self.view + 1))
        elif self.context.phase is Phase.COMMITTED:
            self._owes_recovery = True
        else:
            self._send(RecoveryRequest(*self._stamp()))

    def _take(self, envelope: Envelope) -> str | None:
        if isinstance(envelope.payload, RecoveryMessage):
            self.fetch(envelope.payload.messages)
        return super()._take(envelope)

    def fetch(self, certificate: Sequence[Envelope]) -> bool:
        """Take a done node's block, of whatever view; :meth:`act` accepts it.

        Parameters
        ----------
        certificate
            A request and M commits to it, as in the `certificate` of the done node.

        Returns
        -------
        bool
            Whether it proves a block, and the node has none yet.
        """
        if self.done:
            return False
        genuine = [e for e in certificate if impostor(self.context, e) is None]
        proof = self.context.certificate_in(genuine)
        if proof:
            self.certificate = proof
        return bool(proof)

    # ---- steps

    def _accept(self) -> bool:
        """Accept a block that was fetched, or one at M commits of this view, from any phase."""
        if self.certificate:
            request = self.certificate[0].payload
            assert isinstance(request, PrepareRequest)
            self.decision = Decision(request.view, request.block)
        elif super()._accept():
            known = self.context.round
            assert known.request is not None
            self.certificate = (known.request, *known.commits.values())
        return self.done

    def _respond(self) -> bool:
        return self.may_respond() and super()._respond()

    def _commit(self) -> bool:
        request = self.context.round.proposal
        if request is None or not self.may_commit():
            return False
        self._commit_to(request)
        return True

    def _enter_next_view(self) -> bool:
        """Enter the next view, saying nothing."""
        if not self.may_enter_next_view():
            return False
        self.context.view += 1
        return True

    def _takes_part(self) -> bool:
        # Who takes part is said by the phase.
        return True

    def _known(self) -> tuple[Envelope, ...]:
        known = self.context.known(commits=True)
        return (*known, *(e for e in self.certificate if e not in known))
