"""Cuts: mixed-integer rounding, each cut with its derivation.

A row of the optimal tableau is a sum of rows with multipliers that are multiples of 1/D. Every
column is measured from the bound at which it is, and every row from its side: so the row reads
``sum C_k t_k = B`` with integers t_k >= 0. With ``r_k = C_k mod D`` and ``r = B mod D``, mixed-
integer rounding gives (Gomory 1960; Nemhauser and Wolsey 1990)::

    sum ((C_k // D) (D - r) + max(0, r_k - r)) t_k <= (B // D) (D - r)

It follows on both sides of the split ``sum p_k t_k <= B // D`` or ``>= B // D + 1``, where p_k is
C_k / D, rounded up where ``r_k > r``, else down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step, Terms
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .box import Box
    from .multipliers import System

_DIVISORS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24, 28, 30, 36, 42, 48, 60, 84,
             120, 168, 210, 420, 840, 2520)  # fmt: skip
_NEAR = 1e-5
_LARGEST = 2**40
_SHALLOW = 1e-4
# The two sides of a cut's own split, which the cut does not rest on.
_SPLIT_BIT = 1 << 62


def tableau_cut(
    system: System, box: Box, duals: NDArray[np.float64], point: NDArray[np.float64]
) -> tuple[float, Step] | None:
    """Derive the cut of a row of the tableau.

    Parameters
    ----------
    system
        The rows of the relaxation.
    box
        Bounds; those that rest on branches may not be used, so it is called at the root.
    duals
        The row of the basis's inverse.
    point
        The relaxation's optimum.

    Returns
    -------
    tuple
        By how far the point is cut off, and the cut; None where it is not.
    """
    for divisor in _DIVISORS:
        scaled = duals * divisor
        if np.abs(scaled - np.rint(scaled)).max() < _NEAR:
            factors = np.rint(scaled).astype(np.int64)
            found = rounded_cut(system, box, factors, divisor, point)
            if found is not None:
                return found
    return None


def rounded_cut(
    system: System,
    box: Box,
    factors: NDArray[np.int64],
    divisor: int,
    point: NDArray[np.float64],
) -> tuple[float, Step] | None:
    """Round the sum of ``factors / divisor`` times the rows, as :func:`tableau_cut`."""
    return _Rounding(system, box, factors % divisor, divisor, point).cut(point)


class _Rounding:
    """A sum of rows in integers t_k, and what rounding makes of it.

    Rows have integer coefficients: only the fractional part of a multiplier matters.
    """

    def __init__(
        self,
        system: System,
        box: Box,
        factors: NDArray[np.int64],
        divisor: int,
        point: NDArray[np.float64],
    ) -> None:
        self._system, self._box, self._divisor = system, box, divisor
        self._rows = np.flatnonzero(factors)
        self._factors = factors[self._rows]
        self._senses = system.relation[self._rows].astype(np.int64)
        self._sums = np.asarray(system.transposed[:, self._rows] @ self._factors).ravel()
        # What is a multiple of the divisor is rounded without loss, and needs no bound.
        self._columns = np.flatnonzero(self._sums % divisor)
        self._whole = np.flatnonzero((self._sums % divisor == 0) & (self._sums != 0))
        low, high = box.lower[self._columns], box.upper[self._columns]
        at = point[self._columns]
        below = at - low <= high - at
        # t = x - low, or t = high - x.
        self._signs, self._origin = np.where(below, 1, -1), np.where(below, low, high)
        self._slack = self._senses != EQ
        self._coefficients = np.concatenate(
            [self._sums[self._columns] * self._signs, (-self._factors * self._senses)[self._slack]]
        )
        side = int(self._factors @ system.side[self._rows])
        self._side = side - int(self._sums[self._columns] @ self._origin)

    def cut(self, point: NDArray[np.float64]) -> tuple[float, Step] | None:
        """Return by how far the cut cuts off the point, and the cut; None where it does not."""
        by = self._divisor
        r = self._side % by
        if r == 0:
            return None
        rest = self._coefficients % by
        rises = rest > r
        floor, side = self._coefficients // by, self._side // by
        values = floor * (by - r) + np.where(rises, rest - r, 0)
        terms, bound = self._unfold(values, by - r, side * (by - r))
        size = np.abs(terms).max(initial=0)
        if not 0 < size < _LARGEST:
            return None
        violation = float(terms @ point - bound) / float(np.linalg.norm(terms))
        if violation < _SHALLOW:
            return None
        split = self._unfold(floor + rises, 1, side)
        return violation, self._derive(terms, bound, split, rest, r)

    def _unfold(
        self, values: NDArray[np.int64], scale: int, side: int
    ) -> tuple[NDArray[np.int64], int]:
        """Write ``values @ t + scale * (what needs no bound) <= side`` in the problem's columns."""
        of_columns, of_rows = np.split(values, [len(self._columns)])
        rows = self._rows[self._slack]
        # The slack of a row is side - row for <=, row - side for >=.
        weights = of_rows * self._senses[self._slack]
        terms = np.asarray(self._system.transposed[:, rows] @ weights).ravel()
        terms[self._columns] += of_columns * self._signs
        terms[self._whole] += self._sums[self._whole] // self._divisor * scale
        side += int((of_columns * self._signs) @ self._origin)
        return terms, side + int(weights @ self._system.side[rows])

    def _derive(
        self,
        terms: NDArray[np.int64],
        bound: int,
        split: tuple[NDArray[np.int64], int],
        rest: NDArray[np.int64],
        r: int,
    ) -> Step:
        low = Step(LE, split[1], _terms(split[0]), Assumed(), _SPLIT_BIT)
        high = Step(GE, split[1] + 1, low.terms, Assumed(), _SPLIT_BIT)
        first, second, mask = [(low, self._divisor - r)], [(high, -r)], 0
        for (atom, sign), value in zip(self._atoms(), rest.tolist(), strict=True):
            mask |= atom.mask
            if value > r:
                first.append((atom, sign * (self._divisor - value)))
            elif value:
                second.append((atom, sign * value))
        for k in np.flatnonzero(~self._slack).tolist():
            equation = self._system.steps[int(self._rows[k])]
            mask |= equation.mask
            second.append((equation, int(self._factors[k])))
        common = int(np.gcd.reduce(terms))
        shape = LE, bound // common, _terms(terms // common)
        one = Step(*shape, Combined(first, common, rounded=True), mask | _SPLIT_BIT)
        two = Step(*shape, Combined(second, common, rounded=True), mask | _SPLIT_BIT)
        return Step(*shape, Split(one, low, two, high), mask)

    def _atoms(self) -> Iterator[tuple[Step, int]]:
        """Yield per t_k the step that says that it is not negative, and -1 for a ``>=``."""
        box = self._box
        for column, sign in zip(self._columns.tolist(), self._signs.tolist(), strict=True):
            yield (box.low[column][-1], -1) if sign > 0 else (box.high[column][-1], 1)
        for row, sense in zip(self._rows.tolist(), self._senses.tolist(), strict=True):
            if sense != EQ:
                yield self._system.steps[row], -sense


def _terms(values: NDArray[np.int64]) -> Terms:
    columns = np.flatnonzero(values)
    return tuple(zip(columns.tolist(), values[columns].tolist(), strict=True))
