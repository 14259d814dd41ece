"""Linear: an integer combination of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Linear:
    """A constant plus a sum of integer coefficients times names, in one canonical form.

    Equal functions are equal values: terms are sorted by name, and none is zero. Build one with
    `of`, `number` or `combine` and with ``+``, ``-`` and ``* int``.

    Parameters
    ----------
    terms
        Pairs of name and coefficient, sorted, without zeros.
    constant
        The summand without a name.
    """

    terms: tuple[tuple[str, int], ...]
    constant: int = 0

    @classmethod
    def of(cls, name: str) -> Linear:
        """Give the name itself."""
        return cls(((name, 1),))

    @classmethod
    def number(cls, value: int) -> Linear:
        """Give a constant."""
        return cls((), value)

    @classmethod
    def combine(cls, terms: Iterable[tuple[str, int]], constant: int = 0) -> Linear:
        """Add up terms in any order; a name may come more than once."""
        total: dict[str, int] = {}
        for name, coefficient in terms:
            total[name] = total.get(name, 0) + coefficient
        return cls(tuple(sorted((n, c) for n, c in total.items() if c)), constant)

    @property
    def names(self) -> frozenset[str]:
        """The names with a coefficient."""
        return frozenset(name for name, _ in self.terms)

    def coefficient(self, name: str) -> int:
        """Give the coefficient of a name; 0 where it does not occur."""
        return dict(self.terms).get(name, 0)

    def __add__(self, other: Linear | int) -> Linear:
        if isinstance(other, int):
            return Linear(self.terms, self.constant + other)
        return Linear.combine(self.terms + other.terms, self.constant + other.constant)

    def __neg__(self) -> Linear:
        return self * -1

    def __sub__(self, other: Linear | int) -> Linear:
        return self + -other

    def __mul__(self, factor: int) -> Linear:
        return Linear.combine(((n, c * factor) for n, c in self.terms), self.constant * factor)

    __rmul__ = __mul__

    def evaluate(self, values: Mapping[str, int]) -> int:
        """Give the value where every name has one.

        Raises
        ------
        KeyError
            If a name has no value.
        """
        return self.constant + sum(c * values[n] for n, c in self.terms)

    def substitute(self, values: Mapping[str, int]) -> Linear:
        """Replace the names that have a value, and keep the others."""
        constant = self.constant + sum(c * values[n] for n, c in self.terms if n in values)
        return Linear(tuple((n, c) for n, c in self.terms if n not in values), constant)

    def __str__(self) -> str:
        """Write the combination as the .ta format does, such as ``2 * x - N + 1``."""
        text = ""
        for name, coefficient in self.terms:
            text += _signed(coefficient, name, first=not text)
        if self.constant or not text:
            text += _signed(self.constant, "", first=not text)
        return text


def _signed(coefficient: int, name: str, *, first: bool) -> str:
    size = abs(coefficient)
    body = str(size) if not name else name if size == 1 else f"{size} * {name}"
    if first:
        return f"-{body}" if coefficient < 0 else body
    return f" - {body}" if coefficient < 0 else f" + {body}"
