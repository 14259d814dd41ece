"""Rows whose terms are lists, for the builder, which takes arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import ABSENT, Sum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.milp.builder import Builder


def sums(rows: Sequence[Mapping[int, int]]) -> Sum:
    """Return one sum per row, of coefficients by variable; zeros are left out."""
    wanted = [[(v, c) for v, c in row.items() if c] for row in rows]
    width = max(1, *(len(row) for row in wanted))
    index = np.full((len(rows), width), ABSENT, dtype=np.int32)
    data = np.zeros((len(rows), width), dtype=np.int64)
    for place, row in enumerate(wanted):
        for term, (variable, coefficient) in enumerate(row):
            index[place, term], data[place, term] = variable, coefficient
    return Sum(index, data)


class Rows:
    """Collects the rows of one family, each a sum of terms against a number.

    Parameters
    ----------
    m
        Where they go.
    family
        Its name.
    relation
        ``LE``, ``EQ`` or ``GE``.
    """

    def __init__(self, m: Builder, family: str, relation: int) -> None:
        self._m, self._family, self._relation = m, family, relation
        self._rows: list[dict[int, int]] = []
        self._rhs: list[int] = []

    def add(self, *terms: tuple[int, int], rhs: int = 0) -> None:
        """Add a row of (coefficient, variable); a variable that stands twice counts twice."""
        row: dict[int, int] = {}
        for coefficient, variable in terms:
            row[variable] = row.get(variable, 0) + coefficient
        self._rows.append(row)
        self._rhs.append(rhs)

    def done(self) -> None:
        """Hand the rows over, if there are any."""
        if self._rows:
            side = np.array(self._rhs, dtype=np.int64)
            self._m.add(self._family, sums(self._rows), relation=self._relation, rhs=side)
