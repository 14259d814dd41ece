"""Carried: the paths that other protocols' messages take over the overlay, for their models."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.hgfrr.model.routes import paths
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.wiring import Wiring

if TYPE_CHECKING:
    from milpbft.automaton.pernode.paths import Paths


@cache
def paths_of(n: int, word: str) -> Paths:
    """Return the paths between `n` nodes on the overlay that a word such as ``r4k2s0`` names.

    Raises
    ------
    InputError
        Where the word is unreadable.
    """
    wiring = Wiring.parse(word)
    return paths(topology_of(n, wiring.limits, wiring.seed), wiring.spread)
