"""Problem: a mixed-integer linear program with integer data, independent of any solver."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from milpbft.milp.block import Block

Sense = Literal["max", "min"]
LE, EQ, GE = -1, 0, 1
SYMBOL = {LE: "<=", EQ: "=", GE: ">="}


@dataclass(frozen=True)
class Family:
    """A named family of rows: those from `start` to `stop`, without `stop`."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True)
class Size:
    """Dimensions of a problem, named as in the tables of MIPLIB and of the dBFT paper."""

    variables: int
    binaries: int
    integers: int
    rows: int
    equalities: int
    inequalities: int
    nonzeros: int


@dataclass(frozen=True)
class Problem:
    """Optimise ``objective @ x`` over integer x with ``matrix @ x (<=, =, >=) rhs``.

    All data are integers, so that every point can be tested without rounding.

    Parameters
    ----------
    name
        Name of the instance and encoding.
    matrix
        Rows by variables, CSR, int64 or int32 data, without explicit zeros or duplicates.
    relation
        Per row: ``LE`` (-1), ``EQ`` (0) or ``GE`` (1).
    rhs
        Per row: right-hand side.
    lower, upper
        Per variable: finite bounds.
    objective
        Per variable: coefficient.
    sense
        ``max`` or ``min``.
    blocks
        The named blocks of variables, which cover all variables in order.
    families
        The named families of rows, which cover all rows in order.
    starts
        Known points, best first; each satisfies every row (see :meth:`violations`).
    """

    name: str
    matrix: csr_array
    relation: NDArray[np.int8]
    rhs: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    objective: NDArray[np.int64]
    sense: Sense
    blocks: tuple[Block, ...]
    families: tuple[Family, ...]
    starts: tuple[NDArray[np.int64], ...] = field(default=())

    @cached_property
    def size(self) -> Size:
        """Count variables, rows and nonzeros."""
        binaries = int(np.count_nonzero((self.lower >= 0) & (self.upper <= 1)))
        equalities = int(np.count_nonzero(self.relation == EQ))
        rows, variables = self.matrix.shape
        return Size(
            variables=variables,
            binaries=binaries,
            integers=variables - binaries,
            rows=rows,
            equalities=equalities,
            inequalities=rows - equalities,
            nonzeros=self.matrix.nnz,
        )

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of what is optimised over which rows and bounds; no names."""
        matrix = self.matrix.sorted_indices()
        hashed = sha256(self.sense.encode())
        for array in (matrix.indptr, matrix.indices, matrix.data, self.relation, self.rhs,
                      self.lower, self.upper, self.objective):  # fmt: skip
            hashed.update(f" {len(array)} ".encode())
            hashed.update(array.astype("<i8").tobytes())
        return hashed.hexdigest()[:16]

    def value(self, x: NDArray[np.int64]) -> int:
        """Objective value of a point, in integer arithmetic."""
        return int(self.objective @ x)

    def violations(self, x: NDArray[np.int64], limit: int = 5) -> list[str]:
        """Name the bounds and rows that a point breaks, in integer arithmetic.

        Parameters
        ----------
        x
            One int64 value per variable.
        limit
            How many to name at most.
        """
        if x.shape != (len(self.lower),):
            return [f"a point of {x.shape} for {len(self.lower)} variables"]
        outside = np.flatnonzero((x < self.lower) | (x > self.upper))
        found = [
            f"{self.variable_name(k)} = {x[k]} outside [{self.lower[k]}, {self.upper[k]}]"
            for k in outside[:limit]
        ]
        slack = self.matrix @ x - self.rhs
        broken = np.where(self.relation == EQ, slack != 0, slack * self.relation < 0)
        found += [
            f"{self.row_name(k)}: {slack[k] + self.rhs[k]} "
            f"{SYMBOL[int(self.relation[k])]} {self.rhs[k]} does not hold"
            for k in np.flatnonzero(broken)[: max(0, limit - len(found))]
        ]
        return found

    def variable_name(self, index: int) -> str:
        """Name of one variable, e.g. ``rCom_3_1_2_1``: its block and its indices."""
        for block in self.blocks:
            if index < block.stop:
                return block.name_of(index)
        raise IndexError(index)

    def variable_names(self) -> list[str]:
        """Names of all variables, in order."""
        return [name for block in self.blocks for name in block.names()]

    def row_name(self, index: int) -> str:
        """Name of one row: its family and its number within it, from 0."""
        for family in self.families:
            if index < family.stop:
                return f"{family.name}_{index - family.start}"
        raise IndexError(index)

    def row_names(self) -> list[str]:
        """Names of all rows, in order; families of equal name are numbered through."""
        seen: Counter[str] = Counter()
        names: list[str] = []
        for family in self.families:
            count = family.stop - family.start
            names += [f"{family.name}_{seen[family.name] + k}" for k in range(count)]
            seen[family.name] += count
        return names

    def with_starts(self, points: Sequence[NDArray[np.int64]]) -> Problem:
        """Add known points; those that break a row are refused.

        Raises
        ------
        ValueError
            Where a point breaks a row: a start must be a solution.
        """
        for point in points:
            if broken := self.violations(point, limit=1):
                raise ValueError(f"start of {self.name} breaks {broken[0]}")
        better = -1 if self.sense == "max" else 1
        ranked = sorted(points, key=lambda point: better * self.value(point))
        return replace(self, starts=tuple(ranked))

    def within(self, bound: int) -> Problem:
        """Add a row that says what is known: no point beats a bound.

        ``objective @ x <= bound``, or ``>=`` where the objective is minimised.
        """
        row = csr_array(self.objective[np.newaxis, :].astype(self.matrix.dtype))
        rows = self.matrix.shape[0]
        return replace(
            self,
            matrix=csr_array(vstack([self.matrix, row])),
            relation=np.append(self.relation, np.int8(LE if self.sense == "max" else GE)),
            rhs=np.append(self.rhs, bound),
            families=(*self.families, Family("bound", rows, rows + 1)),
        )

    def reaching(self, value: int) -> Problem:
        """Return the problem of finding a point that is at least as good as a value.

        ``objective @ x >= value``, or ``<=`` where the objective is minimised; nothing is optimised
        and no point is known.
        """
        row = csr_array(self.objective[np.newaxis, :].astype(self.matrix.dtype))
        rows = self.matrix.shape[0]
        return replace(
            self,
            matrix=csr_array(vstack([self.matrix, row])),
            relation=np.append(self.relation, np.int8(GE if self.sense == "max" else LE)),
            rhs=np.append(self.rhs, value),
            objective=np.zeros_like(self.objective),
            families=(*self.families, Family("reaching", rows, rows + 1)),
            starts=(),
        )
