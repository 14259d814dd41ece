"""Puzzles in simulated time: when the nonces that have been hashed solve a block."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, log, log1p
from random import Random
from typing import TYPE_CHECKING, Protocol

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Puzzle(Protocol):
    """When a block is solved."""

    def solves(self, hashed: Iterable[range]) -> bool:
        """Note the nonces that are hashed at a tick; say whether one of them solves the block."""
        ...


@dataclass
class Counted:
    """The `goal`-th distinct nonce that is hashed solves the block."""

    goal: int
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.goal < 1:
            raise InputError("goal", self.goal, "1 or more")

    def solves(self, hashed: Iterable[range]) -> bool:
        """Count nonces that are new."""
        for nonces in hashed:
            self.seen.update(nonces)
        return len(self.seen) >= self.goal


class Drawn:
    """Golden nonces lie at geometric gaps from `first` on, the same for all who ask.

    Parameters
    ----------
    chance
        p, that a nonce is golden; more than 0, at most 1.
    seed
        Of the record: two owners of a nonce see the same.
    first
        The first nonce.
    """

    def __init__(self, chance: float, seed: str | int = 0, first: int = 0) -> None:
        if not 0 < chance <= 1:
            raise InputError("chance", chance, "more than 0, at most 1")
        self.chance = chance
        self._random = Random(f"{seed}:{first}")
        self._golden: list[int] = []
        self._next = first - 1

    def golden(self, upto: int) -> list[int]:
        """Return the golden nonces below `upto`."""
        while self._next < upto:
            self._next += gap(self._random.random(), self.chance)
            self._golden.append(self._next)
        return [nonce for nonce in self._golden if nonce < upto]

    def solves(self, hashed: Iterable[range]) -> bool:
        """Say whether one of the nonces is golden."""
        return any(nonce in nonces for nonces in hashed for nonce in self.golden(nonces.stop))


def gap(uniform: float, chance: float) -> int:
    """Return a geometric number, 1 or more, of a uniform one from 0 to 1."""
    if chance == 1:
        return 1
    return max(1, ceil(log1p(-uniform) / log1p(-chance)))


def mean_goal(chance: float) -> int:
    """X = 1/p, rounded up: the mean number of hashes of a block."""
    return ceil(1 / chance)


def quantile_goal(q: float, chance: float) -> int:
    """``X_q = ceil(ln(1-q) / ln(1-p))``: so many hashes suffice with probability q."""
    if not 0 < q < 1:
        raise InputError("q", q, "more than 0, less than 1")
    return ceil(log(1 - q) / log1p(-chance)) if chance < 1 else 1
