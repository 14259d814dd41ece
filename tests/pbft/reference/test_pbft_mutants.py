"""Every faulty replica is caught by a script that the sound one survives.

All scripts have four nodes. Node 0 is the primary of view 0, node 1 that of view 1; correct nodes
are asked for value 0, and one of the nodes is Byzantine: f, so that sound replicas never fork.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.check.replay import replay
from milpbft.pbft.reference.mutants import MUTANTS, Mutant
from milpbft.pbft.reference.rules import Rules
from tests.pbft.reference.staging import Stage

if TYPE_CHECKING:
    from collections.abc import Callable


def rules(mutant: Mutant) -> Rules:
    sbft = mutant.reference.protocol.startswith("sbft")
    return Rules.sbft(4, execution=False) if sbft else Rules.of(4)


# ---- PBFT


def agree(stage: Stage, value: str, view: int, *nodes: int) -> None:
    """Let `nodes`, which took the proposal, decide on it with the help of node 0."""
    votes = [*nodes, 0]
    for kind in ("Prepare", "Commit"):
        for node in nodes:
            stage.show(node, *((other, kind + value, view) for other in votes if other != node))


def reopen(stage: Stage, view_change: str, *, lie: str = "ViewChange") -> None:
    """Let nodes 1 and 3 leave view 0, node 1 open view 1 with the help of node 0, and 3 follow."""
    stage.expire(1, 3)
    stage.show(1, (0, lie, 1), (3, view_change, 1))
    stage.show(3, (1, "NewView", 1))


def decide_then_forget(stage: Stage) -> None:
    """Node 2 decides on value 1; nodes 1 and 3 then agree on value 0 if they may."""
    for node in (2, 3):
        stage.show(node, (0, "PrePrepare#1", 0))
    stage.show(3, (2, "Prepare#1", 0))
    stage.show(2, (3, "Prepare#1", 0), (3, "Commit#1", 0), (0, "Commit#1", 0))
    assert stage.decided(2)


def prepare_quorum(stage: Stage) -> None:
    """Node 1 prepares value 0 on its own, and its certificate is as good as that of a decision."""
    stage.show(1, (0, "PrePrepare", 0))
    decide_then_forget(stage)
    reopen(stage, "PreparedViewChange#1")
    agree(stage, "", 1, 1, 3)


def commit_quorum(stage: Stage) -> None:
    """Node 2 decides with one other commit, of which no quorum of view changes need know."""
    for node in (2, 3):
        stage.show(node, (0, "PrePrepare#1", 0))
    stage.show(2, (3, "Prepare#1", 0), (0, "Commit#1", 0))
    reopen(stage, "ViewChange")
    agree(stage, "", 1, 1, 3)


def view_quorum(stage: Stage) -> None:
    """Node 1 opens view 1 without a node that prepared."""
    decide_then_forget(stage)
    stage.expire(1)
    stage.show(1, (0, "ViewChange", 1))
    stage.show(3, (1, "NewView", 1))
    agree(stage, "", 1, 1, 3)


def two_proposals(stage: Stage) -> None:
    """Node 1 prepares and commits both values."""
    stage.show(1, (0, "PrePrepare", 0), (0, "PrePrepare#1", 0))
    stage.show(2, (0, "PrePrepare", 0))
    stage.show(3, (0, "PrePrepare#1", 0))
    agree(stage, "", 0, 1, 2)
    agree(stage, "#1", 0, 1, 3)


def digest(stage: Stage) -> None:
    """Nodes agree on the digest of one request, and node 2 executes another."""
    for node in (1, 3):
        stage.show(node, (0, "PrePrepare", 0))
    stage.mismatch(2, 0)
    agree(stage, "", 0, 1, 2, 3)


def hasty(stage: Stage) -> None:
    """Nodes commit to value 1 without a certificate that they could show later."""
    for node in (1, 2, 3):
        stage.show(node, (0, "PrePrepare#1", 0))
    stage.show(2, (1, "Commit#1", 0), (3, "Commit#1", 0))
    reopen(stage, "ViewChange")
    agree(stage, "", 1, 1, 3)


def ignored(stage: Stage) -> None:
    """Node 1 has seen the certificate of what node 2 decided on, and proposes its own."""
    decide_then_forget(stage)
    reopen(stage, "PreparedViewChange#1")
    agree(stage, "", 1, 1, 3)


def earliest(stage: Stage) -> None:
    """Value 0 is prepared in view 0, value 1 decided in view 1; view 2 takes value 0. 1 lies."""
    stage.show(3, (0, "PrePrepare", 0))
    stage.show(3, (1, "Prepare", 0))
    stage.expire(2, 3)
    stage.show(0, (2, "ViewChange", 1), (1, "ViewChange", 1))
    for node in (0, 2):
        stage.show(node, (1, "NewView#1", 1))
    stage.show(2, (0, "Prepare#1", 1))
    stage.show(0, (2, "Prepare#1", 1), (2, "Commit#1", 1), (1, "Commit#1", 1))
    assert stage.decided(0)
    stage.expire(2)
    stage.show(3, (1, "ViewChange", 2), (2, "PreparedViewChange#1", 2))
    stage.show(2, (3, "PreparedViewChange", 2), (1, "ViewChange", 2))
    stage.show(3, (2, "NewView", 2))
    for kind in ("Prepare", "Commit"):
        stage.show(2, (3, kind, 2), (1, kind, 2))
        stage.show(3, (2, kind, 2), (1, kind, 2))


def unverified(stage: Stage) -> None:
    """Node 0 claims that value 0 was prepared, as value 1 really was."""
    decide_then_forget(stage)
    reopen(stage, "PreparedViewChange#1", lie="PreparedViewChange")
    agree(stage, "", 1, 1, 3)


# ---- Linear BFT and SBFT


def collect(stage: Stage, value: str, *nodes: int) -> None:
    """Let the lying collector certify `value` in view 0 for `nodes`, up to a decision."""
    for node in nodes:
        stage.show(node, (0, "PrePrepare" + value, 0))
    for node in nodes:
        stage.show(node, (0, "PrepareCertificate" + value, 0))
    stage.show(nodes[0], (0, "CommitCertificate" + value, 0))


def gather(stage: Stage, share: str) -> None:
    """Let node 1 collect the shares of nodes 0 and 3 for its proposal in view 1, and 3 decide."""
    stage.show(1, (3, share, 1), (0, share, 1))
    stage.show(3, (1, "PrepareCertificate", 1))
    stage.show(1, (3, "CommitShare", 1), (0, "CommitShare", 1))
    stage.show(3, (1, "CommitCertificate", 1), (1, "FullCommitProof", 1))


def duplicates(stage: Stage) -> None:
    """The collector certifies both values with its own share alone."""
    collect(stage, "", 1)
    collect(stage, "#1", 2)


def linear_prepare(stage: Stage) -> None:
    """Both values are certified in view 0, value 1 is decided on, and view 1 takes value 0."""
    stage.show(1, (0, "PrePrepare", 0))
    stage.show(1, (0, "PrepareCertificate", 0))
    collect(stage, "#1", 2, 3)
    assert stage.decided(2)
    reopen(stage, "PreparedViewChange#1")
    gather(stage, "PrepareShare")


def linear_ignored(stage: Stage) -> None:
    """Node 1 has seen the certificate of what node 2 decided on, and proposes its own."""
    collect(stage, "#1", 2, 3)
    assert stage.decided(2)
    reopen(stage, "PreparedViewChange#1")
    gather(stage, "PrepareShare")


def fast_quorum(stage: Stage) -> None:
    """A decision on the fast path has too few shares for view changes to show them."""
    for node in (2, 3):
        stage.show(node, (0, "PrePrepare#1", 0))
    stage.show(2, (0, "FullCommitProof#1", 0))
    reopen(stage, "SignedViewChange#1")
    stage.expire(1)
    gather(stage, "SignShare")


def slow_quorum(stage: Stage) -> None:
    """Node 2 decides with one other commit share; node 3 saw no certificate."""
    for node in (2, 3):
        stage.show(node, (0, "PrePrepare#1", 0))
    stage.show(2, (0, "PrepareCertificate#1", 0))
    stage.show(2, (0, "CommitCertificate#1", 0))
    reopen(stage, "SignedViewChange#1")
    stage.expire(1)
    gather(stage, "SignShare")


def fast_first(stage: Stage) -> None:
    """Value 1 is decided on the slow path; a correct and a lying share speak for value 0."""
    stage.show(1, (0, "PrePrepare", 0))
    collect(stage, "#1", 2, 3)
    assert stage.decided(2)
    reopen(stage, "PreparedViewChange#1", lie="SignedViewChange")
    stage.expire(1)
    gather(stage, "SignShare")


def no_evidence(stage: Stage) -> None:
    """All nodes sign value 1, node 2 decides on the fast path, and view 1 does not mind."""
    for node in (1, 2, 3):
        stage.show(node, (0, "PrePrepare#1", 0))
    stage.show(2, (0, "FullCommitProof#1", 0))
    assert stage.decided(2)
    reopen(stage, "SignedViewChange#1")
    stage.expire(1)
    gather(stage, "SignShare")


SCRIPTS: dict[str, Callable[[Stage], None]] = {
    "prepare quorum": prepare_quorum,
    "commit quorum": commit_quorum,
    "new-view quorum": view_quorum,
    "two proposals": two_proposals,
    "no digest check": digest,
    "commit before prepared": hasty,
    "ignored certificates": ignored,
    "earliest certificate": earliest,
    "unverified certificates": unverified,
    "duplicate shares": duplicates,
    "linear prepare quorum": linear_prepare,
    "linear ignored certificates": linear_ignored,
    "fast quorum": fast_quorum,
    "slow quorum": slow_quorum,
    "fast before slow": fast_first,
    "no fast evidence": no_evidence,
}
LIARS = {"earliest certificate": 1}
LABELLED = sorted(SCRIPTS.keys() - {"no digest check"})
"""Scripts of messages that have labels of their own, so that they can be replayed."""


def play(name: str, *, sound: bool) -> Stage:
    mutant = MUTANTS[name]
    usual = rules(mutant)
    reference = mutant.reference(usual) if sound else mutant.of(usual)
    stage = Stage(reference, {LIARS.get(name, 0)})
    SCRIPTS[name](stage)
    return stage


def test_every_mutant_has_a_script():
    """The missing watermarks have a test of their own, since they need two sequence numbers."""
    assert SCRIPTS.keys() == MUTANTS.keys() - {"no watermarks"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_mutant_forks(name: str):
    """Correct nodes with the fault decide on two different requests."""
    assert len(play(name, sound=False).blocks) == 2


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_sound_replica_does_not(name: str):
    """The same messages, as far as sound nodes send them, split nobody."""
    assert len(play(name, sound=True).blocks) <= 1


@pytest.mark.parametrize("name", LABELLED)
def test_replay_catches_the_mutant(name: str):
    """What the mutants did is no schedule of the protocol; what sound nodes did is."""
    mutant = MUTANTS[name]
    usual = mutant.reference(rules(mutant))
    assert replay(play(name, sound=False).schedule(), usual).status == "refuted"
    assert replay(play(name, sound=True).schedule(), mutant.reference(rules(mutant)))
