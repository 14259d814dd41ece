"""Program: variables, rows of affine expressions, and an objective, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.automaton.pernode.rows import ONE, Affine, Rows
from milpbft.milp.builder import Builder, Sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem, Sense

Where = int | slice | tuple[int | slice, ...]


@dataclass(frozen=True)
class Array:
    """A block of variables as expressions: one by its indices, or the sum of a part of it."""

    block: Block

    def __getitem__(self, where: int | tuple[int, ...]) -> Affine:
        return Affine.of(int(self.block.index[where]))

    def total(self, where: Where = slice(None)) -> Affine:
        """Sum of the variables at `where`, any number of them."""
        return Affine(dict.fromkeys(np.ravel(self.block.index[where]).tolist(), 1))

    def of(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """Values in the point `x`, in the block's shape."""
        return self.block.of(x)


class Program:
    """Variables and rows of a problem.

    Parameters
    ----------
    name, sense
        Of the problem.
    """

    def __init__(self, name: str, sense: Sense) -> None:
        self.rows = Rows()
        self._builder = Builder(name, sense)

    def integers(self, name: str, *shape: int, upper: int = 1) -> Array:
        """Add a block of integers from 0 to `upper`, binary by default."""
        return Array(self._builder.variables(name, *shape, upper=upper, base=0))

    def binary(self, name: str) -> Affine:
        """Add a binary variable."""
        return self.integers(name)[()]

    def optimise(self, objective: Affine) -> None:
        """Set the objective; its constant becomes a variable that is 1, times the constant."""
        if objective.constant:
            one = self.binary("one")
            self.rows.equal("one", one, ONE)
            objective = Affine.total((Affine(objective.terms), objective.constant * one))
        numbers = np.array(list(objective.terms), dtype=np.int32)
        weights = np.array(list(objective.terms.values()), dtype=np.int64)
        self._builder.optimise(Sum(numbers, weights))

    def build(self) -> Problem:
        """Assemble the problem; there must be a variable and a row."""
        self.rows.hand_over(self._builder)
        return self._builder.build()
