"""Binaries: the literals of pseudo-Boolean constraints, and how sums of them are written shortly.

An integer x of an ordered problem is ``l`` plus the sum of its binaries. So where many of them have
one coefficient c, ``c (x - l)`` says the same in one term, and what is left of the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milpbft.milp.certificate.steps import Step


class Binaries:
    """The binaries of an ordered problem.

    Parameters
    ----------
    columns
        Columns of width one, in the order in which logs count them from 1.
    low, high
        Per column: the steps that it is at least its lower bound, and at most its upper one.
    sums
        Per integer that has binaries: the row ``x - sum of its binaries = l``.

    Attributes
    ----------
    written
        Terms and multiples of the steps that were written of them so far.
    """

    def __init__(
        self,
        columns: Sequence[int],
        low: Sequence[Step],
        high: Sequence[Step],
        sums: Mapping[int, Step],
    ) -> None:
        self.columns, self.low, self.high, self.sums = columns, low, high, sums
        self.written = 0
        self.of = {x: [k for k, by in row.terms if by < 0] for x, row in sums.items()}
        self._owner = {k: x for x, ks in self.of.items() for k in ks}
        # Bounds of binaries: whose they are, and 1 for lower ones, -1 for upper ones.
        self.owners = {low[k]: (x, 1) for k, x in self._owner.items()}
        self.owners |= {high[k]: (x, -1) for k, x in self._owner.items()}
        self._literals: dict[str, tuple[Step, int]] = {}

    def literal(self, word: str) -> tuple[Step, int]:
        """Return what says that a literal, ``x3`` or ``~x3``, is not negative, and its sign."""
        if word not in self._literals:
            column = self.columns[int(word.removeprefix("~")[1:]) - 1]
            found = (self.high[column], -1) if word[0] == "~" else (self.low[column], 1)
            self._literals[word] = found
        return self._literals[word]

    def rest(self, column: int, value: int) -> tuple[Step, int]:
        """Return what says that the literal of a term is not negative, and its sign."""
        return (self.low[column], 1) if value > 0 else (self.high[column], -1)

    def degree(self, terms: Iterable[tuple[int, int]], side: int) -> int:
        """Return what the literals must reach where ``terms >= side``."""
        return side - sum(v * (self.low if v > 0 else self.high)[k].side for k, v in terms)

    def folded(self, terms: Mapping[int, int]) -> dict[int, int]:
        """Return per integer the coefficient that it is worth to have in place of its binaries'."""
        found, owners = defaultdict[int, list[int]](list), self._owner
        for column, value in terms.items():
            if value and column in owners:
                found[owners[column]].append(value)
        best = {}
        for owner, values in found.items():
            most = len(self.of[owner]) + 1
            if most < 2 * len(values):  # else even one value for all of them saves nothing
                often, value = max((often, value) for value, often in Counter(values).items())
                if most - often < len(values):
                    best[owner] = value
        return best
