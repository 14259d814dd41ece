"""PBFT: every backup tells everybody that it took a proposal, and everybody that a quorum did.

Castro and Liskov, Practical Byzantine Fault Tolerance, OSDI 1999.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.messages import (
    Claim,
    Commit,
    Envelope,
    Prepare,
    Prepared,
    ViewChange,
    Vote,
)
from milpbft.pbft.reference.replica import Replica
from milpbft.pbft.reference.viewchange import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.pbft.reference.log import Entry


class PbftReplica(Replica):
    """A PBFT node."""

    spoken = (*Replica.spoken, Prepare, Commit)

    def _take_vote(self, vote: Vote, envelope: Envelope) -> str | None:
        # Its pre-prepare is the primary's prepare: a second one must not count.
        if isinstance(vote, Prepare) and vote.sender == self.rules.primary(vote.view):
            return why.WRONG_SENDER
        votes = self.log.entry(vote.view, vote.sequence, vote.digest).votes[vote.kind]
        if vote.sender in votes:
            return why.DUPLICATE
        votes[vote.sender] = envelope
        return None

    def _keep(self, envelope: Envelope) -> None:
        super()._keep(envelope)
        if isinstance(vote := envelope.payload, Prepare | Commit):
            entry = self.log.entry(vote.view, vote.sequence, vote.digest)
            entry.votes[vote.kind][vote.sender] = envelope

    def _cases(self) -> tuple[Callable[[Entry], bool], ...]:
        return self._prepare, self._commit, self._decide

    def _prepare(self, entry: Entry) -> bool:
        """Say that the proposal was accepted, as a backup."""
        if self.is_primary or Prepare.kind in entry.done:
            return False
        entry.done.add(Prepare.kind)
        self._send(Prepare(self.node, entry.view, entry.sequence, entry.digest))
        return True

    def _commit(self, entry: Entry) -> bool:
        """Commit at a prepared certificate, and keep it for view changes."""
        if Commit.kind in entry.done or not self._prepared(entry):
            return False
        entry.done.add(Commit.kind)
        self._remember(entry)
        self._send(Commit(self.node, entry.view, entry.sequence, entry.digest))
        return True

    def _prepared(self, entry: Entry) -> bool:
        """Whether the proposal and enough prepares of others are known."""
        return 1 + len(entry.votes[Prepare.kind]) >= self.rules.prepare_quorum

    def _remember(self, entry: Entry) -> None:
        if entry.proposal is None:
            return
        prepares = list(entry.votes[Prepare.kind].values())[: self.rules.prepare_quorum - 1]
        self.claims[entry.sequence] = (Prepared(entry.proposal, tuple(prepares)),)

    def _decide(self, entry: Entry) -> bool:
        """Decide at a quorum of commits, once committed oneself."""
        if Commit.kind not in entry.done:
            return False
        if len(entry.votes[Commit.kind]) < self.rules.commit_quorum:
            return False
        return self._commit_locally(entry)

    def _valid_claim(self, claim: Claim, sender: int) -> bool:
        """Whether a claim is a prepared certificate: a proposal and prepares that match it."""
        if not isinstance(claim, Prepared) or not claim.genuine:
            return False
        proposal = claim.proposal
        if proposal.sender != self.rules.primary(proposal.view):
            return False
        votes = [e.payload for e in claim.prepares if isinstance(e.payload, Prepare)]
        backups = {vote.sender for vote in votes} - {proposal.sender}
        if 1 + len(backups) < self.rules.prepare_quorum:
            return False
        about = proposal.view, proposal.sequence, proposal.digest
        if any((vote.view, vote.sequence, vote.digest) != about for vote in votes):
            return False
        signed = (claim.pre_prepare, *claim.prepares)
        return all(why.of_node(envelope, self.rules, self.keys) for envelope in signed)

    def _select(self, view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
        """Choose per sequence number the request prepared in the latest view."""
        return latest(view_changes)


def latest(view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
    """Choose per sequence number the claim of the latest view, the first of equals."""
    best: dict[int, Claim] = {}
    for view_change in view_changes:
        for claim in view_change.claims:
            if claim.sequence not in best or claim.view > best[claim.sequence].view:
                best[claim.sequence] = claim
    return {sequence: Choice(c.digest, c.request) for sequence, c in best.items()}
