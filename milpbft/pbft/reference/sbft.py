"""SBFT: decides at once if nearly all nodes take the proposal, and like Linear BFT otherwise.

Gueta et al., SBFT: a Scalable and Decentralized Trust Infrastructure, DSN 2019; section 3.3.4 of
the thesis. The primary is the only collector, as in the thesis; the paper has c + 1 of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.linear import LinearReplica
from milpbft.pbft.reference.messages import Certified, Claim, Envelope, Request, Signed, seal
from milpbft.pbft.reference.replica import Replica
from milpbft.pbft.reference.shares import (
    COMMIT,
    FAST,
    PREPARE,
    STATE,
    AnsweredAck,
    CommitCertificate,
    CommitShare,
    ExecuteAck,
    FullCommitProof,
    FullExecuteProof,
    PrepareCertificate,
    SignShare,
    SignState,
    statement,
)
from milpbft.pbft.reference.viewchange import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.pbft.reference.log import Entry
    from milpbft.pbft.reference.messages import ViewChange

SWITCH = "switch"
"""What the collector's timer does."""

DECISIONS = (FAST, COMMIT)
"""Phases whose certificates decide."""


class SbftReplica(LinearReplica):
    """An SBFT node; the primary of a view is its collector."""

    spoken = (
        *Replica.spoken,
        SignShare,
        FullCommitProof,
        PrepareCertificate,
        CommitShare,
        CommitCertificate,
        SignState,
        FullExecuteProof,
    )

    def _begin(self) -> None:
        super()._begin()
        self.executions: dict[int, FullExecuteProof] = {}
        """Per sequence number the proof of the state that it led to."""
        self._signed: defaultdict[tuple[int, bytes], dict[int, bytes]] = defaultdict(dict)
        self._clients: dict[int, Request] = {}

    # ---- the two paths

    @property
    def collects(self) -> bool:
        """Whether the replica is a collector whose timer, once expired, makes it switch paths."""
        return self.active and self.is_primary and any(map(self._waits, self.log.of(self.view)))

    def _waits(self, entry: Entry) -> bool:
        decided = FAST in entry.proofs or SWITCH in entry.done
        return self.rules.slow and not decided

    def on_timer(self) -> None:
        """Let the collector switch to the slow path, or leave the view as others do."""
        if not self.collects:
            super().on_timer()
            return
        for entry in self.log.of(self.view):
            if self._waits(entry):
                entry.done.add(SWITCH)

    def _cases(self) -> tuple[Callable[[Entry], bool], ...]:
        return self._sign, self._certify_fast, *super()._cases()[1:]

    def _sign(self, entry: Entry) -> bool:
        """Give a share for each path."""
        if SignShare.kind in entry.done:
            return False
        entry.done.add(SignShare.kind)
        fast, slow = self._share(FAST, entry), self._share(PREPARE, entry)
        self._claim(entry, Signed(entry.view, entry.sequence, entry.digest, fast, entry.request))
        self._give(SignShare(self.node, entry.view, entry.sequence, entry.digest, fast, slow))
        return True

    def _certify_fast(self, entry: Entry) -> bool:
        """Make the proof of a decision on the fast path, unless it was left."""
        if not self.rules.fast or SWITCH in entry.done:
            return False
        return self._combine(entry, SignShare.kind, self.rules.fast_quorum, FullCommitProof)

    def _certify(self, entry: Entry) -> bool:
        """Make the certificate of a proposal on the slow path, once it was taken."""
        if self.rules.fast and SWITCH not in entry.done:
            return False
        quorum = self.rules.prepare_quorum
        return self._combine(entry, SignShare.kind, quorum, PrepareCertificate)

    def _decide(self, entry: Entry) -> bool:
        """Decide on the proof of either path."""
        proof = next((entry.proofs[phase] for phase in DECISIONS if phase in entry.proofs), None)
        if proof is None or not self._commit_locally(entry):
            return False
        self._claim(entry, Certified(proof, entry.request))
        return True

    # ---- view changes

    def _remember(self, entry: Entry) -> None:
        self._claim(entry, Certified(entry.proofs[PREPARE], entry.request))

    def _claim(self, entry: Entry, claim: Certified | Signed) -> None:
        """Keep the latest certificate, a decision before all others, and the latest share."""
        claims = self.claims.get(entry.sequence, ())
        if isinstance(claim, Certified) and any(map(decides, claims)):
            return
        others = (old for old in claims if type(old) is not type(claim))
        both = sorted((claim, *others), key=lambda item: isinstance(item, Signed))
        self.claims[entry.sequence] = tuple(both)

    def _valid_claim(self, claim: Claim, sender: int) -> bool:
        """Whether a claim is a certificate of any phase, or the sender's own share."""
        match claim:
            case Certified():
                known = claim.certificate.phase in (PREPARE, *DECISIONS)
                return known and self._verifies(claim.certificate)
            case Signed():
                said = statement(claim.view, claim.sequence, claim.digest)
                return self.threshold.verify_share(FAST, sender, said, claim.share)
        return False

    def _select(self, view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
        """Choose per sequence number as section V of the paper does."""
        claims: defaultdict[int, list[Claim]] = defaultdict(list)
        for claim in (claim for view_change in view_changes for claim in view_change.claims):
            claims[claim.sequence].append(claim)
        chosen = {s: self._safest(said) for s, said in claims.items()}
        return {s: choice for s, choice in chosen.items() if choice is not None}

    def _safest(self, claims: Sequence[Claim]) -> Choice | None:
        """Choose a decision; else the latest certificate, unless fast evidence is of a later view.

        Fast evidence of a view is `evidence_quorum` shares for one request in that view or later
        ones; if two requests have it for the latest view that has any, nothing was decided there.
        """
        certified = [claim for claim in claims if isinstance(claim, Certified)]
        if decided := next(filter(decides, certified), None):
            return Choice(decided.digest, decided.request)
        slow = max(certified, key=lambda claim: claim.view, default=None)
        fast, view = self._evidence([claim for claim in claims if isinstance(claim, Signed)])
        bound = view if self.rules.prefers_fast else view - 1
        better = slow if fast is None or (slow is not None and slow.view > bound) else fast
        return Choice(better.digest, better.request) if better is not None else None

    def _evidence(self, claims: Sequence[Signed]) -> tuple[Signed | None, int]:
        """Return what fast evidence is for, and its view; -1 without any."""
        quorum = self.rules.evidence_quorum
        by_digest: defaultdict[bytes, list[Signed]] = defaultdict(list)
        for claim in sorted(claims, key=lambda claim: -claim.view):
            by_digest[claim.digest].append(claim)
        backed = [said[quorum - 1] for said in by_digest.values() if len(said) >= quorum]
        view = max((claim.view for claim in backed), default=-1)
        best = [claim for claim in backed if claim.view == view]
        return (best[0], view) if len(best) == 1 else (None, -1)

    def _adopt(self, view_changes: Sequence[ViewChange]) -> None:
        """Decide on the proofs that view changes carry, beside taking over their checkpoints.

        What is below the checkpoint comes with the state: a claim on it would be refused.
        """
        super()._adopt(view_changes)
        for claim in (claim for view_change in view_changes for claim in view_change.claims):
            if not self.rules.learns or not self.checkpoints.admits(claim.sequence):
                continue
            if isinstance(claim, Certified) and decides(claim):
                entry = self.log.entry(claim.view, claim.sequence, claim.digest)
                entry.request = claim.request
                if self._commit_locally(entry):
                    self._claim(entry, claim)

    # ---- execution certificates

    def _acknowledge(self, request: Request) -> None:
        """Leave the client to the collector, which has a proof for it soon."""
        if not self.rules.execution:
            super()._acknowledge(request)
            return
        self._clients[self.ledger.height] = request

    def _executed(self, request: Request | None) -> None:
        super()._executed(request)
        if self.rules.execution:
            height, state = self.ledger.height, self.ledger.state
            share = self.threshold.share(STATE, self.node, statement(0, height, state))
            self._give_state(SignState(self.node, self.view, height, state, share))

    def _give_state(self, vote: SignState) -> None:
        if self.is_primary:
            self._signed[vote.sequence, vote.state][self.node] = vote.share
        else:
            self._send(vote)

    def _take_other(self, envelope: Envelope) -> str | None:
        match envelope.payload:
            case SignState() as vote:
                return self._take_state_share(vote)
            case FullExecuteProof() as proof:
                return self._take_execution(proof)
        return super()._take_other(envelope)

    def _take_state_share(self, vote: SignState) -> str | None:
        if self.rules.primary(vote.view) != self.node:
            return why.OTHER_COLLECTOR
        if not self._proves(vote.sequence):
            return why.OUT_OF_WINDOW
        said = statement(0, vote.sequence, vote.state)
        if not self.threshold.verify_share(STATE, vote.sender, said, vote.share):
            return why.BAD_SHARE
        known = self._signed[vote.sequence, vote.state]
        if vote.sender in known:
            return why.DUPLICATE
        known[vote.sender] = vote.share
        return None

    def _proves(self, sequence: int) -> bool:
        """Whether shares for a state are kept: those of one window below the checkpoint too."""
        checkpoints = self.checkpoints
        return checkpoints.stable - self.rules.window < sequence <= checkpoints.high

    def _take_execution(self, proof: FullExecuteProof) -> str | None:
        said = statement(0, proof.sequence, proof.state)
        if not self.threshold.verify(STATE, said, proof.signature):
            return why.BAD_CERTIFICATE
        if proof.sequence in self.executions:
            return why.DUPLICATE
        self.executions[proof.sequence] = proof
        return None

    def _certify_state(self) -> bool:
        """Prove a state that the collector got to itself, to all and to the client."""
        for (sequence, state), shares in self._signed.items():
            ready = len(shares) >= self.rules.reply_quorum and sequence not in self.executions
            if not ready or sequence > self.ledger.height:
                continue
            signature = self.threshold.combine(STATE, list(shares.items()))
            proof = FullExecuteProof(self.node, self.view, sequence, state, signature)
            self.executions[sequence] = proof
            self._send(proof)
            request = self._clients.pop(sequence, None)
            # What a snapshot stands for is no longer known one by one.
            if request is not None and sequence > self.ledger.base:
                ack = (request.sender, request.timestamp, sequence, state, signature)
                self.replies.append(seal(self._proof_for_client(*ack), self.keys))
            return True
        return False

    def _proof_for_client(
        self, client: int, timestamp: int, sequence: int, state: bytes, signature: bytes
    ) -> ExecuteAck:
        before, done = self.ledger.before(sequence), self.ledger.since(sequence)[0]
        said = self.node, client, timestamp, sequence, state, signature, before
        if self.ledger.application is None:
            return ExecuteAck(*said)
        return AnsweredAck(*said, done.reply, done.application)

    def _stabilise(self) -> bool:
        stabilised = super()._stabilise()
        if stabilised:
            kept = {key: said for key, said in self._signed.items() if self._proves(key[0])}
            self._signed = defaultdict(dict, kept)
            self._clients = {s: c for s, c in self._clients.items() if self._proves(s)}
        return stabilised

    def _steps(self) -> tuple[Callable[[], bool], ...]:
        return (*super()._steps(), self._certify_state)


class SbftFastReplica(SbftReplica):
    """The variant without a slow path: who does not decide fast does not decide in this view."""

    spoken = (*Replica.spoken, SignShare, FullCommitProof, SignState, FullExecuteProof)

    def _cases(self) -> tuple[Callable[[Entry], bool], ...]:
        return self._sign, self._certify_fast, self._decide

    def _valid_claim(self, claim: Claim, sender: int) -> bool:
        """Whether a claim is a proof of the fast path, or the sender's own share."""
        slow = isinstance(claim, Certified) and claim.certificate.phase != FAST
        return not slow and super()._valid_claim(claim, sender)


def decides(claim: Claim) -> bool:
    """Whether a claim is the certificate of a decision."""
    return isinstance(claim, Certified) and claim.certificate.phase in DECISIONS
