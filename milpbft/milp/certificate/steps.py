"""Steps: the derivations that a proof is made of, each with those that it rests on.

A step holds the steps that it needs and nothing holds a step that nobody needs, so what a search
derives in vain is gone by itself, and what a final step can reach is the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Terms = tuple[tuple[int, int], ...]
"""Columns and their coefficients, none of which is zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A constraint ``terms (sense) side``, and why it holds.

    Parameters
    ----------
    sense
        ``LE`` (-1), ``EQ`` (0) or ``GE`` (1).
    side
        The right-hand side.
    terms
        The left-hand side; empty for an absurdity such as ``0 >= 1``.
    reason
        Why it holds.
    mask
        Bit d is set where it rests on the assumption of depth d.
    """

    sense: int
    side: int
    terms: Terms
    reason: Reason
    mask: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """It is the constraint of that number of the problem: bounds first, then rows."""

    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Assumed:
    """It is one side of a split."""


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """It is dominated by ``sum(factor * step) / divisor``, rounded if `rounded`."""

    parts: Sequence[tuple[Step, int]]
    divisor: int = 1
    rounded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Implied:
    """It bounds the column at `place` of a row by the row and bounds of the row's other columns.

    `bounds` has a step per term of the row; the one at `place` is not looked at.
    """

    row: Step
    place: int
    bounds: tuple[Step, ...]

    def combined(self) -> Combined:
        """Write it as a combination in which the column has the coefficient 1."""
        _, pivot = self.row.terms[self.place]
        sign = 1 if pivot > 0 else -1
        parts = [(self.row, sign)]
        for k, ((_, value), bound) in enumerate(zip(self.row.terms, self.bounds, strict=True)):
            if k != self.place:
                parts.append((bound, -sign * value))
        return Combined(parts, abs(pivot), rounded=True)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Both `first` and `second` give it, under `low` and `high`, of which one must hold."""

    first: Step
    low: Step
    second: Step
    high: Step


Reason = Given | Assumed | Combined | Implied | Split


def sources(step: Step) -> list[Step]:
    """Return the steps that a step rests on, in the order in which its reason names them."""
    match step.reason:
        case Combined(parts):
            return [part for part, _ in parts]
        case Implied(row, place, bounds):
            return [row, *bounds[:place], *bounds[place + 1 :]]
        case Split(first, low, second, high):
            return [first, low, second, high]
    return []


def needed(final: Step) -> list[Step]:
    """Return what a final step rests on, without what is given, each after what it needs."""
    done: set[int] = set()
    order: list[Step] = []
    stack = [(final, False)]
    while stack:
        step, ready = stack.pop()
        if ready:
            order.append(step)
        elif id(step) not in done and not isinstance(step.reason, Given):
            done.add(id(step))
            stack.append((step, True))
            stack += [(source, False) for source in reversed(sources(step))]
    return order


def reduced(factor: int, divisor: int) -> str:
    """Write a fraction in lowest terms."""
    common = gcd(factor, divisor)
    factor, divisor = factor // common, divisor // common
    return str(factor) if divisor == 1 else f"{factor}/{divisor}"
