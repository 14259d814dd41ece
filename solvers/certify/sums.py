"""Sums: rows as what tells a literal from others, all of whose coefficients are positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.milp.certificate.steps import Step

    from .rows import Rows


@dataclass(eq=False, slots=True)
class Sum:
    """A row ``sum size * y[place] <= side``, and the steps that add up to it."""

    pairs: list[tuple[int, int]]
    side: int
    parts: list[tuple[Step, int]]


class Sums:
    """The rows of a problem as sums, made when they are asked for."""

    def __init__(self, rows: Rows, width: int) -> None:
        self._rows, self._width = rows, width
        self._made: dict[int, Sum] = {}

    def of(self, row: int) -> Sum:
        """Return the sum that a row is."""
        if row not in self._made:
            rows = self._rows
            span = slice(rows.start[row], rows.start[row + 1])
            places = [
                column if up else column + self._width
                for column, up in zip(rows.columns[span].tolist(), rows.up[span], strict=True)
            ]
            pairs = list(zip(places, rows.size[span].tolist(), strict=True))
            parts = [(rows.steps[row], rows.signs[row])]
            self._made[row] = Sum(pairs, int(rows.side[row]), parts)
        return self._made[row]
