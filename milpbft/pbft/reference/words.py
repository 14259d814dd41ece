"""Words: what a replica of the family did about a proposal, and what it has and needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference.messages import Commit, Prepare
from milpbft.pbft.reference.sbft import SWITCH
from milpbft.pbft.reference.shares import (
    COMMIT,
    FAST,
    PREPARE,
    CommitShare,
    PrepareShare,
    SignShare,
)
from milpbft.sim.telling import quota

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.reference.log import Entry
    from milpbft.pbft.reference.replica import Replica

_DID = {
    Prepare.kind: "prepared",
    Commit.kind: "committed",
    PrepareShare.kind: "signed",
    SignShare.kind: "signed",
    SWITCH: "left the fast path",
    CommitShare.kind: "signed to commit",
}
_HOLDS = {PREPARE: "a prepare certificate", FAST: "a commit proof", COMMIT: "a commit certificate"}


def about(replica: Replica, entry: Entry, name: str) -> str:
    """Say what a replica did about a proposal, and how much it has of what it needs.

    Parameters
    ----------
    entry
        Of the replica's log.
    name
        What the proposal is called.
    """
    did = (word for kind, word in _DID.items() if kind in entry.done)
    return f"proposal {name}: " + ", ".join([*did, *_has(replica, entry)])


def _has(replica: Replica, entry: Entry) -> Iterator[str]:
    rules, votes = replica.rules, entry.votes
    if Prepare in replica.spoken:
        # The pre-prepare is the primary's prepare.
        yield quota(1 + len(votes[Prepare.kind]), rules.prepare_quorum, "prepares")
        yield quota(len(votes[Commit.kind]), rules.commit_quorum, "commits")
        return
    held = [words for phase, words in _HOLDS.items() if phase in entry.proofs]
    yield f"has {' and '.join(held)}" if held else "has no certificate"
    if not replica.is_primary or FAST in entry.proofs or COMMIT in entry.proofs:
        return
    if PREPARE in entry.proofs:
        yield quota(len(votes[CommitShare.kind]), rules.commit_quorum, "commit shares")
        return
    if SignShare not in replica.spoken:
        yield quota(len(votes[PrepareShare.kind]), rules.prepare_quorum, "prepare shares")
        return
    fast = rules.fast and SWITCH not in entry.done
    quorum = rules.fast_quorum if fast else rules.prepare_quorum
    yield quota(len(votes[SignShare.kind]), quorum, "sign shares")
