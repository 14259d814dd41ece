"""Linear BFT: votes go to the primary as shares, and come back as certificates.

The thesis' section 3.3.3: prepare and commit each become two steps, a share to the collector and a
threshold signature from it. The thesis gives no view change; this is PBFT's with certificates in
the place of prepared certificates, and is sent to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.messages import Certificate, Certified, Claim, Envelope, Vote, seal
from milpbft.pbft.reference.pbft import latest
from milpbft.pbft.reference.replica import Replica
from milpbft.pbft.reference.shares import (
    COMMIT,
    FAST,
    PREPARE,
    CommitCertificate,
    CommitShare,
    PrepareCertificate,
    PrepareShare,
    Proof,
    SignShare,
    statement,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from milpbft.pbft.reference.log import Entry
    from milpbft.pbft.reference.messages import ViewChange
    from milpbft.pbft.reference.viewchange import Choice


class LinearReplica(Replica):
    """A Linear BFT node; the primary of a view is its collector."""

    spoken = (*Replica.spoken, PrepareShare, PrepareCertificate, CommitShare, CommitCertificate)

    # ---- input

    def _take_vote(self, vote: Vote, envelope: Envelope) -> str | None:
        if isinstance(vote, Proof):
            return self._take_proof(vote)
        if self.rules.primary(vote.view) != self.node:
            return why.OTHER_COLLECTOR
        if not self._valid_shares(vote):
            return why.BAD_SHARE
        entry = self.log.entry(vote.view, vote.sequence, vote.digest)
        if vote.sender not in entry.votes[vote.kind]:
            entry.votes[vote.kind][vote.sender] = envelope
            return None
        if not self.rules.distinct:
            entry.repeats[vote.kind].append(envelope)
        return why.DUPLICATE

    def _take_proof(self, proof: Proof) -> str | None:
        if proof.sender != self.rules.primary(proof.view):
            return why.WRONG_SENDER
        said = statement(proof.view, proof.sequence, proof.digest)
        if not self.threshold.verify(proof.phase, said, proof.signature):
            return why.BAD_CERTIFICATE
        known = self.log.entry(proof.view, proof.sequence, proof.digest).proofs
        if proof.phase in known:
            return why.DUPLICATE
        known[proof.phase] = _certificate(proof)
        return None

    def _valid_shares(self, vote: Vote) -> bool:
        return all(
            self.threshold.verify_share(
                phase, vote.sender, statement(vote.view, vote.sequence, vote.digest), share
            )
            for phase, share in shares_of(vote).items()
        )

    def _keep(self, envelope: Envelope) -> None:
        super()._keep(envelope)
        vote = envelope.payload
        if isinstance(vote, Proof):
            entry = self.log.entry(vote.view, vote.sequence, vote.digest)
            entry.proofs[vote.phase] = _certificate(vote)
        elif isinstance(vote, Vote) and shares_of(vote):
            entry = self.log.entry(vote.view, vote.sequence, vote.digest)
            entry.votes[vote.kind][vote.sender] = envelope

    # ---- steps

    def _cases(self) -> tuple[Callable[[Entry], bool], ...]:
        return self._sign, self._certify, self._commit, self._certify_commit, self._decide

    def _sign(self, entry: Entry) -> bool:
        """Give a share for the proposal that was accepted."""
        if PrepareShare.kind in entry.done:
            return False
        entry.done.add(PrepareShare.kind)
        share = self._share(PREPARE, entry)
        self._give(PrepareShare(self.node, entry.view, entry.sequence, entry.digest, share))
        return True

    def _certify(self, entry: Entry) -> bool:
        """Make the certificate of a proposal, as its collector."""
        quorum = self.rules.prepare_quorum
        return self._combine(entry, PrepareShare.kind, quorum, PrepareCertificate)

    def _commit(self, entry: Entry) -> bool:
        """Give a share for the certificate, and keep it for view changes."""
        if PREPARE not in entry.proofs or CommitShare.kind in entry.done:
            return False
        entry.done.add(CommitShare.kind)
        self._remember(entry)
        share = self._share(COMMIT, entry)
        self._give(CommitShare(self.node, entry.view, entry.sequence, entry.digest, share))
        return True

    def _remember(self, entry: Entry) -> None:
        self.claims[entry.sequence] = (Certified(entry.proofs[PREPARE], entry.request),)

    def _certify_commit(self, entry: Entry) -> bool:
        """Make the certificate of a decision, as its collector."""
        return self._combine(entry, CommitShare.kind, self.rules.commit_quorum, CommitCertificate)

    def _decide(self, entry: Entry) -> bool:
        """Decide on a certificate of a quorum's commits."""
        return COMMIT in entry.proofs and self._commit_locally(entry)

    # ---- shares

    def _share(self, phase: str, entry: Entry) -> bytes:
        said = statement(entry.view, entry.sequence, entry.digest)
        return self.threshold.share(phase, self.node, said)

    def _give(self, vote: Vote) -> None:
        """Send a share to the collector, which keeps its own."""
        if self.is_primary:
            self._keep(seal(vote, self.keys))
        else:
            self._send(vote)

    def _combine(self, entry: Entry, kind: str, quorum: int, proof: type[Proof]) -> bool:
        if not self.is_primary or proof.phase in entry.proofs:
            return False
        votes = [*entry.votes[kind].values(), *entry.repeats[kind]]
        if len(votes) < quorum:
            return False
        shares = [(e.sender, shares_of(e.payload)[proof.phase]) for e in votes]
        signature = self.threshold.combine(proof.phase, shares)
        self._send(proof(self.node, entry.view, entry.sequence, entry.digest, signature))
        return True

    # ---- view changes

    def _valid_claim(self, claim: Claim, sender: int) -> bool:
        """Whether a claim is a certificate that verifies."""
        return (
            isinstance(claim, Certified)
            and claim.certificate.phase == PREPARE
            and self._verifies(claim.certificate)
        )

    def _verifies(self, certificate: Certificate) -> bool:
        said = statement(certificate.view, certificate.sequence, certificate.digest)
        return self.threshold.verify(certificate.phase, said, certificate.signature)

    def _select(self, view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
        """Choose per sequence number the request certified in the latest view."""
        return latest(view_changes)


def shares_of(payload: object) -> Mapping[str, bytes]:
    """Return the shares that a message carries, by phase."""
    match payload:
        case PrepareShare():
            return {PREPARE: payload.share}
        case CommitShare():
            return {COMMIT: payload.share}
        case SignShare():
            return {FAST: payload.fast, PREPARE: payload.slow}
    return {}


def _certificate(proof: Proof) -> Certificate:
    return Certificate(proof.phase, proof.view, proof.sequence, proof.digest, proof.signature)
