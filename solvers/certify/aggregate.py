"""Aggregate: sums of rows along shared columns, whose rounding cuts off a point.

A row by itself is seldom worth rounding: a count stands in it, and what bounds the count is another
row. So rows are added up along a path, each of which cancels a column that lies between its bounds.
A column that is bounded by a binary, ``x <= U g``, is replaced by that bound where it is the
closest one. Then the sum is divided by a coefficient of a binary, and rounded (Marchand and Wolsey,
"Aggregation and mixed integer rounding to solve MIPs", 2001). So it is seen that a guard g is not
half true for one node after the other: ``q g <= sum of x`` and ``x <= U h`` for each x give
``g <= sum of h``. All of it is a sum of rows: :mod:`solvers.certify.cuts` derives what it gives.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.problem import EQ

from .cuts import rounded_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Step

    from .box import Box
    from .multipliers import System

_LONGEST = 6  # rows of a path beside the first, bounds by binaries not counted
_LARGEST = 2**30  # coefficient
_CLOSE = 1e-6
_SHALLOW = 1e-3
_DIVISORS = 8  # that are tried per sum
Aggregate = tuple[dict[int, int], dict[int, int]]
"""Rows with their factors, and what they add up to: columns with their coefficients."""


class Aggregation:
    """What sums of rows cut off a point.

    Parameters
    ----------
    system
        The rows.
    box
        Bounds; those that rest on branches may not be used, so it is made at the root.
    point
        The relaxation's optimum.
    """

    def __init__(self, system: System, box: Box, point: NDArray[np.float64]) -> None:
        self._system, self._box, self._point = system, box, point
        matrix = system.matrix
        self._start, self._columns = matrix.indptr.tolist(), matrix.indices.tolist()
        self._values, self._sense = matrix.data.tolist(), system.relation.tolist()
        self._slack = np.abs(matrix @ point - system.side)
        low, high = point - box.lower, box.upper - point
        self._below, self._near = low <= high, np.minimum(low, high)
        self._origin = np.where(self._below, box.lower, box.upper)
        self._binary = box.upper - box.lower == 1
        self._between = self._near > _CLOSE
        self._bounds = self._bounds_by_binaries()
        self._links = self._rows_by_column()

    def _bounds_by_binaries(self) -> tuple[dict[int, int], dict[int, int]]:
        """Return by column the closest row ``x <= U g + c``, and the closest ``x >= L g + c``."""
        found: tuple[dict[int, int], dict[int, int]] = {}, {}
        lengths = np.diff(self._system.matrix.indptr)
        for row in np.flatnonzero(lengths == 2).tolist():
            first = self._start[row]
            for here, other in ((first, first + 1), (first + 1, first)):
                column, value = self._columns[here], self._values[here]
                if abs(value) != 1 or not self._binary[self._columns[other]]:
                    continue
                for known, sign in zip(found, (-1, 1), strict=True):
                    nearest = known.get(column, row)
                    closer = nearest == row or self._slack[row] < self._slack[nearest]
                    if closer and self._sense[row] in (EQ, sign * value):
                        known[column] = row
        return found

    def _rows_by_column(self) -> list[list[int]]:
        """Return per column between its bounds the rows that may cancel it, which have no slack."""
        links: list[list[int]] = [[] for _ in self._point]
        for row in np.flatnonzero(self._slack < _CLOSE).tolist():
            span = slice(self._start[row], self._start[row + 1])
            if span.stop - span.start > 2:
                for column in self._columns[span]:
                    if self._between[column]:
                        links[column].append(row)
        return links

    def cuts(self) -> Iterator[tuple[float, Step]]:
        """Yield by how far cuts cut off the point, and the cuts."""
        for row in range(len(self._sense)):
            for sign in (1, -1):
                if (found := self._along(row, sign)) is not None:
                    yield found

    def _along(self, row: int, sign: int) -> tuple[float, Step] | None:
        """Return the first cut along a path that begins in a row."""
        total: Aggregate = {}, {}
        self._add(total, row, sign)
        for _ in range(_LONGEST):
            found = self._rounded(total)
            if found is not None:
                return found
            chosen = self._next(total)
            if chosen is None:
                return None
            total = self._cancelled(total, *chosen)
            if max(map(abs, total[1].values()), default=0) > _LARGEST:
                return None
        return self._rounded(total)

    def _add(self, total: Aggregate, row: int, by: int) -> None:
        """Add a multiple of a row that is not yet in a sum."""
        factors, terms = total
        factors[row] = by
        for k in range(self._start[row], self._start[row + 1]):
            column = self._columns[k]
            value = terms.get(column, 0) + by * self._values[k]
            if value:
                terms[column] = value
            else:
                terms.pop(column, None)

    def _value(self, row: int, column: int) -> int:
        """Return the coefficient of a column in a row."""
        first, end = self._start[row], self._start[row + 1]
        return int(self._values[self._columns.index(column, first, end)])

    def _cancelled(self, total: Aggregate, column: int, row: int) -> Aggregate:
        """Add that multiple of a row which cancels a column, to a multiple of a sum."""
        factors, terms = total
        value = self._value(row, column)
        common = gcd(value, terms[column])
        times, by = abs(value) // common, -terms[column] // common * (1 if value > 0 else -1)
        more = {k: times * v for k, v in factors.items()}, {k: times * v for k, v in terms.items()}
        self._add(more, row, by)
        return more

    def _next(self, total: Aggregate) -> tuple[int, int] | None:
        """Return the column that is furthest from all its bounds, and a row that cancels it."""
        factors, terms = total
        best, chosen = _CLOSE, None
        for column in terms:
            if self._binary[column] or self._near[column] <= best:
                continue
            slacks = [self._slack[known[column]] for known in self._bounds if column in known]
            away = min([self._near[column], *slacks])
            if away > best:
                free = [row for row in self._links[column] if row not in factors]
                if free:
                    best = away
                    chosen = column, min(free, key=lambda k: self._start[k + 1] - self._start[k])
        return chosen

    def _rounded(self, total: Aggregate) -> tuple[float, Step] | None:
        """Replace columns by their closest bounds, and round as cuts off the most."""
        factors, terms = self._replaced(total)
        if not terms:
            return None
        columns, values = _arrays(terms)
        rows, by = _arrays(factors)
        sizes = np.unique(np.abs(values[self._between[columns] & self._binary[columns]]))
        divisors = np.unique(np.concatenate([sizes, sizes // 2, 2 * sizes]))
        divisors = divisors[divisors > 1][-_DIVISORS:]
        chosen = self._best((columns, values), (rows, by), divisors) if len(divisors) else 0
        if not chosen:
            return None
        whole = np.zeros(len(self._sense), dtype=np.int64)
        whole[rows] = by
        return rounded_cut(self._system, self._box, whole, chosen, self._point)

    def _replaced(self, total: Aggregate) -> Aggregate:
        """Replace columns by their bounds by binaries, where these are the closest ones."""
        factors, terms = more = dict(total[0]), dict(total[1])
        for column, value in total[1].items():
            rows = [known[column] for known in self._bounds if column in known]
            row = min((k for k in rows if k not in factors), key=self._slack.item, default=None)
            if row is not None and self._slack[row] < self._near[column] - 1e-9:
                self._add(more, row, -value * self._value(row, column))
        return factors, terms

    def _best(
        self,
        columns: tuple[NDArray[np.int64], NDArray[np.int64]],
        rows: tuple[NDArray[np.int64], NDArray[np.int64]],
        divisors: NDArray[np.int64],
    ) -> int:
        """Return the divisor whose rounding cuts off the most; 0 where none cuts off enough."""
        (column, value), (row, by) = columns, rows
        side = int(by @ self._system.side[row]) - int(value @ self._origin[column])
        sense = self._system.relation[row].astype(np.int64)
        loose = sense != EQ
        signed = np.where(self._below[column], value, -value)
        coefficients = np.concatenate([signed, (-by * sense)[loose]])
        at = np.concatenate([self._near[column], self._slack[row[loose]]])
        d = divisors[:, None]
        r, rest = side % d, coefficients % d
        cut = (coefficients // d) * (d - r) + np.maximum(0, rest - r)
        over = cut @ at - ((side // d) * (d - r))[:, 0]
        norm = np.linalg.norm(cut, axis=1)
        depth = np.where(r[:, 0] > 0, over / np.maximum(norm, 1e-9), 0)
        best = int(np.argmax(depth))
        return int(divisors[best]) if depth[best] > _SHALLOW else 0


def _arrays(pairs: dict[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys = np.fromiter(pairs, dtype=np.int64, count=len(pairs))
    return keys, np.fromiter(pairs.values(), dtype=np.int64, count=len(pairs))
