"""Linear BFT and SBFT replicas, message by message."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.pbft.reference.linear import LinearReplica
from milpbft.pbft.reference.messages import (
    Certificate,
    Certified,
    Checkpoint,
    NewView,
    Signed,
    ViewChange,
    seal,
)
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft import SbftFastReplica, SbftReplica
from milpbft.pbft.reference.shares import (
    COMMIT,
    FAST,
    PREPARE,
    STATE,
    CommitCertificate,
    CommitShare,
    FullCommitProof,
    PrepareCertificate,
    PrepareShare,
    Proof,
    SignShare,
    statement,
)
from milpbft.pbft.reference.threshold import ShareSets
from tests.pbft.reference.hearing import DIGEST, KEYS, OTHER, give, hears, proposal, request

if TYPE_CHECKING:
    from milpbft.pbft.reference.viewchange import Choice

LINEAR = replace(Rules.of(4), last=1)
SBFT = replace(Rules.sbft(6, 1, execution=False), last=1)
SCHEME = ShareSets(KEYS, {PREPARE: 3, COMMIT: 3})
FAST_SCHEME = ShareSets(KEYS, {FAST: 5, PREPARE: 4, COMMIT: 4, STATE: 2})


def linear(node: int = 1) -> LinearReplica:
    return LinearReplica(node, LINEAR, KEYS, SCHEME, [request()])


def sbft(node: int = 1, made: type[SbftReplica] = SbftReplica, **rules: Any) -> SbftReplica:
    return made(node, replace(SBFT, **rules), KEYS, FAST_SCHEME, [request()])


def share(phase: str, node: int, digest: bytes = DIGEST, view: int = 0) -> bytes:
    return SCHEME.share(phase, node, statement(view, 1, digest))


def prepare(node: int, digest: bytes = DIGEST) -> PrepareShare:
    return PrepareShare(node, 0, 1, digest, share(PREPARE, node, digest))


def commit(node: int, digest: bytes = DIGEST) -> CommitShare:
    return CommitShare(node, 0, 1, digest, share(COMMIT, node, digest))


def sign(node: int, digest: bytes = DIGEST) -> SignShare:
    shares = share(FAST, node, digest), share(PREPARE, node, digest)
    return SignShare(node, 0, 1, digest, *shares)


def combined(phase: str, count: int, digest: bytes = DIGEST, view: int = 0) -> bytes:
    given = [(node, share(phase, node, digest, view)) for node in range(count)]
    return ShareSets(KEYS, {phase: count}).combine(phase, given)


def proof(made: type[Proof], count: int, digest: bytes = DIGEST, view: int = 0) -> Proof:
    signature = combined(made.phase, count, digest, view)
    return made(view % 4, view, 1, digest, signature)


# ---- Linear BFT


def test_a_backup_shares_commits_and_decides():
    """Proposal, certificate, certificate of commits: two shares to the collector."""
    backup = linear()
    assert give(backup, proposal()) == ["PrepareShare"]
    assert give(backup, proof(PrepareCertificate, 3)) == ["CommitShare"]
    assert give(backup, proof(CommitCertificate, 3)) == []
    assert [d.block for d in backup.decisions] == [DIGEST]


def test_the_collector_keeps_its_own_shares():
    """It certifies at two shares of others, and sends none itself."""
    collector = linear(0)
    assert give(collector) == ["PrePrepare"]
    assert give(collector, prepare(1)) == []
    assert give(collector, prepare(2)) == ["PrepareCertificate"]
    assert give(collector, prepare(3), commit(1)) == []
    assert give(collector, commit(3)) == ["CommitCertificate"]
    assert collector.decisions


def test_a_share_that_comes_twice_counts_once():
    """Only a mutant certifies with it, and nobody takes the certificate."""
    collector = linear(0)
    give(collector)
    assert give(collector, prepare(1), prepare(1)) == []
    assert collector.dropped == {"duplicate": 1}
    broken = LinearReplica(0, replace(LINEAR, distinct=False), KEYS, SCHEME, [request()])
    give(broken)
    for item in (prepare(1), prepare(1)):
        broken.on_message(seal(item, KEYS))
    broken.act()
    assert [e.payload.kind for e in broken.outbox] == ["PrepareCertificate"]
    backup = linear()
    give(backup, proposal())
    assert give(backup, broken.outbox[0]) == []
    assert backup.dropped == {"bad certificate": 1}


def test_only_the_collector_takes_shares():
    """The copies of others are dropped: shares are messages to one node."""
    backup = linear()
    give(backup, proposal())
    assert give(backup, prepare(2), prepare(3)) == []
    assert backup.dropped == {"not the collector": 2}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (proof(PrepareCertificate, 2), "bad certificate"),
        (replace(proof(PrepareCertificate, 3), digest=OTHER), "bad certificate"),
        (replace(proof(PrepareCertificate, 3), sender=2), "wrong sender"),
        (proof(CommitCertificate, 2), "bad certificate"),
        (replace(proof(PrepareCertificate, 3), signature=combined(COMMIT, 3)), "bad certificate"),
        (sign(2), "wrong kind"),
        (proof(FullCommitProof, 5), "wrong kind"),
    ],
)
def test_certificates_that_are_refused(message: object, reason: str):
    """Too few shares, other digests, phases or senders, and what only SBFT says."""
    backup = linear()
    give(backup, proposal())
    assert hears(backup, message) == []
    assert backup.dropped == {reason: 1}


def test_bad_shares_are_refused():
    """Of another node, or of another phase."""
    collector = linear(0)
    give(collector)
    swapped = replace(prepare(1), share=share(PREPARE, 2))
    assert give(collector, swapped, replace(prepare(2), share=share(COMMIT, 2))) == []
    assert collector.dropped == {"bad share": 2}


def test_a_certificate_of_what_was_not_accepted_moves_nobody():
    """It waits for the proposal, which an equivocating primary may have kept back."""
    backup = linear()
    assert give(backup, proof(PrepareCertificate, 3), proof(CommitCertificate, 3)) == []
    give(backup, proposal(1))
    assert not backup.decisions
    late = linear()
    give(late, proof(PrepareCertificate, 3), proof(CommitCertificate, 3))
    assert give(late, proposal()) == ["PrepareShare", "CommitShare"]
    assert late.decisions


# ---- SBFT


def test_sbft_decides_fast_at_n_less_c_shares():
    """N = 6, c = 1: five shares, the collector's own included."""
    collector, backup = sbft(0), sbft()
    assert give(collector) == ["PrePrepare"]
    assert give(collector, *map(sign, (1, 2, 3))) == []
    assert give(collector, sign(4)) == ["FullCommitProof"]
    assert collector.decisions
    assert give(backup, proposal()) == ["SignShare"]
    assert give(backup, proof(FullCommitProof, 5)) == []
    assert backup.decisions


def test_the_collectors_timer_switches_to_the_slow_path():
    """At once with 2f + c + 1 shares, or when they have come; the fast path is left."""
    collector = sbft(0)
    give(collector)
    assert collector.collects
    give(collector, sign(1), sign(2))
    collector.on_timer()
    assert give(collector) == []
    assert not collector.collects
    assert give(collector, sign(3)) == ["PrepareCertificate"]
    assert give(collector, sign(4), sign(5)) == []
    assert give(collector, *map(commit, (1, 2, 3))) == ["CommitCertificate"]
    assert collector.decisions
    assert collector.view == 0


def test_the_fast_variant_never_switches():
    """Its collector's timer does nothing, and it takes nothing of the slow path."""
    collector, backup = sbft(0, SbftFastReplica, slow=False), sbft(1, SbftFastReplica, slow=False)
    give(collector, *map(sign, (1, 2, 3)))
    collector.on_timer()
    assert give(collector) == []
    assert not collector.decisions
    give(backup, proposal())
    assert give(backup, proof(PrepareCertificate, 4)) == []
    assert backup.dropped == {"wrong kind": 1}


def test_a_replica_claims_its_share_then_the_certificate_then_the_decision():
    """The share stays beside either of the others."""
    backup = sbft()
    give(backup, proposal())
    assert [type(c).__name__ for c in backup.claims[1]] == ["Signed"]
    give(backup, proof(PrepareCertificate, 4))
    assert [type(c).__name__ for c in backup.claims[1]] == ["Certified", "Signed"]
    give(backup, proof(CommitCertificate, 4))
    certificate = backup.claims[1][0]
    assert isinstance(certificate, Certified)
    assert certificate.certificate.phase == COMMIT


def signed(node: int, digest: bytes, view: int = 0) -> Signed:
    body = request(0 if digest == DIGEST else 1)
    return Signed(view, 1, digest, share(FAST, node, digest, view), body)


def certified(phase: str, digest: bytes, view: int = 0) -> Certified:
    count = 5 if phase == FAST else 4
    made = Certificate(phase, view, 1, digest, combined(phase, count, digest, view))
    return Certified(made, request(0 if digest == DIGEST else 1))


def choice(*claims: Signed | Certified, **rules: Any) -> bytes | None:
    view_changes = [ViewChange(node, 9, 0, (), (claim,)) for node, claim in enumerate(claims)]
    chosen: Choice | None = sbft(**rules)._select(view_changes).get(1)
    return chosen.digest if chosen else None


A, B = DIGEST, OTHER
E3 = [signed(node, A) for node in range(3)]
"""Evidence for A in view 0: f + c + 1 shares."""


def test_evidence_is_f_plus_c_plus_one_shares():
    """Three shares for one request, in that view or later ones."""
    assert choice(*E3[:2]) is None
    assert choice(*E3) == A
    assert choice(*E3[:2], signed(2, A, view=3)) == A
    assert choice(*E3[:2], signed(2, B)) is None


def test_a_certificate_wins_over_evidence_of_its_view_or_earlier():
    """And loses to evidence of a later one; a mutant takes the evidence of the same view."""
    assert choice(certified(PREPARE, B)) == B
    assert choice(*E3, certified(PREPARE, B)) == B
    assert choice(*E3, certified(PREPARE, B), prefers_fast=True) == A
    later = [signed(node, A, view=2) for node in range(3)]
    assert choice(*later, certified(PREPARE, B, view=1)) == A
    assert choice(*later, certified(PREPARE, B, view=2)) == B


def test_evidence_is_dated_by_its_oldest_share():
    """Of the f + c + 1 that are the latest: shares of views 2, 1, 1, 0 speak for view 1."""
    views = [signed(node, A, view) for node, view in enumerate((2, 1, 1, 0))]
    assert choice(*views, certified(PREPARE, B, view=1)) == B
    assert choice(*views, certified(PREPARE, B, view=0)) == A


def test_evidence_for_two_requests_is_none():
    """Nothing can have been decided fast there; a certificate still counts."""
    both = [*E3, *(signed(node, B) for node in (3, 4, 5))]
    assert choice(*both) is None
    assert choice(*both, certified(PREPARE, B)) == B


@pytest.mark.parametrize("phase", [FAST, COMMIT])
def test_a_decision_wins_over_all(phase: str):
    """Whatever the views of the others."""
    later = [signed(node, A, view=2) for node in range(3)]
    assert choice(*later, certified(PREPARE, A, view=3), certified(phase, B)) == B


def new_view(*claims: Certified) -> NewView:
    view_changes = [ViewChange(node, 1, 0, (), ()) for node in range(4)]
    view_changes.append(ViewChange(4, 1, 0, (), claims))
    opened = seal(proposal(1, view=1, n=6), KEYS)
    return NewView(1, 1, tuple(seal(view_change, KEYS) for view_change in view_changes), (opened,))


@pytest.mark.parametrize("learns", [True, False])
def test_a_decision_in_a_new_view_is_learnt(learns: bool):
    """In the view in which it was taken."""
    backup = sbft(2, learns=learns)
    assert give(backup, new_view(certified(FAST, B))) == ["SignShare"]
    assert [(d.view, d.block) for d in backup.decisions] == ([(0, B)] if learns else [])


def test_a_decision_below_the_checkpoint_is_not_claimed():
    """It comes with the state; a view change that claims it would be refused."""
    backup = sbft(5, last=9)
    assert give(backup, *(Checkpoint(node, 2, B) for node in range(5))) == ["Fetch"]
    assert give(backup, new_view(certified(FAST, B))) == []
    assert (backup.view, backup.claims) == (1, {})


@pytest.mark.parametrize(
    "claim",
    [
        replace(signed(3, A), share=share(FAST, 2)),
        replace(signed(3, A), view=1),
        certified("prepare", A, view=1),
        replace(certified(PREPARE, A), request=request(1)),
        Certified(Certificate(STATE, 0, 1, A, combined(STATE, 4)), request()),
        Certified(Certificate(FAST, 0, 1, A, combined(FAST, 4)), request()),
    ],
)
def test_claims_that_shares_do_not_back_are_refused(claim: Signed | Certified):
    """Another's share, a view not yet left, another request, another phase, too few shares."""
    backup = sbft()
    assert give(backup, ViewChange(3, 1, 0, (), (claim,))) == []
    assert backup.dropped == {"bad view change": 1}
