"""The rules by which replicas of an instance are enumerated, quorums of its own included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from milpbft.dbft.instance import DbftInstance


def rules_of(instance: DbftInstance) -> Rules:
    """Return the rules of an instance's replicas, quorums of its own included."""
    rules = Rules.of(
        instance.n,
        faults=instance.f,
        quorum=instance.agreeing,
        returns=ReturnRule(instance.returns),
        agreement=instance.agreement,
    )
    return replace(rules, view_quorum=instance.changing)
