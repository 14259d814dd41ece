"""Builder: collects blocks of variables and families of rows, whole arrays at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from milpbft.milp.block import Block
from milpbft.milp.problem import Family, Problem, Sense

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABSENT = -1


@dataclass(frozen=True)
class Sum:
    """``coefficient * sum(variables along the last axis)``, once per row.

    Parameters
    ----------
    index
        Variable numbers of shape ``rows + (terms,)``; ``ABSENT`` where a row has fewer terms.
        The axes of `rows` broadcast against those of the other sums of the row.
    coefficient
        An integer, or integers that broadcast to the shape of `index`.
    """

    index: NDArray[np.int32]
    coefficient: int | NDArray[np.int64] = 1
    __array_ufunc__ = None  # so that `array * sum` comes here and not to NumPy

    def __neg__(self) -> Sum:
        return Sum(self.index, -self.coefficient)

    def __rmul__(self, factor: int | NDArray[np.int64]) -> Sum:
        return Sum(self.index, factor * self.coefficient)


def each(index: NDArray[np.int32]) -> Sum:
    """One variable per row."""
    return Sum(index[..., None])


def total(index: NDArray[np.int32], axes: int = 1) -> Sum:
    """Sum over the first `axes` axes; the others are the rows."""
    lead = index.reshape((-1, *index.shape[axes:]))
    return Sum(np.moveaxis(lead, 0, -1))


def upto(index: NDArray[np.int32], *, strict: bool = False) -> Sum:
    """Sum over the past: row t of the first axis adds all s <= t, or all s < t if `strict`."""
    length = index.shape[0]
    past = np.tri(length, k=-1 if strict else 0, dtype=bool)
    past = past.reshape((length, *(1,) * (index.ndim - 1), length))
    return Sum(np.where(past, np.moveaxis(index, 0, -1)[None], np.int32(ABSENT)))


class Builder:
    """Collects variables and rows, and builds a :class:`Problem`."""

    def __init__(self, name: str, sense: Sense) -> None:
        self.name = name
        self.sense: Sense = sense
        self._blocks: list[Block] = []
        self._bounds: list[tuple[int, int]] = []
        self._families: list[Family] = []
        self._rows: list[tuple[NDArray[np.int32], ...]] = []
        self._relation: list[NDArray[np.int8]] = []
        self._rhs: list[NDArray[np.int64]] = []
        self._objective: list[Sum] = []

    def variables(self, name: str, *shape: int, upper: int = 1, base: int = 1) -> Block:
        """Add a block of integer variables from 0 to `upper`."""
        start = self._blocks[-1].stop if self._blocks else 0
        block = Block(name, start, shape, base)
        self._blocks.append(block)
        self._bounds.append((0, upper))
        return block

    def add(
        self,
        family: str,
        *sums: Sum,
        relation: int,
        rhs: int | NDArray[np.int64] = 0,
        where: NDArray[np.bool_] | None = None,
    ) -> None:
        """Add the rows ``sum of sums (relation) rhs``.

        Parameters
        ----------
        family
            Name of the family.
        sums
            Their row shapes broadcast to the shape of the family. No variable may stand twice in
            one row.
        relation
            ``LE``, ``EQ`` or ``GE``.
        rhs
            An integer, or one per row.
        where
            Which rows of the family's shape to add; all by default.
        """
        shape = np.broadcast_shapes(*(term.index.shape[:-1] for term in sums))
        chosen = np.broadcast_to(True if where is None else where, shape)
        parts = [_select(term.index, shape, chosen) for term in sums]
        index = np.concatenate(parts, axis=1)
        data = np.concatenate(
            [
                _coefficients(term, part.shape, shape, chosen)
                for term, part in zip(sums, parts, strict=True)
            ],
            axis=1,
        )
        present = index != ABSENT
        self._rows.append((index[present], data[present], present.sum(1, dtype=np.int32)))
        count = len(index)
        start = self._families[-1].stop if self._families else 0
        self._families.append(Family(family, start, start + count))
        self._relation.append(np.full(count, relation, dtype=np.int8))
        sides = np.broadcast_to(np.asarray(rhs, dtype=np.int64), shape)
        self._rhs.append(sides[chosen].reshape(count))

    def optimise(self, *sums: Sum) -> None:
        """Add sums, of any number of rows, to the objective."""
        self._objective += sums

    def build(self) -> Problem:
        """Assemble the problem; the builder is spent afterwards."""
        count = self._blocks[-1].stop if self._blocks else 0
        objective = np.zeros(count, dtype=np.int64)
        for term in self._objective:
            weight = np.broadcast_to(np.asarray(term.coefficient), term.index.shape)
            present = term.index != ABSENT
            np.add.at(objective, term.index[present], weight[present])
        lengths = [block.stop - block.start for block in self._blocks]
        bounds = np.repeat(np.array(self._bounds, dtype=np.int64), lengths, axis=0)
        return Problem(
            name=self.name,
            matrix=self._matrix(count),
            relation=np.concatenate(self._relation),
            rhs=np.concatenate(self._rhs),
            lower=bounds[:, 0],
            upper=bounds[:, 1],
            objective=objective,
            sense=self.sense,
            blocks=tuple(self._blocks),
            families=tuple(self._families),
        )

    def _matrix(self, columns: int) -> csr_array:
        counts = np.concatenate([row[2] for row in self._rows])
        starts = np.zeros(len(counts) + 1, dtype=np.int32)
        np.cumsum(counts, out=starts[1:])
        indices = np.concatenate([row[0] for row in self._rows])
        data = np.concatenate([row[1] for row in self._rows])
        self._rows.clear()
        return csr_array((data, indices, starts), shape=(len(counts), columns))


def _select(
    index: NDArray[np.int32], shape: tuple[int, ...], chosen: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Rows of the sum that are chosen, as a matrix of rows by terms."""
    terms = index.shape[-1]
    return np.broadcast_to(index, (*shape, terms))[chosen].reshape(-1, terms)


def _coefficients(
    term: Sum, size: tuple[int, ...], shape: tuple[int, ...], chosen: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Coefficients of the chosen rows; a single number is not spread over memory."""
    if isinstance(term.coefficient, int):
        return np.broadcast_to(np.int32(term.coefficient), size)
    full = np.broadcast_to(term.coefficient, (*shape, term.index.shape[-1]))
    return full[chosen].reshape(size).astype(np.int32)
