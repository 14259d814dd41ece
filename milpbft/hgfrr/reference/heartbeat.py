"""Heartbeats: which nodes a network finds to have left (Node-Leave, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from milpbft.hgfrr.topology import Ring, Topology


@dataclass(frozen=True, slots=True)
class Found:
    """What one round of heartbeats found.

    Parameters
    ----------
    gone
        Nodes that are held to have left, ascending.
    heartbeats
        Messages of the round itself.
    queries
        Messages of the double checks: each a question and, where one comes, an answer.
    """

    gone: tuple[int, ...]
    heartbeats: int
    queries: int


def beat(
    topology: Topology,
    crashed: AbstractSet[int],
    unheard: AbstractSet[tuple[int, int]] = frozenset(),
) -> Found:
    """Run one round of heartbeats on all rings.

    A member that does not hear from a neighbour asks the next member beyond it. Where that one has
    crashed as well it asks on, along the ring. The neighbour is gone if the first that answers
    does not hear from it either, or if nobody else is left. On a ring that has crashed as a whole
    nobody notices; the ring above does, since no contact of it answers there and nobody is elected
    in its place.

    Silent relays answer heartbeats: they are never found.

    Parameters
    ----------
    topology
        The rings.
    crashed
        Nodes that neither send nor answer.
    unheard
        Pairs of observer and node between which heartbeats are lost, although neither crashed.
    """
    gone: set[int] = set()
    heartbeats = queries = 0
    for ring in topology.rings:
        alive = set(ring.members) - crashed
        heartbeats += sum(len(_neighbours(ring, node)) for node in alive)
        for node in ring.members:
            checked = _check(ring, node, crashed, unheard)
            if checked is not None:
                agreed, count = checked
                queries += count
                gone |= {node} if agreed else set()
        if not alive and ring.parent >= 0 and set(topology.rings[ring.parent].members) - crashed:
            gone |= set(ring.members)
    return Found(tuple(sorted(gone)), heartbeats, queries)


def _neighbours(ring: Ring, node: int) -> tuple[int, ...]:
    """Successor and predecessor, each once, and never the node itself."""
    place, size = ring.members.index(node), len(ring.members)
    beside = {ring.members[(place + 1) % size]: None, ring.members[place - 1]: None}
    return tuple(other for other in beside if other != node)


def _check(
    ring: Ring, node: int, crashed: AbstractSet[int], unheard: AbstractSet[tuple[int, int]]
) -> tuple[bool, int] | None:
    """Whether a suspicion of `node` on a ring is confirmed, and the queries; None for none."""
    place, size = ring.members.index(node), len(ring.members)

    def hears(observer: int) -> bool:
        return node not in crashed and (observer, node) not in unheard

    for step in (1, -1):
        observer = ring.members[(place - step) % size]
        if observer == node or observer in crashed or hears(observer):
            continue
        count = 0
        for ahead in range(1, size - 1):
            witness = ring.members[(place + ahead * step) % size]
            count += 1
            if witness not in crashed:
                return not hears(witness), count + 1
        return True, count
    return None
