"""PBFT as the executable world and the replay see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference.messages import (
    Claim,
    Commit,
    Envelope,
    NewView,
    Prepare,
    Prepared,
    PrePrepare,
    Vote,
    seal,
)
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.reference import FamilyReference
from milpbft.pbft.reference.threshold import ShareSets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pbft.reference.threshold import Threshold


class PbftReference(FamilyReference[PbftReplica]):
    """PBFT's replicas, labels and forgeries."""

    protocol = "pbft"
    votes = (PrePrepare.kind, Prepare.kind, Commit.kind)
    correct = PbftReplica

    def _threshold(self) -> Threshold:
        return ShareSets(self.keys, {}, nodes=self.n)

    def _ballot(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Vote:
        made = Prepare if kind == Prepare.kind else Commit
        return made(node, view, 1, self.request(value).payload.fingerprint)

    def _claims(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> tuple[Claim, ...]:
        """Return the prepared certificate of the latest view, or one that is short of prepares."""
        claims = [self._prepared(node, value, v, envelopes) for v in range(view - 1, -1, -1)]
        backed = [claim for claim in claims if self._judge._valid_claim(claim, node)]
        return tuple(backed[:1] or claims[:1])

    def _prepared(
        self, node: int, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Prepared:
        own = seal(self._proposal(node, value, view), self.keys)
        primary, digest = self.primary(view), self.request(value).payload.fingerprint
        proposals = [
            e
            for e in (*envelopes, *_reproposed(envelopes))
            if isinstance(e.payload, PrePrepare)
            and (e.payload.view, e.payload.digest, e.sender) == (view, digest, primary)
        ]
        # A primary can propose again what it likes, for its own use.
        proposal = next(iter(proposals), own)
        prepares = {
            e.sender: e
            for e in envelopes
            if isinstance(e.payload, Prepare)
            and (e.payload.view, e.payload.digest) == (view, digest)
            and e.sender != primary
        }
        if node != primary:
            prepares.setdefault(node, seal(Prepare(node, view, 1, digest), self.keys))
        return Prepared(proposal, tuple(prepares.values())[: self.rules.prepare_quorum - 1])

    def certified(self, view: int, envelopes: Sequence[Envelope]) -> bool:
        """Whether a quorum committed in `view` to one digest, and the request is known."""
        votes = [e.payload for e in envelopes if isinstance(e.payload, Commit)]
        known = {e.payload.digest for e in (*envelopes, *_reproposed(envelopes))
                 if isinstance(e.payload, PrePrepare)}  # fmt: skip
        return any(
            len({v.sender for v in votes if (v.view, v.digest) == (view, digest)})
            >= self.rules.commit_quorum
            for digest in known
        )


def _reproposed(envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Return the proposals that new views carry."""
    openings = [e.payload for e in envelopes if isinstance(e.payload, NewView)]
    return [proposal for opening in openings for proposal in opening.pre_prepares]
