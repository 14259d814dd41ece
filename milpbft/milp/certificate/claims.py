"""Claims: what a certificate says, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Number = int | Fraction
Array = NDArray[Any]
SMALL = 2**61
"""Below this, in absolute value, sums of two numbers stay within 64 bits."""


class CertificateError(ValueError):
    """A certificate that proves nothing; the text says which line, and why."""


class Row(NamedTuple):
    """A constraint ``values of columns (sense) side``; up to row `last` may rest on it, -1: all.

    The sense is -1 (at most), 0 or 1; values are int64, or else integers and fractions of Python.
    """

    sense: int
    side: Number
    columns: Array
    values: Array
    last: int = -1

    @property
    def terms(self) -> dict[int, Number]:
        """Its left-hand side, without zeros."""
        pairs = zip(self.columns.tolist(), self.values.tolist(), strict=True)
        return {column: value for column, value in pairs if value}

    @property
    def plain(self) -> bool:
        """Whether all numbers are exact, and of the kinds that are said above."""
        array = isinstance(self.columns, np.ndarray) and isinstance(self.values, np.ndarray)
        if not array or self.columns.dtype != np.int64 or self.columns.ndim != 1:
            return False
        kinds: set[type] = {type(self.side)}
        if self.values.dtype != np.int64:
            kinds |= {*map(type, self.values.tolist())} if self.values.dtype == object else {float}
        whole = type(self.sense) is type(self.last) is int and self.sense in (-1, 0, 1)
        return whole and kinds <= {int, Fraction} and self.columns.shape == self.values.shape

    @property
    def small(self) -> bool:
        """Whether all its numbers are integers of 64 bits."""
        return self.values.dtype == np.int64 and type(self.side) is int and abs(self.side) < SMALL

    @property
    def absurd(self) -> bool:
        """Whether it says that zero is not zero, or above or below itself."""
        return not self.terms and not self.allows(0)

    def alike(self, other: Row) -> bool:
        """Whether both have one left-hand side."""
        if self.columns is other.columns and self.values is other.values:
            return True
        same = np.array_equal(self.columns, other.columns)
        return (same and np.array_equal(self.values, other.values)) or self.terms == other.terms

    def dominates(self, other: Row) -> bool:
        """Whether whatever satisfies this one satisfies the other."""
        above = self.sense in (0, other.sense) and other.allows(self.side)
        return (above and self.alike(other)) or self.absurd

    def allows(self, value: Number) -> bool:
        """Whether it holds where its left-hand side has a value."""
        return (value - self.side) * self.sense >= 0 if self.sense else value == self.side


class Assumption(NamedTuple):
    """A row is assumed."""


class Sum(NamedTuple):
    """A row is a sum of rows, `factors` over `scale` of each; or is such a sum, and rounded."""

    rounded: bool
    indices: Array
    factors: Array
    scale: int


class Split(NamedTuple):
    """A row follows from row `first` under `low` and from row `second` under `high`."""

    first: int
    low: int
    second: int
    high: int


@dataclass
class Claims:
    """What a certificate says.

    `names` and `integers` are those of its variables. `rows` are the constraints that are given,
    and then those that hold for `reasons`; each has a label. To be proven is that there is no
    point, or bounds of the optimum, None for none. Of objective and points, only terms count.
    """

    names: list[str]
    integers: set[int]
    maximise: bool
    objective: Row
    infeasible: bool = False
    lower: Number | None = None
    upper: Number | None = None
    rows: list[Row] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    reasons: list[Assumption | Sum | Split] = field(default_factory=list)
    points: list[Row] = field(default_factory=list)

    @property
    def given(self) -> int:
        """The number of constraints that are given."""
        return len(self.rows) - len(self.reasons)


def ratio(value: Number, by: int = 1) -> Number:
    """Divide, and write an integer as one."""
    found = Fraction(value, by)
    return found.numerator if found.denominator == 1 else found
