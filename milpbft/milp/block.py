"""Block: a named array of variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Block:
    """Variables `name` with one number per index, laid out in C order from `start` on.

    Parameters
    ----------
    name
        Short name; variables are called ``name_i_j``, counted from `base`.
    start
        Number of the first variable.
    shape
        Length of each index; empty for a single variable.
    base
        First value of every index in names: 1 where the source counts from 1.
    """

    name: str
    start: int
    shape: tuple[int, ...]
    base: int = 1

    @property
    def stop(self) -> int:
        """Number after the last variable."""
        return self.start + prod(self.shape)

    @cached_property
    def index(self) -> NDArray[np.int32]:
        """Variable numbers, in the block's shape."""
        return np.arange(self.start, self.stop, dtype=np.int32).reshape(self.shape)

    def of(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """Values of this block in the point `x`, in the block's shape."""
        return x[self.start : self.stop].reshape(self.shape)

    def name_of(self, number: int) -> str:
        """Name of one variable of the block."""
        where = np.unravel_index(number - self.start, self.shape) if self.shape else ()
        return "_".join([self.name, *(str(int(k) + self.base) for k in where)])

    def names(self) -> Iterator[str]:
        """Names of all variables, in order."""
        ranges = (range(self.base, self.base + k) for k in self.shape)
        for where in product(*ranges):
            yield "_".join([self.name, *map(str, where)])
