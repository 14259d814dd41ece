"""The rules by which replicas of an instance run, quorums and readings of its own included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference import family

if TYPE_CHECKING:
    from milpbft.pbft.instance import PbftInstance
    from milpbft.pbft.reference.rules import Rules


def rules_of(instance: PbftInstance) -> Rules:
    """Return the rules of an instance's replicas, quorums and readings of its own included."""
    i = instance
    return family.rules_of(
        i.protocol,
        i.n,
        i.redundant,
        blind=i.blind,
        follows=i.follows,
        counts=i.counts,
        joins=i.joins,
        faults=i.f,
        quorum=i.agreeing,
        view_quorum=i.changing,
    )
