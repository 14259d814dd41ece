"""Terms: series of expressions over ticks, and the rows that tie them to each other."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.program import Program
from milpbft.automaton.pernode.rows import ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.milp.problem import Sense

Series = list[Affine]
"""An expression per tick, 0 to T; a cumulative one is 1 from when something happens on."""


class Terms(Program):
    """Variables and rows of a problem over ticks.

    Parameters
    ----------
    name, sense
        Of the problem.
    horizon
        Last tick, T.
    forgetful
        Whether nodes forget, so that what they know is no cumulative series.
    """

    def __init__(self, name: str, sense: Sense, horizon: int, *, forgetful: bool = False) -> None:
        super().__init__(name, sense)
        self.horizon = horizon
        self.forgetful = forgetful

    def binaries(self, name: str, count: int) -> list[Affine]:
        """Add binary variables."""
        block = self.integers(name, count)
        return [block[k] for k in range(count)]

    def series(self, name: str) -> Series:
        """Add a binary variable per tick, never falling: ``x[t-1] <= x[t]``."""
        found = self.binaries(name, self.horizon + 1)
        for before, now in pairwise(found):
            self.rows.at_most("past", before, now)
        return found

    def known(self, name: str) -> Series:
        """Add a binary variable per tick for what a node knows, which falls where it forgets."""
        return self.binaries(name, self.horizon + 1) if self.forgetful else self.series(name)

    def any_of(self, name: str, terms: Sequence[Series]) -> Series:
        """Return what is 1 where one of several series is: ``x >= s`` for each, ``x <= sum s``."""
        if not terms:
            return [ZERO] * (self.horizon + 1)
        if len(terms) == 1:
            return terms[0]
        found = self.known(name)
        for tick, one in enumerate(found):
            for term in terms:
                self.rows.at_most("any", term[tick], one)
            self.rows.at_most("any", one, Affine.total(term[tick] for term in terms))
        return found

    def equal(self, family: str, left: Series, right: Series, unless: Affine = ZERO) -> None:
        """Tie two series of zeros and ones: ``|left - right| <= unless``."""
        for one, other in zip(left, right, strict=True):
            self.rows.at_most(family, one - unless, other)
            self.rows.at_most(family, other - unless, one)

    def both(self, name: str, one: Affine, other: Affine) -> Affine:
        """Return the product of two zeros and ones."""
        found = self.binary(name)
        self.rows.at_most("both", found, one)
        self.rows.at_most("both", found, other)
        self.rows.at_most("both", one + other, found + 1)
        return found
