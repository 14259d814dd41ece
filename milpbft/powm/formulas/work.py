"""Work and block times: what a block takes, alone and together."""

from __future__ import annotations

from math import expm1, log1p
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def chance(zeros: int, digit_bits: int = 1) -> float:
    """P = 2^-(zeros digit_bits), that a hash is valid."""
    if zeros < 0 or digit_bits < 1:
        raise InputError("zeros", zeros, "0 or more, of 1 bit or more")
    return float(2.0 ** -(zeros * digit_bits))


def hashes(p: float, nonces: int | None = None) -> float:
    """Mean hashes until a block is solved, or all of some nonces are hashed: (1-(1-p)^N)/p."""
    if not 0 < p <= 1:
        raise InputError("p", p, "more than 0, at most 1")
    if nonces is None:
        return 1 / p
    return -expm1(nonces * log1p(-p)) / p if p < 1 else float(min(1, nonces))


def none_found(p: float, nonces: int) -> float:
    """Chance that none of N nonces solves: (1-p)^N."""
    return float((1 - p) ** nonces)


def hashes_without_replacement(nonces: int, golden: int) -> float:
    """Mean hashes where K of N nonces are golden: (N+1)/(K+1)."""
    if not 0 < golden <= nonces:
        raise InputError("golden", golden, f"1 to {nonces}")
    return (nonces + 1) / (golden + 1)


BITCOIN = 2**48 / 65535
"""Hashes per unit of Bitcoin's difficulty; equation 1 has 2^32 for it."""


def bitcoin_hashes(difficulty: float) -> float:
    """Equation 1: D 2^32 hashes per block. Above D of about 2^224 that is more than all outputs."""
    return difficulty * 2.0**32


def efficiency(set_ticks: float, latency: float, ahead: float = 0) -> float:
    """Eta = G/(G + max(0, c - a)): share of its time that a node hashes."""
    return set_ticks / (set_ticks + max(0, latency - ahead))


def parallel(p: float, rates: Sequence[float], eta: float = 1, propagation: float = 0) -> float:
    """Mean time of a block: 1/(p sum(eta r)) + delta, over the nodes that hash."""
    return 1 / (p * eta * sum(rates)) + propagation


def solo_one_record(p: float, rates: Sequence[float]) -> float:
    """Mean time where all scan one record from one nonce: 1/(p max r)."""
    return 1 / (p * max(rates))


def solo_own_records(p: float, rates: Sequence[float]) -> float:
    """Mean time where each node has a record of its own: 1/(p sum r), over *all* nodes."""
    return 1 / (p * sum(rates))


def least_set(rate: float, overhead: float, eta: float) -> float:
    """Nonces of a set from which on nodes hash for a share eta of their time: rc eta/(1-eta)."""
    if not 0 <= eta < 1:
        raise InputError("eta", eta, "0 or more, less than 1")
    return rate * overhead * eta / (1 - eta)


def break_even(rate: float, overhead: float, hashing: int) -> float:
    """Nonces of a set from which on so many hashing nodes are faster than one alone: rc/(n-1).

    Infinite for one: it is never faster than itself.
    """
    return rate * overhead / (hashing - 1) if hashing > 1 else float("inf")


def served(rates: Sequence[float], size: float) -> float:
    """Requests per second that an active manager gets; at sigma s each, at most 1/sigma."""
    return sum(rates) / size


def most_rate(size: float, service: float) -> float:
    """Hashes per second that one active manager serves at most: s/sigma."""
    return size / service


def messages(
    hashing: int, supports: int, work: float, size: float, *, ticks: float = 0, every: float = 1
) -> float:
    """Messages of a block of H hashes.

    2m + 2 per set, of which there are H/s and one per node that hashes; m heartbeats every h; a
    solution to all other nodes that hash, to m supports and to the active manager.
    """
    sets = work / size + hashing
    return sets * (2 * supports + 2) + supports * ticks / every + hashing - 1 + supports + 1


def manager_load(n: int, rate: float, share: float, message: float, size: float = 1) -> float:
    """About n^2 r phi tau/s: share of its time that an active manager handles messages."""
    return n * rate / size * (share * n + 2) * message


def fastest(work: float, rate: float, cost: float) -> float:
    """Nodes with which a block is fastest where each adds `cost` to it: sqrt(H/(r kappa))."""
    return float((work / (rate * cost)) ** 0.5)


def early_credit(set_ticks: float, latency: float) -> float:
    """Credit of a miner that asks every tick, in honest ones: (G+c)/(1+c)."""
    return (set_ticks + latency) / (1 + latency)
