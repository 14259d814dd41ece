"""Condensed: a smaller problem whose columns are sums of a larger one's, and whose rows follow.

What is proven of the smaller one is proven of the larger one: put the sums in place of the columns
in each line, and a derivation in place of each bound or row that is used. Sums of lines, roundings
and splits remain what they are, since the sums have integer coefficients; what must be tested of
them is tested of the whole certificate, which is about the larger problem alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from milpbft.milp.certificate.steps import (
    Assumed,
    Combined,
    Given,
    Split,
    Step,
    needed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.milp.certificate.steps import Reason, Terms
    from milpbft.milp.problem import Problem

Part = tuple[Step, int]
"""A step, and how often it is taken."""


class UnderivedError(ArithmeticError):
    """A row of a smaller problem is not known to follow from those of a larger one."""


class Expansion(NamedTuple):
    """How proofs about a condensed problem are written as proofs about the one that it condenses.

    Parameters
    ----------
    columns
        Per column of the smaller problem: the sum that it stands for. No two have one in common.
    given
        Per bound and row of the smaller problem, numbered as in certificates: what gives it, in
        columns of the larger one, from what is given there.
    size
        Number of bounds and rows of the larger problem.
    """

    columns: tuple[Terms, ...]
    given: tuple[Step, ...]
    size: int

    def image(self, terms: Iterable[tuple[int, int]]) -> Terms:
        """Write a left-hand side in columns of the larger problem, in ascending order."""
        found = [(one, by * value) for column, by in terms for one, value in self.columns[column]]
        return tuple(sorted(found))

    def expanded(self, final: Step) -> Step:
        """Write what a final step rests on in columns of the larger problem."""
        made: dict[int, Step] = {}

        def of(step: Step) -> Step:
            reason = step.reason
            return self.given[reason.number] if isinstance(reason, Given) else made[id(step)]

        def translated(reason: Reason) -> Reason:
            match reason:
                case Combined(parts, divisor, rounded):
                    return Combined(merged((of(part), by) for part, by in parts), divisor, rounded)
                case Split(first, low, second, high):
                    return Split(of(first), of(low), of(second), of(high))
            return Assumed()

        images: dict[Terms, Terms] = {}
        for step, reason in needed(final):
            if step.terms not in images:
                images[step.terms] = self.image(step.terms)
            image = images[step.terms]
            made[id(step)] = Step(step.sense, step.side, image, translated(reason))
        return of(final)


class Condensed(NamedTuple):
    """A smaller problem, and what makes proofs about the larger one of proofs about it."""

    problem: Problem
    expansion: Expansion


def merged(parts: Iterable[Part]) -> list[Part]:
    """Take together what is taken of one step, or of one row: two rows may follow from one."""
    found: dict[tuple[bool, int], Part] = {}
    for step, by in parts:
        why = step.reason
        key = (True, why.number) if isinstance(why, Given) else (False, id(step))
        found[key] = step, by + (found[key][1] if key in found else 0)
    return [(step, by) for step, by in found.values() if by]


def added(parts: Iterable[Part], sense: int, divisor: int = 1) -> Step:
    """Add up multiples of steps; with a divisor, divide and round.

    Raises
    ------
    UnderivedError
        Where the coefficients of the sum are no multiples of the divisor.
    """
    kept = merged(parts)
    terms: dict[int, int] = {}
    side = 0
    for step, by in kept:
        side += by * step.side
        for column, value in step.terms:
            terms[column] = terms.get(column, 0) + by * value
    if any(value % divisor for value in terms.values()):
        raise UnderivedError("the divisor does not divide a coefficient")
    left = tuple(sorted((k, value // divisor) for k, value in terms.items() if value))
    rounded = divisor > 1
    side = -sense * (-sense * side // divisor) if rounded else side
    return Step(sense, side, left, Combined(kept, divisor, rounded))
