"""Multipliers: from floating-point duals to an absurdity in integers.

For a minimisation any y of the right sign per row gives ``cost @ x >= y @ side + sum over j of the
least (cost - y @ A)_j x_j``: Neumaier and Shcherbina, "Safe bounds in linear and mixed-integer
linear programming" (2004). So the duals of an LP solver are rounded to fractions, the smaller the
better, and what they prove is computed exactly. They need not be right, only good.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from scipy.sparse import csr_array, vstack

from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Step

    from .relaxation import Answer

T_co = TypeVar("T_co", covariant=True)

_SCALES = (1, 2, 3, 4, 6, 12, 60, 2520, 2**14, 2**20)
_LARGEST = 2.0**62


class Bounds(Protocol[T_co]):
    """Bounds of the columns, and what an absurdity is made to."""

    lower: NDArray[np.int64]
    upper: NDArray[np.int64]

    def absurdity(self, parts: list[tuple[Step, int]], terms: dict[int, int], side: int) -> T_co:
        """Take a row ``-terms >= side`` that no point within the bounds satisfies.

        Raises
        ------
        ArithmeticError
            Where some point does.
        """


class System:
    """The rows of the relaxation, exactly, and the row that says: better than the optimum."""

    def __init__(
        self, matrix: csr_array, steps: list[Step], cutoff: Step | None, cost: NDArray[np.int64]
    ) -> None:
        self.matrix = matrix.astype(np.int64)
        self.steps = steps
        self.relation = np.array([step.sense for step in steps], dtype=np.int8)
        self.side = np.array([step.side for step in steps], dtype=np.int64)
        self._cutoff, self._cost = cutoff, cost
        # Of rows that are <=, what says that they are >= with the same side.
        self._raised: dict[int, Step] = {}
        # cost @ x <= cut is what the cutoff says of a minimisation.
        self.cut = 0 if cutoff is None else -cutoff.sense * cutoff.side
        self._weigh()

    def _weigh(self) -> None:
        self.transposed = self.matrix.T.tocsr()
        self._weight = float(np.abs(self.matrix).sum(axis=0).max()) if self.matrix.nnz else 0.0

    def change(self, kept: NDArray[np.bool_], added: list[Step]) -> csr_array:
        """Drop rows and append others; return those as a matrix."""
        new = matrix_of(added, self.matrix.shape[1])
        self.matrix = vstack([self.matrix[kept], new], format="csr")
        self.steps = [step for step, keep in zip(self.steps, kept, strict=True) if keep] + added
        senses = np.array([step.sense for step in added], dtype=np.int8)
        sides = np.array([step.side for step in added], dtype=np.int64)
        self.relation = np.concatenate([self.relation[kept], senses])
        self.side = np.concatenate([self.side[kept], sides])
        self._weigh()
        return new

    def raise_row(self, row: int, step: Step) -> None:
        """Take that a row that is at most its side is at least that as well."""
        self._raised[row] = step

    def lower(self, row: int) -> None:
        """Undo :meth:`raise_row`."""
        del self._raised[row]

    def absurdity(self, answer: Answer, box: Bounds[T_co]) -> T_co | None:
        """Derive an absurdity from a node's multipliers; None where they do not give one."""
        duals = answer.multipliers
        largest = np.abs(duals).max(initial=0.0)
        if not 0 <= largest < _LARGEST:
            return None
        if answer.status != "infeasible":
            known = len(duals) == len(self.steps) and self._cutoff is not None
            return self._try(duals, box, with_cost=True) if known else None
        if not largest:
            return None
        # A ray has no length of its own: let its least entry be 1.
        unit = duals / np.abs(duals[np.abs(duals) > 1e-9 * largest]).min()
        return self._try(unit, box, with_cost=False) or self._try(-unit, box, with_cost=False)

    def _try(self, duals: NDArray[np.float64], box: Bounds[T_co], with_cost: bool) -> T_co | None:
        largest = np.abs(duals).max(initial=1.0)
        for scale in _SCALES:
            if largest * scale * self._weight > _LARGEST / 2**20:
                break
            factors = np.rint(duals * scale).astype(np.int64)
            factors[(self.relation == GE) & (factors < 0)] = 0
            above = (self.relation == LE) & (factors > 0)
            above[list(self._raised)] = False
            factors[above] = 0
            weight = scale if with_cost else 0
            rest = weight * self._cost - self.transposed @ factors
            reach = np.where(rest > 0, rest * box.lower, rest * box.upper)
            total = int(factors @ self.side) + int(reach.sum()) - weight * self.cut
            if total > 0:
                # Beyond 64 bits the sum above may be wrong; the derivation is in Python's integers.
                with suppress(ArithmeticError):
                    return self._derive(factors, rest, weight, box)
        return None

    def _derive(
        self, factors: NDArray[np.int64], rest: NDArray[np.int64], weight: int, box: Bounds[T_co]
    ) -> T_co:
        rows = np.flatnonzero(factors)
        values = factors[rows].tolist()
        parts = [
            (self._raised.get(k, self.steps[k]) if by > 0 else self.steps[k], by)
            for k, by in zip(rows.tolist(), values, strict=True)
        ]
        side = int(factors[rows] @ self.side[rows]) - weight * self.cut
        if weight and self._cutoff is not None:
            parts.append((self._cutoff, weight * self._cutoff.sense))
        columns = np.flatnonzero(rest)
        terms = dict(zip(columns.tolist(), rest[columns].tolist(), strict=True))
        return box.absurdity(parts, terms, side)


def matrix_of(steps: list[Step], columns: int) -> csr_array:
    """Write the left-hand sides of steps as a matrix."""
    lengths = [len(step.terms) for step in steps]
    indices = [column for step in steps for column, _ in step.terms]
    data = [value for step in steps for _, value in step.terms]
    start = np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))])
    arrays = np.array(data, dtype=np.int64), np.array(indices, dtype=np.int64), start
    return csr_array(arrays, shape=(len(steps), columns))
