"""Steps: the derivations that a proof is made of, each with those that it rests on.

A step holds the steps that it needs and nothing holds a step that nobody needs, so what a search
derives in vain is gone by itself, and what a final step can reach is the proof.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Terms = tuple[tuple[int, int], ...]
"""Columns and their coefficients, none of which is zero."""
_FEW = 6
"""So many bounded columns of a row, or fewer, are not worth a row of their own."""


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


class Deferred(ABC):
    """A combination that is written last, once all that a proof needs is known."""

    __slots__ = ()

    @abstractmethod
    def combined(self) -> Combined:
        """Write it."""


@dataclass(frozen=True, slots=True, eq=False)
class Implied(Deferred):
    """It bounds the column at `place` of a row by the row and bounds of the row's other columns."""

    residues: Residues
    place: int

    def combined(self) -> Combined:
        """Write it as a combination in which the column has the coefficient 1."""
        row, left = self.residues.around(self.place)
        _, pivot = self.residues.row.terms[self.place]
        sign = 1 if pivot > 0 else -1
        others = (k for k in left if k != self.place)
        parts = [(row, sign), *self.residues.taken(others, -sign)]
        return Combined(parts, abs(pivot), rounded=True)


class Residues:
    """What a row says of fewer and fewer of its columns, the others being at their bounds.

    Each of m bounded columns of a row with k columns is bounded by k - 1 others: m (k - 1) in all.
    Halves of the columns share what is taken from the row for both, so that it takes about
    ``k + m log m``.

    Parameters
    ----------
    row
        The row.
    sense
        ``LE`` where it bounds its left-hand side from above, else ``GE``.
    bounds
        A step per term of the row: the bound that makes the term small for ``LE``, large for
        ``GE``.
    places
        Which terms' columns are bounded, ascending.
    """

    def __init__(
        self, row: Step, sense: int, bounds: tuple[Step, ...], places: tuple[int, ...]
    ) -> None:
        self.row = row
        self._sense = sense
        self._bounds = bounds
        self._places = places
        self._known: dict[tuple[int, ...], Step] = {}
        self._all, self._shared = 0, row.mask
        for bound in bounds:
            self._shared |= self._all & bound.mask
            self._all |= bound.mask

    def mask(self, place: int) -> int:
        """Return on which assumptions the bound of the column at a place rests."""
        return self._shared | (self._all & ~self._bounds[place].mask)

    def taken(self, places: Iterable[int], factor: int) -> list[tuple[Step, int]]:
        """Return the bounds at some places, with `factor` times the coefficients there."""
        return [(self._bounds[k], factor * self.row.terms[k][1]) for k in places]

    def around(self, place: int) -> tuple[Step, Sequence[int]]:
        """Return the row, or what it says of a few columns, and which; one is at a place."""
        row, left, half = self.row, tuple(range(len(self.row.terms))), self._places
        while len(half) > _FEW:
            if half != left:
                row, left = self._less(row, left, half), half
            middle = len(half) // 2
            half = half[:middle] if place < half[middle] else half[middle:]
        return row, left

    def _less(self, row: Step, left: tuple[int, ...], half: tuple[int, ...]) -> Step:
        if half not in self._known:
            kept = set(half)
            parts = self.taken((k for k in left if k not in kept), -1)
            side = row.side + sum(factor * bound.side for bound, factor in parts)
            terms = tuple(self.row.terms[k] for k in half)
            mask = row.mask
            for bound, _ in parts:
                mask |= bound.mask
            why = Combined([(row, 1), *parts])
            self._known[half] = Step(self._sense, side, terms, why, mask)
        return self._known[half]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Both `first` and `second` give it, under `low` and `high`, of which one must hold."""

    first: Step
    low: Step
    second: Step
    high: Step


Reason = Given | Assumed | Combined | Deferred | Split


def sources(reason: Reason) -> list[Step]:
    """Return the steps that a reason rests on, in the order in which it names them."""
    match reason:
        case Combined(parts):
            return [part for part, _ in parts]
        case Split(first, low, second, high):
            return [first, low, second, high]
    return []


def needed(final: Step) -> list[tuple[Step, Reason]]:
    """Return what a final step rests on, without what is given, each after what it needs.

    What was deferred is written: none of the reasons is.
    """
    done: set[int] = set()
    order: list[tuple[Step, Reason]] = []
    stack: list[tuple[Step, Reason | None]] = [(final, None)]
    while stack:
        step, ready = stack.pop()
        if ready is not None:
            order.append((step, ready))
        elif id(step) not in done and not isinstance(step.reason, Given):
            done.add(id(step))
            reason = step.reason.combined() if isinstance(step.reason, Deferred) else step.reason
            stack.append((step, reason))
            stack += [(one, None) for one in reversed(sources(reason)) if id(one) not in done]
    return order


def reduced(factor: int, divisor: int) -> str:
    """Write a fraction in lowest terms."""
    if divisor == 1:
        return str(factor)
    common = gcd(factor, divisor)
    factor, divisor = factor // common, divisor // common
    return str(factor) if divisor == 1 else f"{factor}/{divisor}"
