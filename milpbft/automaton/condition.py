"""Condition: a boolean formula over linear comparisons of natural numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.linear import Linear
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Comparison = Literal[">=", "==", "!="]
Conjunction = tuple["Atom", ...]

# A guard that needs more is a mistake, or made to hang the reader.
MOST_CONJUNCTIONS = 1000


class Condition(ABC):
    """A boolean formula over atoms, always in negation normal form.

    Every name stands for a natural number: atoms that this alone decides are folded away, so that
    ``x >= 0`` is `TRUE` and ``x != 0`` is ``x >= 1``. Combine with ``&``, ``|`` and ``~``.
    """

    @property
    @abstractmethod
    def names(self) -> frozenset[str]:
        """All names that occur."""

    @abstractmethod
    def evaluate(self, values: Mapping[str, int]) -> bool:
        """Decide the formula where every name has a value; KeyError where one has none."""

    @abstractmethod
    def substitute(self, values: Mapping[str, int]) -> Condition:
        """Replace the names that have a value, and simplify."""

    @abstractmethod
    def dnf(self) -> tuple[Conjunction, ...]:
        """Give conjunctions of ``>=`` and ``==`` atoms, one of which holds iff the formula does.

        No conjunction is `FALSE`, the empty one is `TRUE`. Raises InputError where there are more
        than `MOST_CONJUNCTIONS`.
        """

    @abstractmethod
    def __invert__(self) -> Condition:
        """Negate; the negation is pushed down to the atoms."""

    def __and__(self, other: Condition) -> Condition:
        return all_of((self, other))

    def __or__(self, other: Condition) -> Condition:
        return any_of((self, other))


@dataclass(frozen=True)
class Atom(Condition):
    """``linear`` compared with zero. Build it with `at_least`, `equal`, `unequal` or `compare`."""

    linear: Linear
    comparison: Comparison

    @property
    def names(self) -> frozenset[str]:
        """The names of the combination."""
        return self.linear.names

    def evaluate(self, values: Mapping[str, int]) -> bool:
        """Compare the combination's value with zero."""
        return _holds(self.linear.evaluate(values), self.comparison)

    def substitute(self, values: Mapping[str, int]) -> Condition:
        """Replace the names that have a value, and simplify."""
        return _MAKE[self.comparison](self.linear.substitute(values))

    def dnf(self) -> tuple[Conjunction, ...]:
        """Give the atom itself, or the two sides of an inequality."""
        if self.comparison != "!=":
            return ((self,),)
        return any_of((at_least(self.linear - 1), at_least(-self.linear - 1))).dnf()

    def __invert__(self) -> Condition:
        if self.comparison == ">=":
            return at_least(-self.linear - 1)
        return unequal(self.linear) if self.comparison == "==" else equal(self.linear)

    def __str__(self) -> str:
        """Write the atom as the .ta format does, without minus signs: ``x + F >= N + 1``."""
        left = [(n, c) for n, c in self.linear.terms if c > 0]
        right = [(n, -c) for n, c in self.linear.terms if c < 0]
        constant = self.linear.constant
        low, high = max(constant, 0), max(-constant, 0)
        return f"{Linear.combine(left, low)} {self.comparison} {Linear.combine(right, high)}"


@dataclass(frozen=True)
class AllOf(Condition):
    """All parts hold; without parts, true. Build it with `all_of`."""

    parts: tuple[Condition, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all parts."""
        return frozenset[str]().union(*(part.names for part in self.parts))

    def evaluate(self, values: Mapping[str, int]) -> bool:
        """Decide whether all parts hold."""
        return all(part.evaluate(values) for part in self.parts)

    def substitute(self, values: Mapping[str, int]) -> Condition:
        """Replace the names that have a value, and simplify."""
        return all_of(part.substitute(values) for part in self.parts)

    def dnf(self) -> tuple[Conjunction, ...]:
        """Multiply the parts' normal forms out."""
        product: list[list[Atom]] = [[]]
        for part in self.parts:
            factors = part.dnf()
            _check_size(len(product) * len(factors))
            if len(factors) == 1:  # in place: guards are mostly plain conjunctions, some long
                for case in product:
                    case.extend(factors[0])
            else:
                product = [[*left, *right] for left in product for right in factors]
        return tuple(dict.fromkeys(tuple(dict.fromkeys(case)) for case in product))

    def __invert__(self) -> Condition:
        return any_of(~part for part in self.parts)

    def __str__(self) -> str:
        return " && ".join(map(_bracketed, self.parts)) or "true"


@dataclass(frozen=True)
class AnyOf(Condition):
    """Some part holds; without parts, false. Build it with `any_of`."""

    parts: tuple[Condition, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all parts."""
        return frozenset[str]().union(*(part.names for part in self.parts))

    def evaluate(self, values: Mapping[str, int]) -> bool:
        """Decide whether some part holds."""
        return any(part.evaluate(values) for part in self.parts)

    def substitute(self, values: Mapping[str, int]) -> Condition:
        """Replace the names that have a value, and simplify."""
        return any_of(part.substitute(values) for part in self.parts)

    def dnf(self) -> tuple[Conjunction, ...]:
        """Join the parts' normal forms."""
        found = dict.fromkeys(conjunction for part in self.parts for conjunction in part.dnf())
        _check_size(len(found))
        return tuple(found)

    def __invert__(self) -> Condition:
        return all_of(~part for part in self.parts)

    def __str__(self) -> str:
        return " || ".join(map(_bracketed, self.parts)) or "false"


TRUE: Condition = AllOf(())
FALSE: Condition = AnyOf(())


def all_of(parts: Iterable[Condition]) -> Condition:
    """Conjoin: nested conjunctions are flattened, repeated parts are kept once."""
    flat: dict[Condition, None] = {}
    for part in parts:
        if part == FALSE:
            return FALSE
        flat.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else AllOf(tuple(flat))


def any_of(parts: Iterable[Condition]) -> Condition:
    """Disjoin: nested disjunctions are flattened, repeated parts are kept once."""
    flat: dict[Condition, None] = {}
    for part in parts:
        if part == TRUE:
            return TRUE
        flat.update(dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else AnyOf(tuple(flat))


def at_least(linear: Linear) -> Condition:
    """Say ``linear >= 0``, tightened to coefficients without a common divisor."""
    if not linear.terms:
        return TRUE if linear.constant >= 0 else FALSE
    if linear.constant >= 0 and all(c > 0 for _, c in linear.terms):
        return TRUE
    if linear.constant < 0 and all(c < 0 for _, c in linear.terms):
        return FALSE
    divisor = _divisor(linear)
    terms = tuple((n, c // divisor) for n, c in linear.terms)
    return Atom(Linear(terms, linear.constant // divisor), ">=")


def equal(linear: Linear) -> Condition:
    """Say ``linear == 0``; the first coefficient is made positive."""
    if not linear.terms:
        return TRUE if linear.constant == 0 else FALSE
    divisor = _divisor(linear)
    if linear.constant % divisor:
        return FALSE
    sign = 1 if linear.terms[0][1] > 0 else -1
    scaled = Linear(
        tuple((n, sign * c // divisor) for n, c in linear.terms), sign * linear.constant // divisor
    )
    if scaled.constant > 0 and all(c > 0 for _, c in scaled.terms):
        return FALSE
    return Atom(scaled, "==")


def unequal(linear: Linear) -> Condition:
    """Say ``linear != 0``; a sum of names that is not zero is at least one."""
    opposite = equal(linear)
    if not isinstance(opposite, Atom):
        return ~opposite
    scaled = opposite.linear
    if scaled.constant == 0 and all(c > 0 for _, c in scaled.terms):
        return at_least(scaled - 1)
    return Atom(scaled, "!=")


def compare(left: Linear, operator: str, right: Linear) -> Condition:
    """Say ``left operator right`` for one of ``< <= == != >= >``.

    Raises
    ------
    InputError
        If the operator is none of these.
    """
    match operator:
        case ">=":
            return at_least(left - right)
        case ">":
            return at_least(left - right - 1)
        case "<=":
            return at_least(right - left)
        case "<":
            return at_least(right - left - 1)
        case "==":
            return equal(left - right)
        case "!=":
            return unequal(left - right)
    raise InputError("comparison", operator, "allowed are <, <=, ==, !=, >= and >")


_MAKE = {">=": at_least, "==": equal, "!=": unequal}


def _divisor(linear: Linear) -> int:
    return gcd(*(c for _, c in linear.terms))


def _holds(value: int, comparison: Comparison) -> bool:
    if comparison == ">=":
        return value >= 0
    return (value == 0) == (comparison == "==")


def _check_size(size: int) -> None:
    if size > MOST_CONJUNCTIONS:
        allowed = f"a condition has at most {MOST_CONJUNCTIONS} conjunctions in normal form"
        raise InputError("condition", size, allowed)


def _bracketed(part: Condition) -> str:
    return str(part) if isinstance(part, Atom) else f"({part})"
