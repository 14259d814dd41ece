"""Linear BFT as the executable world and the replay see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference.collector_reference import CollectorReference
from milpbft.pbft.reference.linear import LinearReplica
from milpbft.pbft.reference.messages import Claim, Envelope, PrePrepare
from milpbft.pbft.reference.shares import (
    PREPARE,
    CommitCertificate,
    CommitShare,
    PrepareCertificate,
    PrepareShare,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class LinearReference(CollectorReference[LinearReplica]):
    """Linear BFT's replicas, labels and forgeries."""

    protocol = "linear"
    votes = (
        PrePrepare.kind,
        PrepareShare.kind,
        PrepareCertificate.kind,
        CommitShare.kind,
        CommitCertificate.kind,
    )
    shares = frozenset({PrepareShare.kind, CommitShare.kind})
    proofs = (PrepareCertificate, CommitCertificate)
    correct = LinearReplica

    def _claims(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> tuple[Claim, ...]:
        return (self._certified_claim(node, (PREPARE,), value, view, envelopes),)
