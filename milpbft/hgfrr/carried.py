"""Carried: the paths of the overlay that a consensus instance runs on, for its model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.hgfrr.model.routes import paths
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.wiring import Wiring

if TYPE_CHECKING:
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.strict import StrictInstance


def carried_by(instance: StrictInstance) -> Paths | None:
    """Return the paths of an instance's overlay; None for a full mesh."""
    return None if instance.overlay is None else _paths(instance.n, Wiring.parse(instance.overlay))


@cache
def _paths(n: int, wiring: Wiring) -> Paths:
    topology = topology_of(n, wiring.limits, wiring.seed)
    return paths(topology, wiring.spread)
