"""Gossip and Kademlia by exhaustion: all sets of silent nodes, on nodes of the reference."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.telling import tell

if TYPE_CHECKING:
    from milpbft.hgfrr.dissemination import DisseminationInstance


def worst_told(instance: DisseminationInstance) -> int | None:
    """Return the optimum of an instance; None where no set of silent nodes does it."""
    i = instance
    peers = peers_of(i.scheme, i.n, i.fanout, i.seed)
    others = [node for node in range(i.n) if node != i.source]

    def reached(silent: tuple[int, ...]) -> int:
        return len(tell(peers, i.source, silent).first.keys() - set(silent))

    if i.objective.name == "coverage":
        return min(reached(silent) for silent in combinations(others, i.faults))
    for count in range(i.faults + 1):
        if any(2 * reached(silent) <= i.n - count for silent in combinations(others, count)):
            return count
    return None
