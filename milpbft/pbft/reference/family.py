"""The members of the family by name, and the rules by which each runs in given sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftFastReference, SbftReference

if TYPE_CHECKING:
    from milpbft.pbft.reference.reference import FamilyReference

REFERENCES: dict[str, type[FamilyReference[Any]]] = {
    reference.protocol: reference
    for reference in (PbftReference, LinearReference, SbftReference, SbftFastReference)
}
"""The references, by their names in the registry."""


def rules_of(
    protocol: str,
    n: int,
    redundant: int = 0,
    *,
    primaries: tuple[int, ...] = (),
    execution: bool = True,
    blind: bool = False,
    follows: Literal["freely", "asked"] = "freely",
    counts: Literal["exact", "later"] = "exact",
    joins: Literal["lowest", "next"] = "lowest",
    faults: int | None = None,
    quorum: int | None = None,
    view_quorum: int | None = None,
) -> Rules:
    """Return the rules of a member's replicas.

    Parameters
    ----------
    protocol
        One of :data:`REFERENCES`.
    n, redundant
        Nodes, and c of SBFT, as in n = 3f + 2c + 1; PBFT and Linear BFT have none.
    primaries
        Of the first views; by default node v mod n.
    execution
        Whether SBFT's nodes make execution certificates.
    blind
        Whether new views ignore what may be committed: the broken view change.
    follows, counts, joins
        As of :class:`milpbft.pbft.reference.rules.Rules`.
    faults
        f; None for the most that n bears.
    quorum, view_quorum
        Nodes for a certificate, a decision and a stable checkpoint, and view changes for a new
        view; None for the protocol's own.

    Raises
    ------
    InputError
        Where there is no such size.
    """
    if issubclass(REFERENCES[protocol], SbftReference):
        slow = protocol != SbftFastReference.protocol
        rules = Rules.sbft(
            n, redundant, faults=faults, primaries=primaries, slow=slow, execution=execution
        )
    else:
        rules = Rules.of(n, faults=faults, primaries=primaries)
    agreeing = rules.prepare_quorum if quorum is None else quorum
    return replace(
        rules,
        keeps_claims=not blind,
        follows=follows,
        counts=counts,
        joins=joins,
        prepare_quorum=agreeing,
        commit_quorum=agreeing,
        checkpoint_quorum=agreeing,
        view_quorum=rules.view_quorum if view_quorum is None else view_quorum,
    )
