"""Carried: the walks of other protocols' messages over an overlay or by gossip, for models."""

from __future__ import annotations

from functools import cache, partial

from milpbft.automaton.pernode.paths import Paths
from milpbft.hgfrr.model.routes import paths, told
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.changes import turned, without
from milpbft.hgfrr.wiring import Gossip, Wiring, read


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
    found = paths(topology_of(n, wiring.limits, wiring.seed), wiring.spread)
    return Paths(
        found.walks,
        wiring.heartbeat,
        partial(_without, n, wiring) if wiring.heartbeat else None,
        wiring.period,
        partial(_turned, n, wiring) if wiring.period else None,
    )


@cache
def _without(n: int, wiring: Wiring, node: int) -> Paths:
    return paths(without(n, wiring, node), wiring.spread)


@cache
def _turned(n: int, wiring: Wiring, number: int) -> Paths:
    return paths(turned(n, wiring, number), wiring.spread)
