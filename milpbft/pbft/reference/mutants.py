"""Replicas with a known fault, each of which a check must catch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.messages import Claim, Prepared, ViewChange
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.sbft_reference import SbftReference
from milpbft.pbft.reference.viewchange import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.pbft.reference.log import Entry
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.pbft.reference.rules import Rules


class Hasty(PbftReplica):
    """Commits to what it accepted, before anybody else prepared; claims what was prepared."""

    def _prepared(self, entry: Entry) -> bool:
        return True

    def _remember(self, entry: Entry) -> None:
        if super()._prepared(entry):
            super()._remember(entry)


class Backward(PbftReplica):
    """Chooses the request that was prepared in the earliest view."""

    def _select(self, view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
        earliest: dict[int, Claim] = {}
        for claim in (claim for view_change in view_changes for claim in view_change.claims):
            known = earliest.setdefault(claim.sequence, claim)
            if claim.view < known.view:
                earliest[claim.sequence] = claim
        return {s: Choice(claim.digest, claim.request) for s, claim in earliest.items()}


class Credulous(PbftReplica):
    """Believes any claim that has the form of a prepared certificate."""

    def _valid_claim(self, claim: Claim, sender: int) -> bool:
        return isinstance(claim, Prepared) and claim.genuine


@dataclass(frozen=True)
class Mutant:
    """A fault and where it is.

    Parameters
    ----------
    reference
        Of the protocol that has it.
    change
        What it makes of the protocol's rules.
    replica
        The faulty class of replica, where rules do not say it.
    """

    reference: type[FamilyReference[Any]]
    change: Callable[[Rules], Rules] = lambda rules: rules
    replica: type[Any] | None = None

    def of(self, rules: Rules) -> FamilyReference[Any]:
        """Return a reference whose correct nodes have the fault."""
        return self.reference(self.change(rules), replica=self.replica)


def _pbft(change: Callable[[Rules], Rules]) -> Mutant:
    return Mutant(PbftReference, change)


def _linear(change: Callable[[Rules], Rules]) -> Mutant:
    return Mutant(LinearReference, change)


def _sbft(change: Callable[[Rules], Rules]) -> Mutant:
    return Mutant(SbftReference, change)


MUTANTS: dict[str, Mutant] = {
    "prepare quorum": _pbft(lambda r: replace(r, prepare_quorum=r.prepare_quorum - 1)),
    "commit quorum": _pbft(lambda r: replace(r, commit_quorum=r.commit_quorum - 1)),
    "new-view quorum": _pbft(lambda r: replace(r, view_quorum=r.view_quorum - 1)),
    "no watermarks": _pbft(lambda r: replace(r, watermarks=False)),
    "two proposals": _pbft(lambda r: replace(r, single=False)),
    "no digest check": _pbft(lambda r: replace(r, digests=False)),
    "commit before prepared": Mutant(PbftReference, replica=Hasty),
    "ignored certificates": _pbft(lambda r: replace(r, keeps_claims=False)),
    "earliest certificate": Mutant(PbftReference, replica=Backward),
    "unverified certificates": Mutant(PbftReference, replica=Credulous),
    "duplicate shares": _linear(lambda r: replace(r, distinct=False)),
    "linear prepare quorum": _linear(lambda r: replace(r, prepare_quorum=r.prepare_quorum - 1)),
    "linear ignored certificates": _linear(lambda r: replace(r, keeps_claims=False)),
    "fast quorum": _sbft(lambda r: replace(r, fast_quorum=r.fast_quorum - 1)),
    "slow quorum": _sbft(lambda r: replace(r, commit_quorum=r.commit_quorum - 1)),
    "fast before slow": _sbft(lambda r: replace(r, prefers_fast=True)),
    "no fast evidence": _sbft(lambda r: replace(r, evidence_quorum=r.n)),
}
"""By name: one fault each."""
