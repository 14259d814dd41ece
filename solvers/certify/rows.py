"""Rows: those of a problem and those that were derived, each as ``values @ x <= side``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Given, Step
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem

Ints = "NDArray[np.int64]"


class Rows:
    """Rows for propagation; an equation stands there twice.

    Attributes
    ----------
    start, columns, values
        CSR arrays, int64; no row is empty.
    side
        Right-hand sides.
    steps, signs
        Per row: the step that it is, and -1 where that was a ``>=``.
    """

    def __init__(self, columns: int) -> None:
        self.width = columns
        self.steps: list[Step] = []
        self.signs: list[int] = []
        self._pending: list[tuple[Step, int]] = []
        self.start = np.zeros(1, dtype=np.int64)
        self.columns = np.zeros(0, dtype=np.int64)
        self.values = np.zeros(0, dtype=np.int64)
        self.side = np.zeros(0, dtype=np.int64)

    def add(self, steps: list[Step]) -> range:
        """Append rows; return their numbers."""
        first = len(self.steps)
        columns, values, lengths, sides = [], [], [], []
        for step in steps:
            for sign in (1, -1):
                if step.sense in (-sign, EQ) and step.terms:
                    self.steps.append(step)
                    self.signs.append(sign)
                    columns += [column for column, _ in step.terms]
                    values += [sign * value for _, value in step.terms]
                    lengths.append(len(step.terms))
                    sides.append(sign * step.side)
        self.columns = np.concatenate([self.columns, np.array(columns, dtype=np.int64)])
        self.values = np.concatenate([self.values, np.array(values, dtype=np.int64)])
        self.side = np.concatenate([self.side, np.array(sides, dtype=np.int64)])
        ends = self.start[-1] + np.cumsum(np.array(lengths, dtype=np.int64))
        self.start = np.concatenate([self.start, ends])
        self._index()
        return range(first, len(self.steps))

    def _index(self) -> None:
        self.size = np.abs(self.values)
        self.up = self.values > 0
        self.row = np.repeat(np.arange(len(self.side)), np.diff(self.start))
        order = np.argsort(self.columns, kind="stable")
        self._by_column = self.row[order]
        counts = np.bincount(self.columns, minlength=self.width)
        self._column_start = np.concatenate([[0], np.cumsum(counts)])

    def touching(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows that have one of the columns, in order."""
        found = spans(self._column_start, columns)
        return np.unique(self._by_column[found])


def spans(start: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entries of the chosen rows (or columns) of a CSR array."""
    first, count = start[chosen], start[chosen + 1] - start[chosen]
    ends = np.cumsum(count)
    if not len(ends):
        return np.zeros(0, dtype=np.int64)
    return np.arange(ends[-1]) + np.repeat(first - ends + count, count)


def given(problem: Problem) -> tuple[list[Step], list[Step], list[Step]]:
    """Steps of the lower bounds, the upper bounds and the rows of a problem."""
    count = len(problem.lower)
    low = [
        Step(GE, value, ((k, 1),), Given(2 * k)) for k, value in enumerate(problem.lower.tolist())
    ]
    high = [
        Step(LE, value, ((k, 1),), Given(2 * k + 1))
        for k, value in enumerate(problem.upper.tolist())
    ]
    ends, columns = problem.matrix.indptr.tolist(), problem.matrix.indices.tolist()
    data = problem.matrix.data.tolist()
    sides = zip(problem.relation.tolist(), problem.rhs.tolist(), strict=True)
    rows = [
        Step(
            sense,
            side,
            tuple(zip(columns[ends[k] : ends[k + 1]], data[ends[k] : ends[k + 1]], strict=True)),
            Given(2 * count + k),
        )
        for k, (sense, side) in enumerate(sides)
    ]
    return low, high, rows
