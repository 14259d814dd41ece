"""Primaries that propose what a script releases, in its order, and are correct in all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.pbft.reference.core import Core
from milpbft.pbft.reference.linear import LinearReplica
from milpbft.pbft.reference.messages import PrePrepare
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.sbft import SbftReplica

if TYPE_CHECKING:
    from milpbft.pbft.reference.replica import Replica


class Steered(Core):
    """A replica whose proposals are those that were released, the first first."""

    def _begin(self) -> None:
        super()._begin()
        self.released: list[bytes] = []

    def _fresh(self, numbers: range, taken: set[bytes]) -> list[PrePrepare]:
        waiting = {r.payload.fingerprint: r for r in self.ledger.waiting}
        chosen = [waiting[d] for d in self.released if d in waiting and d not in taken]
        return [
            PrePrepare(self.node, self.view, sequence, request.payload.fingerprint, request)
            for sequence, request in zip(numbers, chosen, strict=False)
        ]


class SteeredPbft(Steered, PbftReplica):
    """Of PBFT."""


class SteeredLinear(Steered, LinearReplica):
    """Of Linear BFT."""


class SteeredSbft(Steered, SbftReplica):
    """Of SBFT."""


STEERED: dict[str, type[Replica] | type[Any]] = {
    "pbft": SteeredPbft, "linear": SteeredLinear, "sbft": SteeredSbft
}  # fmt: skip
"""The primaries, by their protocols' names in the registry."""
