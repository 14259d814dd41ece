"""Rows: those of a problem and those that were derived, each as ``values @ x <= side``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Given, Step
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..task import Task


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
        self._width = columns
        self.steps: list[Step] = []
        self.signs: list[int] = []
        self.start = np.zeros(1, dtype=np.int64)
        self.columns = np.zeros(0, dtype=np.int64)
        self.values = np.zeros(0, dtype=np.int64)
        self.side = np.zeros(0, dtype=np.int64)

    def add(self, steps: list[Step]) -> None:
        """Append rows."""
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
        self.columns = _joined(self.columns, columns)
        self.values = _joined(self.values, values)
        self.side = _joined(self.side, sides)
        ends = self.start[-1] + np.cumsum(np.array(lengths, dtype=np.int64))
        self.start = np.concatenate([self.start, ends])
        self._index()

    def _index(self) -> None:
        self.size = np.abs(self.values)
        self.up = self.values > 0
        self.row = np.repeat(np.arange(len(self.side)), np.diff(self.start))
        order = np.argsort(self.columns, kind="stable")
        self._by_column = self.row[order]
        counts = np.bincount(self.columns, minlength=self._width)
        self._column_start = np.concatenate([[0], np.cumsum(counts)])

    def touching(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows that have one of the columns, in order."""
        found = spans(self._column_start, columns)
        rows: NDArray[np.int64] = np.unique(self._by_column[found])
        return rows


def _joined(known: NDArray[np.int64], new: list[int]) -> NDArray[np.int64]:
    return np.concatenate([known, np.array(new, dtype=np.int64)])


def spans(start: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entries of the chosen rows (or columns) of a CSR array."""
    first, count = start[chosen], start[chosen + 1] - start[chosen]
    ends = np.cumsum(count)
    if not len(ends):
        return np.zeros(0, dtype=np.int64)
    entries: NDArray[np.int64] = np.arange(ends[-1]) + np.repeat(first - ends + count, count)
    return entries


def given(task: Task) -> tuple[list[Step], list[Step], list[Step]]:
    """Return the steps that are a problem's lower bounds, upper bounds and rows."""
    count = len(task.lower)
    low = [Step(GE, v, ((k, 1),), Given(2 * k)) for k, v in enumerate(task.lower.tolist())]
    high = [Step(LE, v, ((k, 1),), Given(2 * k + 1)) for k, v in enumerate(task.upper.tolist())]
    ends, columns, data = task.indptr.tolist(), task.indices.tolist(), task.data.tolist()
    rows = []
    sides = zip(task.relation.tolist(), task.rhs.tolist(), strict=True)
    for k, (sense, side) in enumerate(sides):
        row = slice(ends[k], ends[k + 1])
        terms = tuple(term for term in zip(columns[row], data[row], strict=True) if term[1])
        rows.append(Step(sense, side, terms, Given(2 * count + k)))
    return low, high, rows
