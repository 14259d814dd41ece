"""Walks: how other protocols' messages travel over the overlay's relays, as its nodes forward."""

from __future__ import annotations

from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.wiring import Wiring


def walks(n: int, word: str) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return the nodes on the way by sender and receiver, both ends included.

    Parameters
    ----------
    n
        Number of nodes.
    word
        The overlay, such as ``r4k2s0``.

    Raises
    ------
    InputError
        Where the word is unreadable.
    """
    wiring = Wiring.parse(word)
    topology = topology_of(n, wiring.limits, wiring.seed)
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for source in range(n):
        ways = relays(topology, source, wiring.spread)
        found |= {(source, node): ways.path(node) for node in range(n)}
    return found
