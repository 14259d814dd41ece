"""Linear BFT and SBFT as the executable world and the replay see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from milpbft.pbft.reference.linear import LinearReplica, shares_of
from milpbft.pbft.reference.messages import (
    Certificate,
    Certified,
    Envelope,
    Vote,
)
from milpbft.pbft.reference.reference import FamilyReference
from milpbft.pbft.reference.shares import (
    COMMIT,
    FAST,
    PREPARE,
    CommitShare,
    PrepareShare,
    Proof,
    SignShare,
    statement,
)
from milpbft.pbft.reference.threshold import ShareSets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pbft.reference.messages import Payload
    from milpbft.pbft.reference.threshold import Share, Threshold

R = TypeVar("R", bound=LinearReplica)


class CollectorReference(FamilyReference[R]):
    """What the references of protocols with a collector have in common."""

    proofs: ClassVar[tuple[type[Proof], ...]]
    """The certificates of the normal case."""
    decisive: ClassVar[tuple[str, ...]] = (COMMIT,)
    """Phases whose certificate decides."""

    def _quorums_of_phases(self) -> dict[str, int]:
        return {PREPARE: self.rules.prepare_quorum, COMMIT: self.rules.commit_quorum}

    def _threshold(self) -> Threshold:
        quorums, distinct = self._quorums_of_phases(), self.rules.distinct
        return ShareSets(self.keys, quorums, nodes=self.n, distinct=distinct)

    def _said(self, value: int, view: int) -> tuple[int, int, bytes]:
        return view, 1, self.request(value).payload.fingerprint

    def _ballot(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Payload:
        about = self._said(value, view)
        for made in self.proofs:
            if kind == made.kind:
                signature = self._certificate(node, made.phase, about, envelopes).signature
                return made(node, *about, signature)
        said = statement(*about)
        if kind == SignShare.kind:
            shares = [self.threshold.share(phase, node, said) for phase in (FAST, PREPARE)]
            return SignShare(node, *about, *shares)
        if kind == PrepareShare.kind:
            return PrepareShare(node, *about, self.threshold.share(PREPARE, node, said))
        return CommitShare(node, *about, self.threshold.share(COMMIT, node, said))

    def _certificate(
        self, node: int, phase: str, about: tuple[int, int, bytes], envelopes: Sequence[Envelope]
    ) -> Certificate:
        """Return a certificate that exists, or what can be made of the shares that were sent."""
        shares: dict[int, bytes] = {}
        for envelope in envelopes:
            vote = envelope.payload
            if not isinstance(vote, Vote) or (vote.view, vote.sequence, vote.digest) != about:
                continue
            if isinstance(vote, Proof) and vote.phase == phase and self._holds(vote):
                return Certificate(phase, *about, vote.signature)
            if (share := shares_of(vote).get(phase)) is not None:
                shares[vote.sender] = share
        shares[node] = self.threshold.share(phase, node, statement(*about))
        given = self._padded(list(shares.items()), self._quorums_of_phases()[phase], node)
        return Certificate(phase, *about, self.threshold.combine(phase, given))

    def _padded(self, shares: list[Share], quorum: int, node: int) -> list[Share]:
        """Repeat the liar's own share where nobody minds."""
        own = [share for share in shares if share[0] == node]
        return shares if self.rules.distinct else shares + own * (quorum - len(shares))

    def _holds(self, proof: Proof) -> bool:
        said = statement(proof.view, proof.sequence, proof.digest)
        return self.threshold.verify(proof.phase, said, proof.signature)

    def _certified_claim(
        self, node: int, phases: Sequence[str], value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Certified:
        """Return the latest certificate before `view`; one that is short of shares without any."""
        made = [
            Certified(
                self._certificate(node, phase, self._said(value, earlier), envelopes),
                self.request(value),
            )
            for earlier in range(view - 1, -1, -1)
            for phase in phases
        ]
        backed = (claim for claim in made if self._judge._valid_claim(claim, node))
        nothing = Certificate(phases[0], *self._said(value, 0), b"")
        return next(backed, Certified(nothing, self.request(value)))

    def certified(self, view: int, envelopes: Sequence[Envelope]) -> bool:
        """Whether a certificate of a decision in `view` exists, or the shares for one do."""
        about = {
            (e.payload.view, e.payload.sequence, e.payload.digest)
            for e in envelopes
            if isinstance(e.payload, Vote) and e.payload.view == view
        }
        return any(
            self._holds_shares(phase, said, envelopes) for phase in self.decisive for said in about
        )

    def _holds_shares(
        self, phase: str, about: tuple[int, int, bytes], envelopes: Sequence[Envelope]
    ) -> bool:
        votes = [
            e.payload
            for e in envelopes
            if isinstance(e.payload, Vote)
            and (e.payload.view, e.payload.sequence, e.payload.digest) == about
        ]
        if any(isinstance(v, Proof) and v.phase == phase and self._holds(v) for v in votes):
            return True
        senders = {v.sender for v in votes if phase in shares_of(v)}
        return len(senders) >= self._quorums_of_phases()[phase]
