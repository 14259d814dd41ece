"""Ordered: a problem whose wide integers are also sums of binaries, one per value.

Some proofs speak of ``x >= v`` for a value v, which no linear constraint of x alone is. So each
integer x with bounds l and u that lie more than one apart is given u - l binaries, of which the
k-th stands for ``x >= l + k`` (order encoding; Tamura, Taga, Kitagawa and Banbara 2009)::

    x - sum of its binaries = l,    each of its binaries but the last >= the next

Every point of the problem has exactly one such extension, and the objective is untouched: so both
problems have the same optimum, or no point both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from milpbft.milp.block import Block
from milpbft.milp.problem import EQ, GE, Family, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 200_000
"""Binaries that are worth writing: with more, proofs are too long."""


def wide(lower: NDArray[np.int64], upper: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the columns whose bounds lie more than one apart."""
    return np.flatnonzero(upper - lower > 1)


def binaries(problem: Problem) -> int:
    """Count the binaries that :func:`ordered` adds."""
    widths = problem.upper - problem.lower
    return int(widths[widths > 1].sum())


def ordered(problem: Problem) -> Problem:
    """Return the problem with binaries for its wide integers; itself where it has none.

    Binaries follow the problem's columns, those of one integer side by side, the integers in
    order. Rows follow its rows: per integer the sum, and then the order of its binaries.
    """
    columns = wide(problem.lower, problem.upper)
    if not len(columns):
        return problem
    count, rows, total = len(problem.lower), len(problem.rhs), binaries(problem)
    widths = (problem.upper - problem.lower)[columns]
    matrix = problem.matrix.tocoo()
    entries = [(matrix.row, matrix.col, matrix.data)]
    first, row = count, rows
    for column, width in zip(columns.tolist(), widths.tolist(), strict=True):
        entries.append(_of_one(column, width, first, row))
        first, row = first + width, row + width
    where, whose, what = (np.concatenate(part) for part in zip(*entries, strict=True))
    relation, rhs = np.full(total, GE, dtype=np.int8), np.zeros(total, dtype=np.int64)
    sums = np.cumsum(widths) - widths
    relation[sums], rhs[sums] = EQ, problem.lower[columns]
    zeros, ones = np.zeros(total, dtype=np.int64), np.ones(total, dtype=np.int64)
    return replace(
        problem,
        matrix=csr_array((what, (where, whose)), shape=(rows + total, count + total)),
        relation=np.concatenate([problem.relation, relation]),
        rhs=np.concatenate([problem.rhs, rhs]),
        lower=np.concatenate([problem.lower, zeros]),
        upper=np.concatenate([problem.upper, ones]),
        objective=np.concatenate([problem.objective, zeros]),
        blocks=(*problem.blocks, Block("ordered", count, (total,))),
        families=(*problem.families, Family("ordered", rows, rows + total)),
        starts=(),
    )


def extended(problem: Problem, point: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a point of a problem with the binaries that it has in :func:`ordered`."""
    columns = wide(problem.lower, problem.upper)
    parts = [point]
    for column in columns.tolist():
        steps = np.arange(1, problem.upper[column] - problem.lower[column] + 1)
        parts.append((point[column] - problem.lower[column] >= steps).astype(np.int64))
    return np.concatenate(parts)


def _of_one(
    column: int, width: int, first: int, row: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows, columns and coefficients for one integer."""
    binaries = np.arange(first, first + width)
    later = np.arange(row + 1, row + width)
    where = np.concatenate([np.full(1 + width, row), later, later])
    whose = np.concatenate([[column], binaries, binaries[:-1], binaries[1:]])
    what = np.concatenate([[1], np.full(width, -1), np.ones(width - 1), np.full(width - 1, -1)])
    return where, whose, what.astype(np.int64)
