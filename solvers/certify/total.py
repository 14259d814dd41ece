"""Total: a sum of multiples of steps, what it says in binaries, and what rounding makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    from milpbft.milp.certificate.steps import Reason, Terms

    from .binaries import Binaries

_LARGEST = 2**40
"""Coefficients of clauses that are not saturated stay below."""


class Total:
    """A sum of multiples of steps, each ``>=`` or ``<=`` with a negative multiple or an equation.

    Parameters
    ----------
    binaries
        Of the problem; integers that have binaries are replaced by them.

    Attributes
    ----------
    terms, side
        What it says: ``terms >= side``, per binary, zeros among them.
    """

    def __init__(self, binaries: Binaries) -> None:
        self._binaries = binaries
        self._parts: dict[Step, int] = {}
        # Of a clause, coefficients may be too large until something else than a clause is added.
        self._loose = False
        self.terms: dict[int, int] = {}
        self.side = 0

    @property
    def pairs(self) -> Terms:
        """Binaries and their coefficients, none of which is zero."""
        return tuple((column, value) for column, value in self.terms.items() if value)

    @property
    def degree(self) -> int:
        """What the literals must reach."""
        return self._binaries.degree(self.pairs, self.side)

    def add(self, step: Step, by: int) -> None:
        """Add a multiple of a step."""
        if self._loose:
            self._settle()
        self._add(step, by)

    def _add(self, step: Step, by: int) -> None:
        terms, sums, parts = self.terms, self._binaries.sums, self._parts
        parts[step] = parts.get(step, 0) + by
        self.side += by * step.side
        for column, value in step.terms:
            if column in sums:
                size = by * value
                self._count(sums[column], -size)
                self.side -= size * sums[column].side
                for binary in self._binaries.of[column]:
                    terms[binary] = terms.get(binary, 0) + size
            else:
                terms[column] = terms.get(column, 0) + by * value

    def add_literal(self, column: int, value: int, times: int) -> None:
        """Add that the literal of a term is not negative."""
        if self._loose:
            self._settle()
        step, sign = self._binaries.rest(column, value)
        size = sign * times
        self._parts[step] = self._parts.get(step, 0) + size
        self.side += size * step.side
        self.terms[column] = self.terms.get(column, 0) + size

    def join(self, other: Total) -> None:
        """Add another sum."""
        self._settle()
        other._settle()
        terms = self.terms
        for column, value in other.terms.items():
            terms[column] = terms.get(column, 0) + value
        for step, by in other._parts.items():
            self._count(step, by)
        self.side += other.side

    def scale(self, by: int) -> None:
        """Take a multiple."""
        self._settle()
        self.terms = {column: by * value for column, value in self.terms.items()}
        self._parts = {step: by * had for step, had in self._parts.items()}
        self.side *= by

    def _count(self, step: Step, by: int) -> None:
        self._parts[step] = self._parts.get(step, 0) + by

    def step(self) -> tuple[Step, int]:
        """Return it as a step and 1, or what alone it is made of, and -1 if that is a ``<=``."""
        self._settle()
        step = self._written(1)
        match step.reason:
            case Combined([(only, 1 | -1 as by)]) if only.sense:
                return only, by
        return step, 1

    def absurdity(self) -> Step:
        """Return the step that it is where its terms are all zero."""
        return Step(GE, self.side, (), self._reason(1, rounded=False))

    def divided(self, by: int) -> Step:
        """Divide it, which uses it up; coefficients and degree are rounded up."""
        self._settle()
        for column, value in self.pairs:
            if lacking := -abs(value) % by:
                self.add_literal(column, value, lacking)
        return self._written(by, rounded=True)

    def saturate(self) -> None:
        """Have coefficients at most the degree, where that is positive."""
        self._settle()
        terms, degree = self.pairs, self.degree
        largest = max((abs(value) for _, value in terms), default=0)
        if largest <= degree or degree < 1:
            return
        if degree == 1:
            self._loose = largest < _LARGEST
        if self._loose:
            return
        if largest * (degree - 1) < degree * degree:
            self.scale(degree)
            self._become(self.divided(largest))
        else:
            self._become(self._split(terms, degree, largest - degree))

    def resolve(self, step: Step, by: int) -> bool:
        """Add a clause to a clause, which is saturated next; False where they are no such two.

        The clauses ``a + c`` and ``~a + d`` give ``c + d``; ``k a + C`` with k times the second
        gives ``C + k d`` with the degree 1, so that many in turn take a single rounding.
        """
        if not self._loose:
            return False
        terms = [(column, by * value) for column, value in step.terms]
        if any(abs(value) > 1 or column in self._binaries.sums for column, value in terms):
            return False
        if self._binaries.degree(terms, by * step.side) != 1:
            return False
        pivots = [self.terms.get(k, 0) for k, value in terms if self.terms.get(k, 0) * value < 0]
        if len(pivots) != 1:
            return False
        self._add(step, by * abs(pivots[0]))
        self._loose = False
        return True

    def _settle(self) -> None:
        """Saturate a clause whose coefficients are too large."""
        if self._loose:
            self._loose = False
            self._become(self.divided(max(abs(value) for value in self.terms.values())))

    def _become(self, step: Step) -> None:
        self._parts, self.terms, self.side = {}, {}, 0
        self._add(step, 1)

    def _split(self, terms: Terms, degree: int, most: int) -> Step:
        """Saturate on both sides of a split: whether a literal with too large a coefficient holds.

        Where one is, it alone reaches the degree; where none is, their coefficients do not matter.
        """
        big = tuple((k, 1 if v > 0 else -1) for k, v in terms if abs(v) > degree)
        none = -self._binaries.degree(big, 0)
        low, high = Step(LE, none, big, Assumed()), Step(GE, none + 1, big, Assumed())
        one = Total(self._binaries)
        one.add(high, degree)
        self.add(low, -most)
        for column, value in terms:
            above = abs(value) - degree
            if above <= 0:
                one.add_literal(column, value, abs(value))
            elif above < most:
                self.add_literal(column, value, most - above)
        first, second = one._written(1), self._written(1)
        self._binaries.written += len(first.terms) + 2 * len(big)
        return Step(GE, first.side, first.terms, Split(first, high, second, low))

    def _written(self, by: int, *, rounded: bool = False) -> Step:
        """Divide it by a number of which its coefficients are multiples, and write it shortly."""
        terms = {column: value // by for column, value in self.terms.items() if value}
        side = -(-self.side // by)
        for column, size in self._binaries.folded(terms).items():
            row = self._binaries.sums[column]
            self._count(row, size * by)
            side += size * row.side
            terms[column] = size
            for binary in self._binaries.of[column]:
                terms[binary] = terms.get(binary, 0) - size
        pairs = tuple((column, value) for column, value in terms.items() if value)
        self._binaries.written += len(pairs) + len(self._parts)
        return Step(GE, side, pairs, self._reason(by, rounded=rounded))

    def _reason(self, by: int, *, rounded: bool) -> Reason:
        """Return why it holds; bounds of all binaries of an integer are one of its bounds."""
        known, bounds = self._binaries, dict[tuple[int, int], list[tuple[Step, int]]]()
        for step, times in self._parts.items():
            if times and step in known.owners:
                bounds.setdefault(known.owners[step], []).append((step, times))
        for (column, sign), parts in bounds.items():
            if len(parts) == len(known.of[column]):
                least = sign * min(sign * times for _, times in parts)
                for step, _ in parts:
                    self._count(step, -least)
                self._count((known.low if sign > 0 else known.high)[column], least)
                self._count(known.sums[column], -least)
        return Combined([part for part in self._parts.items() if part[1]], by, rounded=rounded)
