"""Rows: affine expressions over variables, collected by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import ABSENT, Sum
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.milp.builder import Builder


class Affine:
    """An integer combination of variables, by number, plus a constant."""

    __slots__ = ("constant", "terms")

    def __init__(self, terms: dict[int, int] | None = None, constant: int = 0) -> None:
        self.terms = terms or {}
        self.constant = constant

    @classmethod
    def of(cls, number: int) -> Affine:
        """One variable."""
        return cls({int(number): 1})

    @classmethod
    def total(cls, parts: Iterable[Affine]) -> Affine:
        """Sum of any number of expressions."""
        terms: dict[int, int] = {}
        constant = 0
        for part in parts:
            constant += part.constant
            for number, coefficient in part.terms.items():
                terms[number] = terms.get(number, 0) + coefficient
        return cls(terms, constant)

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.terms, self.constant + other)
        return Affine.total((self, other))

    def __sub__(self, other: Affine | int) -> Affine:
        return self + -other

    def __neg__(self) -> Affine:
        return -1 * self

    def __rmul__(self, factor: int) -> Affine:
        return Affine({n: factor * c for n, c in self.terms.items()}, factor * self.constant)


ZERO = Affine()
ONE = Affine(constant=1)


class Rows:
    """Collects rows and hands them to a builder a family at a time."""

    def __init__(self) -> None:
        self._families: dict[tuple[str, int], list[Affine]] = {}

    def at_most(self, family: str, left: Affine, right: Affine | int = 0) -> None:
        """Add ``left <= right``; nothing where no variable is left and it holds.

        Raises
        ------
        ValueError
            Where no variable is left and it does not hold.
        """
        self._add(family, LE, left - right)

    def equal(self, family: str, left: Affine, right: Affine | int = 0) -> None:
        """Add ``left = right``, likewise."""
        self._add(family, EQ, left - right)

    def _add(self, family: str, relation: int, row: Affine) -> None:
        terms = {number: c for number, c in row.terms.items() if c}
        if terms:
            self._families.setdefault((family, relation), []).append(Affine(terms, row.constant))
        elif row.constant > 0 or (relation == EQ and row.constant):
            raise ValueError(f"a row of {family} can never hold")

    def hand_over(self, builder: Builder) -> None:
        """Add all rows to `builder`."""
        for (family, relation), rows in self._families.items():
            width = max(len(row.terms) for row in rows)
            index = np.full((len(rows), width), ABSENT, dtype=np.int32)
            weight = np.zeros((len(rows), width), dtype=np.int64)
            for k, row in enumerate(rows):
                index[k, : len(row.terms)] = list(row.terms)
                weight[k, : len(row.terms)] = list(row.terms.values())
            sides = np.array([-row.constant for row in rows], dtype=np.int64)
            builder.add(family, Sum(index, weight), relation=relation, rhs=sides)
        self._families.clear()
