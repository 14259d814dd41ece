"""Carried: the walks of other protocols' messages over an overlay or by gossip, for models."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.hgfrr.model.routes import paths, told
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.wiring import Gossip, read

if TYPE_CHECKING:
    from milpbft.automaton.pernode.paths import Paths


@cache
def paths_of(n: int, word: str) -> Paths:
    """Return the walks between `n` nodes on what a word such as ``r4k2s0`` or ``g3s0`` names.

    Raises
    ------
    InputError
        Where the word is unreadable, or a gossip leaves a node without.
    """
    wiring = read(word)
    if isinstance(wiring, Gossip):
        return told(peers_of("gossip", n, wiring.fanout, wiring.seed), n)
    return paths(topology_of(n, wiring.limits, wiring.seed), wiring.spread)
