"""Walks: how other protocols' messages travel, as nodes of an overlay or of a gossip pass them on.

Every message that somebody sends is one of a broadcast without failures, and is sent again by
whoever first gets it on another way. So a message comes to a node on every walk along which one
message causes the next; those that no choice of faulty relays needs are left out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.changes import turned, without
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.reference.telling import tell
from milpbft.hgfrr.relays import START
from milpbft.hgfrr.wiring import Gossip, Wiring, read
from milpbft.schedule import Deliver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milpbft.hgfrr.relays import Relays
    from milpbft.hgfrr.topology import Topology

Walk = tuple[int, ...]


def walks(
    n: int, word: str, since: int = 0, crashes: Mapping[int, int] | None = None
) -> Mapping[tuple[int, int], tuple[Walk, ...]]:
    """Return by sender and receiver the walks between them, both ends included, shortest first.

    Nodes that have been found to have crashed have none.

    Parameters
    ----------
    n
        Number of nodes.
    word
        The overlay or gossip, such as ``r4k2s0`` or ``g3s0``.
    since
        Tick at which a message is sent.
    crashes
        Tick from which on a node has crashed, per node that has.

    Raises
    ------
    InputError
        Where the word is unreadable, or two have been found to have crashed.
    """
    wiring, dead = read(word), crashes or {}
    if isinstance(wiring, Gossip):
        return _walks(n, wiring, None, 0)
    beat = wiring.heartbeat
    found = [node for node, tick in dead.items() if beat and tick + beat <= since]
    if len(found) > 1:
        raise InputError("crashes", len(found), "1 at most where heartbeats find who has crashed")
    number = since // wiring.period if wiring.period else 0
    return _walks(n, wiring, found[0] if found else None, number)


@cache
def _walks(
    n: int, wiring: Wiring | Gossip, gone: int | None, number: int
) -> Mapping[tuple[int, int], tuple[Walk, ...]]:
    nodes = [node for node in range(n) if node != gone]
    found: dict[tuple[int, int], tuple[Walk, ...]] = {}
    for source in nodes:
        if isinstance(wiring, Gossip):
            ways = _gossiped(n, wiring, source)
        else:
            rings = turned(n, wiring, number) if gone is None else without(n, wiring, gone)
            ways = _relayed(rings, wiring, source)
        found |= {(source, node): tuple(_least(ways[node])) for node in nodes if node != source}
    return found


def _relayed(rings: Topology, wiring: Wiring, source: int) -> dict[int, list[Walk]]:
    """Follow the causes of the overlay's transmissions back to the source."""
    ways = relays(rings, source, wiring.spread)

    @cache
    def to(index: int) -> list[Walk]:
        """Return the walks whose last hop is a transmission."""
        sender, receiver = int(ways.sender[index]), int(ways.receiver[index])
        before = _causes(ways, index, sender)
        return _least((*walk, receiver) for walk in before)

    def _causes(ways: Relays, index: int, sender: int) -> list[Walk]:
        causes = ways.causes[index]
        return [(sender,)] if START in causes else [walk for c in causes for walk in to(c)]

    found: dict[int, list[Walk]] = {node: [] for node in range(rings.ids)}
    for index, receiver in enumerate(ways.receiver.tolist()):
        found[receiver] += to(index)
    return found


def _gossiped(n: int, wiring: Gossip, source: int) -> dict[int, list[Walk]]:
    """Walk on from node to node, as the nodes tell each other."""
    peers = peers_of("gossip", n, wiring.fanout, wiring.seed)
    told = tell(peers, source).events
    arcs = sorted({(e.sender, e.node) for e in told if isinstance(e, Deliver)})
    found: dict[int, list[Walk]] = {node: [] for node in range(n)}
    open_walks: list[Walk] = [(source,)]
    while open_walks:
        longer = [(*w, v) for w in open_walks for u, v in arcs if u == w[-1] and v not in w]
        open_walks = []
        for walk in longer:
            if walk in _least([*found[walk[-1]], walk]):
                found[walk[-1]].append(walk)
                open_walks.append(walk)
    return found


def _least(several: Iterable[Walk]) -> list[Walk]:
    """Keep the walks to one node that some faulty relays leave the only ones, shortest first."""
    every = sorted(set(several), key=lambda walk: (len(walk), walk))
    return [
        walk for k, walk in enumerate(every)
        if not any(_replaces(other, walk) for other in every[:k])
    ]  # fmt: skip


def _replaces(other: Walk, walk: Walk) -> bool:
    """Whether every relay of `other` is one of `walk`, and not later there for the last time."""
    latest = dict(zip(walk[:-1], range(len(walk)), strict=False))
    return all(hop <= latest.get(relay, -1) for hop, relay in enumerate(other[:-1]))
