"""Peers: whom nodes of a gossip or of a Kademlia network pass news on to, drawn once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milpbft.errors import InputError

BITS = 52
"""Bits of an identifier."""


@dataclass(frozen=True)
class Peers:
    """Who knows whom.

    Parameters
    ----------
    identifiers
        Per node its number of `BITS` bits in Kademlia; empty for gossip.
    known
        Per node pairs of a bucket and a node in it, by which bit is the highest one in which the
        identifiers of the two differ; gossip has one bucket, 0. Ascending.
    """

    identifiers: tuple[int, ...]
    known: tuple[tuple[tuple[int, int], ...], ...]


def peers_of(scheme: str, n: int, fanout: int, seed: int) -> Peers:
    """Return whom each node knows; what one draws does not depend on what others do.

    Parameters
    ----------
    scheme
        ``gossip``: `fanout` different others. ``kademlia``: one node of every bucket that is not
        empty.
    n
        Nodes, 2 or more.

    Raises
    ------
    InputError
        For another scheme, or a fanout that is not from 1 to n - 1.
    """
    match scheme:
        case "gossip":
            return _gossip(n, fanout, seed)
        case "kademlia":
            return _kademlia(n, seed)
    raise InputError("scheme", scheme, "gossip or kademlia")


def _gossip(n: int, fanout: int, seed: int) -> Peers:
    if not 1 <= fanout <= n - 1:
        raise InputError("fanout", fanout, f"from 1 to {n - 1} with {n} nodes")
    known = []
    for node in range(n):
        drawn = np.random.default_rng((seed, node)).choice(n - 1, fanout, replace=False)
        known.append(tuple((0, int(one)) for one in sorted(drawn + (drawn >= node))))
    return Peers((), tuple(known))


def _kademlia(n: int, seed: int) -> Peers:
    random = np.random.default_rng(seed)
    found: dict[int, None] = {}
    while len(found) < n:
        found[int(random.integers(0, 1 << BITS))] = None
    identifiers = tuple(found)
    known = []
    for node, own in enumerate(identifiers):
        buckets: dict[int, list[int]] = {}
        for other, its in enumerate(identifiers):
            if other != node:
                buckets.setdefault((own ^ its).bit_length() - 1, []).append(other)
        draw = np.random.default_rng((seed, node))
        known.append(tuple((bit, int(draw.choice(buckets[bit]))) for bit in sorted(buckets)))
    return Peers(identifiers, tuple(known))
