"""Thresholds: an instance's quorums for its table, in the parameters that are its sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.condition import all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.question.quorums import coefficients
from milpbft.table.need import FAULTS, NODES

if TYPE_CHECKING:
    from milpbft.automaton.condition import Condition
    from milpbft.question.quorums import QuorumInstance

PAIRS = Linear.of("C")
"""Pairs of redundant nodes: c of SBFT, 0 in the others."""


@dataclass(frozen=True)
class Thresholds:
    """What a table's guards compare with.

    Parameters
    ----------
    quorum
        Preparations for a commit, and commits for a decision.
    view
        View changes for a new view.
    said
        What schedules say of it, where it is not the protocol's own: f and quorums, by name.
    """

    quorum: Linear
    view: Linear
    said: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, instance: QuorumInstance, usual: Linear, view: Linear) -> Thresholds:
        """Read those of an instance; `usual` and `view` are the protocol's own."""
        quorum = usual if instance.quorum is None else _linear(instance.quorum, instance)
        view = view if instance.view_quorum is None else _linear(instance.view_quorum, instance)
        return cls(quorum, view, tuple(instance.own_sizes().items()))

    def sized(self, instance: QuorumInstance) -> Condition:
        """Return the sizes for which an instance's tables are exact, where its quorums are own."""
        least = instance.least_quorums()
        parts = []
        for field, value in (("quorum", self.quorum), ("view_quorum", self.view)):
            if getattr(instance, field) is not None:
                parts += [at_least(value - least[field]), at_least(NODES - value)]
        return all_of(parts)


USUAL = Thresholds(NODES - FAULTS, NODES - FAULTS)
"""n - f for both."""


def _linear(text: str, instance: QuorumInstance) -> Linear:
    factors = coefficients(text)
    pairs = factors["c"] if instance.pairs else 0
    terms = (("N", factors["n"]), ("T", factors["f"]), ("C", pairs))
    return Linear.combine(terms, factors[""])
