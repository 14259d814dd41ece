"""Multipliers: from floating-point duals to an absurdity in integers.

For a minimisation any y of the right sign per row gives ``cost @ x >= y @ side + sum over j of the
least (cost - y @ A)_j x_j``: Neumaier and Shcherbina, "Safe bounds in linear and mixed-integer
linear programming" (2004). So the duals of an LP solver are rounded to fractions, the smaller the
better, and what they prove is computed exactly. They need not be right, only good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from milpbft.milp.certificate.steps import Step
    from solvers.certify.box import Box

_SCALES = (1, 2, 3, 4, 6, 12, 60, 2520, 2**14, 2**20)
_LARGEST = 2.0**62


class System:
    """The rows of the relaxation, exactly, and the row that says: better than the optimum."""

    def __init__(
        self,
        matrix: csr_array,
        relation: NDArray[np.int8],
        side: NDArray[np.int64],
        steps: list[Step],
        cutoff: Step | None,
        cost: NDArray[np.int64],
    ) -> None:
        self.matrix = matrix.astype(np.int64)
        self.transposed = self.matrix.T.tocsr()
        self.relation, self.side, self.steps = relation, side, steps
        self.cutoff, self.cost = cutoff, cost
        # cost @ x <= cut, in the sense of a minimisation.
        self.cut = 0 if cutoff is None else cutoff.side * (1 if cutoff.sense == LE else -1)
        self._weight = np.abs(self.matrix).sum(axis=0).max() if self.matrix.nnz else 0.0

    def absurdity(self, duals: NDArray[np.float64], box: Box, ray: bool) -> Step | None:
        """Derive an absurdity from duals (or, if `ray`, from a ray); None where they do not."""
        if not len(duals) or not np.isfinite(duals).all():
            return None
        if not ray:
            if self.cutoff is None:
                return None
            return self._try(duals, box, with_cost=True)
        largest = np.abs(duals).max(initial=0.0)
        small = np.abs(duals[np.abs(duals) > 1e-9 * largest]).min(initial=largest)
        if not largest:
            return None
        for unit in (duals / small, -duals / small):
            found = self._try(unit, box, with_cost=False)
            if found is not None:
                return found
        return None

    def _try(self, duals: NDArray[np.float64], box: Box, with_cost: bool) -> Step | None:
        largest = np.abs(duals).max(initial=1.0)
        for scale in _SCALES:
            if largest * scale * self._weight > _LARGEST / 2**20:
                break
            factors = np.rint(duals * scale).astype(np.int64)
            factors[(self.relation == GE) & (factors < 0)] = 0
            factors[(self.relation == LE) & (factors > 0)] = 0
            weight = scale if with_cost else 0
            rest = weight * self.cost - self.transposed @ factors
            reach = np.where(rest > 0, rest * box.lower, rest * box.upper)
            total = int(factors @ self.side) + int(reach.sum()) - weight * self.cut
            if total > 0:
                return self._derive(factors, rest, weight, box)
        return None

    def _derive(
        self, factors: NDArray[np.int64], rest: NDArray[np.int64], weight: int, box: Box
    ) -> Step:
        rows = np.flatnonzero(factors)
        values = factors[rows].tolist()
        parts = [(self.steps[k], by) for k, by in zip(rows.tolist(), values, strict=True)]
        side = int(factors[rows] @ self.side[rows]) - weight * self.cut
        if weight and self.cutoff is not None:
            parts.append((self.cutoff, weight * self.cutoff.sense))
        columns = np.flatnonzero(rest)
        terms = dict(zip(columns.tolist(), rest[columns].tolist(), strict=True))
        return box.absurdity(parts, terms, side)
