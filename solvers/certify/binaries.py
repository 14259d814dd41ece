"""Binaries: the literals of pseudo-Boolean constraints, and how sums of them are written shortly.

An integer x of an ordered problem is ``l`` plus the sum of its binaries. So where many of them have
one coefficient c, ``c (x - l)`` says the same in one term, and what is left of the others.
"""

from __future__ import annotations

from collections import Counter
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
    """

    def __init__(
        self,
        columns: Sequence[int],
        low: Sequence[Step],
        high: Sequence[Step],
        sums: Mapping[int, Step],
    ) -> None:
        self.columns, self.low, self.high, self.sums = columns, low, high, sums
        self.of = {x: [k for k, by in row.terms if by < 0] for x, row in sums.items()}
        self._owner = {k: x for x, ks in self.of.items() for k in ks}
        # Bounds of binaries, by identity: whose they are, and 1 for lower ones, -1 for upper ones.
        self.owners = {id(low[k]): (x, 1) for k, x in self._owner.items()}
        self.owners |= {id(high[k]): (x, -1) for k, x in self._owner.items()}

    def literal(self, word: str) -> tuple[Step, int]:
        """Return what says that a literal, ``x3`` or ``~x3``, is not negative, and its sign."""
        if word.startswith("~x"):
            return self.high[self.columns[int(word[2:]) - 1]], -1
        return self.low[self.columns[int(word[1:]) - 1]], 1

    def rest(self, column: int, value: int) -> tuple[Step, int]:
        """Return what says that the literal of a term is not negative, and its sign."""
        return (self.low[column], 1) if value > 0 else (self.high[column], -1)

    def degree(self, terms: Iterable[tuple[int, int]], side: int) -> int:
        """Return what the literals must reach where ``terms >= side``."""
        return side - sum(v * (self.low if v > 0 else self.high)[k].side for k, v in terms)

    def folded(self, terms: Mapping[int, int]) -> dict[int, int]:
        """Return per integer the coefficient that it is worth to have in place of its binaries'."""
        counts: dict[int, Counter[int]] = {}
        for column, value in terms.items():
            owner = self._owner.get(column)
            if owner is not None and value:
                counts.setdefault(owner, Counter())[value] += 1
        best = {}
        for owner, count in counts.items():
            often, value = max((often, value) for value, often in count.items())
            if len(self.of[owner]) - often + 1 < count.total():
                best[owner] = value
        return best
