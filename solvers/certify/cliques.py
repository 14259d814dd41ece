"""Cliques: branches on the sum of a clique row, of which at most one binary can be 1.

Where its columns stand together in other rows too, their sum says more than any one of them:
whether a view is used, and not who is its primary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from milpbft.milp.certificate.steps import Implied, Residues, Step
from milpbft.milp.problem import LE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .box import Box
    from .multipliers import System
    from .relaxation import Relaxation

_CLOSE = 1e-6
_FEWEST = 3  # columns
_OFTEN = 4  # rows that have all of the columns


class Cliques:
    """The clique rows of a system on whose sums a search may branch.

    Parameters
    ----------
    system
        Its rows; cuts may come and go after them.
    relaxation
        Their linear program.
    box
        The bounds of the columns.
    """

    def __init__(self, system: System, relaxation: Relaxation, box: Box) -> None:
        self._system, self._relaxation, self._box = system, relaxation, box
        self._rows, self._often = _found(system, box)
        self._raised: list[int] = []

    def choose(self, point: NDArray[np.float64]) -> tuple[int, float] | None:
        """Return the row to branch on, and its sum; None where all sums are whole."""
        if not len(self._rows):
            return None
        sums = self._system.matrix[self._rows] @ point
        score = np.minimum(sums, 1 - sums) * self._often
        best = int(np.argmax(score))
        return (int(self._rows[best]), float(sums[best])) if score[best] > _CLOSE else None

    def mark(self) -> int:
        """Return a place to go back to."""
        return len(self._raised)

    def back(self, mark: int) -> None:
        """Undo what was raised since a mark."""
        for row in self._raised[mark:]:
            self._system.lower(row)
            self._relaxation.bound_row(row, -np.inf, 1.0)
        del self._raised[mark:]

    def take(self, step: Step, row: int) -> Step | None:
        """Take that a sum is 0, or 1; return an absurdity where that cannot be.

        Parameters
        ----------
        step
            ``sum <= 0`` or ``sum >= 1``.
        row
            The row.
        """
        if step.sense == LE:
            return next(filter(None, map(self._box.tighten, self._zeros(step))), None)
        self._system.raise_row(row, step)
        self._relaxation.bound_row(row, 1.0, 1.0)
        self._raised.append(row)
        return None

    def _zeros(self, step: Step) -> Iterator[Step]:
        """Yield that each binary of a sum that is 0 is 0."""
        bounds = tuple(self._box.low[column][0] for column, _ in step.terms)
        upper = self._box.upper
        places = tuple(k for k, (column, _) in enumerate(step.terms) if upper[column] > 0)
        residues = Residues(step, LE, bounds, places)
        for place in places:
            yield Step(LE, 0, (step.terms[place],), Implied(residues, place), step.mask)


def _found(system: System, box: Box) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows, and in how many rows all columns of each stand."""
    matrix = system.matrix
    binary = (box.lower >= 0) & (box.upper <= 1)
    counts = np.diff(matrix.indptr)
    whole = (matrix.data == 1) & binary[matrix.indices]
    fit = np.add.reduceat(np.append(whole, 0), matrix.indptr[:-1]) * (counts > 0) == counts
    at_most_one = (system.relation == LE) & (system.side == 1)
    rows = np.flatnonzero(fit & at_most_one & (counts >= _FEWEST))
    pattern = csr_array(
        (np.ones(matrix.nnz, dtype=np.int32), matrix.indices, matrix.indptr), shape=matrix.shape
    )
    shared = (pattern @ pattern[rows].T).tocoo()
    full = shared.data == counts[rows][shared.col]
    often = np.bincount(shared.col[full], minlength=len(rows))
    kept = often >= _OFTEN
    return rows[kept], often[kept]
