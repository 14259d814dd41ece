"""SBFT as the executable world and the replay see it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.reference.collector_reference import CollectorReference
from milpbft.pbft.reference.ledger import GENESIS, follow
from milpbft.pbft.reference.messages import (
    Certified,
    Claim,
    Envelope,
    NewView,
    PrePrepare,
    Signed,
    ViewChange,
)
from milpbft.pbft.reference.sbft import SbftFastReplica, SbftReplica, decides
from milpbft.pbft.reference.shares import (
    COMMIT,
    FAST,
    PREPARE,
    STATE,
    CommitCertificate,
    CommitShare,
    FullCommitProof,
    FullExecuteProof,
    PrepareCertificate,
    Proof,
    SignShare,
    SignState,
    statement,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milpbft.pbft.reference.messages import Payload
    from milpbft.pbft.reference.rules import Rules
    from milpbft.sim.network import Log

SIGNED = "SignedViewChange"
PREPARED = "PreparedViewChange"
DECIDED = "DecidedViewChange"
PROVING = "DecidedNewView"
TRIES = 500
"""Quorums of view changes that a Byzantine SBFT primary tries beside the likely ones."""


class SbftReference(CollectorReference[SbftReplica]):
    """SBFT's replicas, labels and forgeries.

    View changes are told apart by what they claim: ``ViewChange`` nothing, ``SignedViewChange`` a
    sign share, ``PreparedViewChange`` a certificate, ``DecidedViewChange`` the proof of a decision;
    the last two beside a share. The value is that of the proof or certificate, if there is one. A
    new view among whose view changes is the proof of a decision is a ``DecidedNewView``: whoever
    takes it decides.
    """

    protocol = "sbft"
    votes: ClassVar[tuple[str, ...]] = (
        PrePrepare.kind,
        SignShare.kind,
        FullCommitProof.kind,
        PrepareCertificate.kind,
        CommitShare.kind,
        CommitCertificate.kind,
    )
    shares = frozenset({SignShare.kind, CommitShare.kind, SignState.kind})
    proofs: ClassVar[tuple[type[Proof], ...]] = (
        FullCommitProof,
        PrepareCertificate,
        CommitCertificate,
    )
    decisive: ClassVar[tuple[str, ...]] = (FAST, COMMIT)
    correct: type[SbftReplica] = SbftReplica
    executed = (SignState.kind, FullExecuteProof.kind)

    def _quorums_of_phases(self) -> dict[str, int]:
        quorums = {FAST: self.rules.fast_quorum, STATE: self.rules.reply_quorum}
        return super()._quorums_of_phases() | quorums

    def _view_change_kinds(self) -> tuple[str, ...]:
        slow = (PREPARED,) if self.rules.slow else ()
        return ViewChange.kind, SIGNED, *slow, DECIDED

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of messages that a Byzantine node may send, causes before effects."""
        return (*super().kinds, PROVING, *(self.executed if self.rules.execution else ()))

    def _view_change_label(self, claims: Sequence[Claim]) -> str:
        if not claims:
            return ViewChange.kind
        first = claims[0]
        name = DECIDED if decides(first) else PREPARED if isinstance(first, Certified) else SIGNED
        return f"{name}{self._suffix(first.digest)}"

    def label(self, envelope: Envelope) -> tuple[str, int]:
        """Kind and view of a message, the kind with what it claims and the value that it is on."""
        payload = envelope.payload
        if isinstance(payload, SignState | FullExecuteProof):
            bodies = {follow(GENESIS, digest): digest for digest in self._numbers}
            return f"{payload.kind}{self._suffix(bodies.get(payload.state, b''))}", payload.view
        kind, view = super().label(envelope)
        proving = isinstance(payload, NewView) and any(map(_proves, payload.view_changes))
        return f"Decided{kind}" if proving else kind, view

    def forge(self, node: int, kind: str, view: int, sent: Log[Envelope]) -> Envelope:
        """Make a message that Byzantine `node` really signs, as for all protocols.

        A plain new view rests on view changes without proofs of decisions, a ``DecidedNewView`` on
        one with a proof for its value, if there is one.

        Raises
        ------
        InputError
            Where there is no such kind of message.
        """
        base, _, suffix = kind.partition("#")
        if base != PROVING or not (suffix or "0").isdecimal():
            return super().forge(node, kind, view, sent)
        value = int(suffix or 0)
        digest = self.request(value).payload.fingerprint
        known = self._known_view_changes(node, value, view, [packet.envelope for packet in sent])
        proofs = [e for said in known.values() for e in said if _proves(e, digest)][:1]
        others = [said[0] for n, said in known.items() if said and n not in _senders(proofs)]
        return self._opened(node, value, view, [*proofs, *others][: self.rules.view_quorum])

    def _quorum(
        self, node: int, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Sequence[Envelope]:
        plain = [envelope for envelope in envelopes if not _proves(envelope)]
        return super()._quorum(node, value, view, plain)

    def _ballot(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Payload:
        if kind not in self.executed:
            return super()._ballot(node, kind, value, view, envelopes)
        state = follow(GENESIS, self.request(value).payload.fingerprint)
        share = self.threshold.share(STATE, node, statement(0, 1, state))
        if kind == SignState.kind:
            return SignState(node, view, 1, state, share)
        given = {
            e.sender: e.payload.share
            for e in envelopes
            if isinstance(e.payload, SignState) and e.payload.state == state
        }
        signature = self.threshold.combine(STATE, list((given | {node: share}).items()))
        return FullExecuteProof(node, view, 1, state, signature)

    def _claims(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> tuple[Claim, ...]:
        about = self._said(value, max(view - 1, 0))
        share = self.threshold.share(FAST, node, statement(*about))
        signed = Signed(*about, share, self.request(value))
        if kind == SIGNED:
            return (signed,)
        phases = (PREPARE,) if kind == PREPARED else self.decisive
        return self._certified_claim(node, phases, value, view, envelopes), signed

    def _quorums(
        self, value: int, known: Mapping[int, Sequence[Envelope]]
    ) -> Iterator[list[Envelope]]:
        """Return likely quorums, then any, up to a number of tries."""
        digest = self.request(value).payload.fingerprint
        size = self.rules.view_quorum
        for latest in (False, True):
            # Those that speak for the value first, or those that say least.
            candidates = [[e for e in said if not _proves(e)] for said in known.values()]
            best = [_best(said, digest, most=latest) for said in candidates if said]
            best.sort(key=lambda e: _support(e, digest), reverse=latest)
            yield best[:size]
            yield from (list(chosen) for chosen in islice(combinations(best, size), TRIES))

    def proposes(self, replica: SbftReplica) -> bool:
        """Whether the replica is a collector whose timer makes it take the slow path."""
        return replica.collects


class SbftFastReference(SbftReference):
    """The variant that the thesis measured: there is no slow path, so no collector switches."""

    protocol = "sbftfast"
    votes = (PrePrepare.kind, SignShare.kind, FullCommitProof.kind)
    proofs = (FullCommitProof,)
    decisive = (FAST,)
    correct = SbftFastReplica

    def _adapt(self, rules: Rules) -> Rules:
        return replace(rules, slow=False)


def _claims_of(envelope: Envelope) -> tuple[Claim, ...]:
    view_change = envelope.payload
    return view_change.claims if isinstance(view_change, ViewChange) else ()


def _proves(envelope: Envelope, digest: bytes | None = None) -> bool:
    """Whether a view change claims a decision, of a given request where one is given."""
    return any(decides(c) and digest in (None, c.digest) for c in _claims_of(envelope))


def _senders(envelopes: Sequence[Envelope]) -> set[int]:
    return {envelope.sender for envelope in envelopes}


def _support(envelope: Envelope, digest: bytes) -> tuple[int, int]:
    """Rank a view change by what it says for a digest, then by how little it says for others."""
    claims = _claims_of(envelope)
    own = [claim for claim in claims if claim.digest == digest]
    return len(own), len(own) - len(claims)


def _best(said: Sequence[Envelope], digest: bytes, *, most: bool) -> Envelope:
    return max(said, key=lambda e: _support(e, digest) if most else (-len(_claims_of(e)),))
