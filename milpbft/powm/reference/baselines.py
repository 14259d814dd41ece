"""Baselines: the model of Hazari and Mahmoud, and mining alone, in simulated time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.powm.reference.puzzle import Drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.powm.reference.engine import Crash, Engine, Epoch


def first_golden(chance: float, seed: str | int) -> int:
    """Return the first nonce that solves a record."""
    puzzle, width = Drawn(chance, seed), 1
    while not puzzle.golden(width):
        width *= 2
    return puzzle.golden(width)[0]


def solo_one_record(rates: Sequence[int], chance: float, seed: str | int) -> int:
    """Return ticks where all scan one record from nonce 0: those of the fastest (Fig. 1)."""
    return -(-(first_golden(chance, seed) + 1) // max(rates))


def solo_own_records(rates: Sequence[int], chance: float, seed: str | int) -> int:
    """Return ticks where each node has its own record, as in Bitcoin: those of the first."""
    return min(
        -(-(first_golden(chance, f"{seed}/{node}") + 1) // rate)
        for node, rate in enumerate(rates)
        if rate
    )


def hazari_mahmoud(engine: Engine, seed: str | int, crash: Crash | None = None) -> Epoch:
    """Mine a block with one manager; all mine alone after it fails.

    Whoever solved the last block manages and does not hash, so leave it out of the engine's rates.
    """
    rules = replace(engine.rules, supports=0, support_rate=0, collapse="solo")
    return type(engine)(engine.rates, rules, engine.chance).block(seed, crash=crash)
