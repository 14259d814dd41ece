"""Lesson: what a nogood rests on, and its derivation, which is written only where it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .box import Box
    from .trail import Literal

Use = tuple[int, "Literal"]
"""A literal that holds, and the entry of the trail that gives it; -1 for the root."""


@dataclass(eq=False, slots=True)
class Sum:
    """A row ``sum size * y[place] <= side``, and the steps that add up to it."""

    pairs: list[tuple[int, int]]
    side: int
    parts: list[tuple[Step, int]]


@dataclass(eq=False)
class Nogood:
    """Literals that cannot all hold.

    Parameters
    ----------
    literals
        Each is assumed by what is derived.
    lesson
        What the derivation is written from, once it is needed.
    number
        How many were learned before.
    used
        The last conflict in which it had a part.
    """

    literals: tuple[Literal, ...]
    lesson: Lesson
    number: int
    used: int = 0


@dataclass(eq=False, slots=True)
class Explained:
    """Why a literal holds: a sum, or a nogood without one of its literals."""

    literal: Literal
    reason: Sum | Nogood
    uses: list[Use]


@dataclass(eq=False, slots=True)
class Lesson:
    """How assumptions lead to an absurdity.

    Parameters
    ----------
    leaves
        What is assumed, per entry of the trail.
    explained
        What follows, per entry; each rests on earlier entries.
    final
        The absurdity.
    roots
        Per place of a literal the step that bounds it at the root.
    """

    leaves: dict[int, Literal]
    explained: dict[int, Explained]
    final: Explained
    roots: list[Step]

    def nogoods(self) -> list[Nogood]:
        """Return the nogoods that it rests on."""
        reasons = [one.reason for one in (*self.explained.values(), self.final)]
        return [reason for reason in reasons if not isinstance(reason, Sum)]


class Book:
    """Writes derivations.

    Parameters
    ----------
    box
        Bounds at the root.
    """

    def __init__(self, box: Box) -> None:
        self._box, self._width = box, len(box.lower)
        self._assumed: dict[Literal, Step] = {}
        self._written: dict[int, Step] = {}
        self.turn()

    def turn(self) -> None:
        """Take over the bounds of the box, for what is learned from here on."""
        steps = (*self._box.low, *self._box.high)
        self.roots = [known[-1] for known in steps]

    def assumed(self, literal: Literal) -> Step:
        """Return the one step that assumes a literal."""
        if literal not in self._assumed:
            self._assumed[literal] = self.step(literal, Assumed())
        return self._assumed[literal]

    def step(self, literal: Literal, reason: Assumed | Combined | Split) -> Step:
        """Write a literal with its reason."""
        place, least = literal
        if place < self._width:
            return Step(GE, least, ((place, 1),), reason)
        return Step(LE, -least, ((place - self._width, 1),), reason)

    def negated(self, literal: Literal) -> Literal:
        """Return what holds where a literal does not."""
        place, least = literal
        return (place + self._width if place < self._width else place - self._width), 1 - least

    def fact(self, literal: Literal, absurdity: Step) -> Step:
        """Conclude a literal from the absurdity of its negation."""
        other = self.assumed(literal)
        why = Split(absurdity, self.assumed(self.negated(literal)), other, other)
        return self.step(literal, why)

    def absurdity(self, nogood: Nogood) -> Step:
        """Write what a nogood's literals lead to."""
        needed, stack = {nogood.number: nogood}, [nogood]
        while stack:
            for one in stack.pop().lesson.nogoods():
                if one.number not in self._written and one.number not in needed:
                    needed[one.number] = one
                    stack.append(one)
        for number in sorted(needed):
            if number not in self._written:
                self._written[number] = self._lesson(needed[number].lesson)
        return self._written[nogood.number]

    def _lesson(self, lesson: Lesson) -> Step:
        steps = {entry: self.assumed(literal) for entry, literal in lesson.leaves.items()}

        def known(use: Use) -> Step:
            entry, literal = use
            return steps[entry] if entry >= 0 else lesson.roots[literal[0]]

        for entry in sorted(lesson.explained):
            explained = lesson.explained[entry]
            if isinstance(explained.reason, Sum):
                steps[entry] = self._bounded(explained, explained.reason, known, lesson.roots)
            else:
                absurdity = self._resolved(explained, explained.reason, known)
                place, _ = self.negated(explained.literal)
                (refuted,) = [one for one in explained.reason.literals if one[0] == place]
                steps[entry] = self.fact(self.negated(refuted), absurdity)
        final = lesson.final
        if isinstance(final.reason, Sum):
            parts, _ = self._parts(final, final.reason, known, lesson.roots, -1)
            return Step(GE, 1, (), Combined([(step, -by) for step, by in parts]))
        return self._resolved(final, final.reason, known)

    def _bounded(
        self, explained: Explained, why: Sum, known: Callable[[Use], Step], roots: list[Step]
    ) -> Step:
        pivot, _ = self.negated(explained.literal)
        parts, size = self._parts(explained, why, known, roots, pivot)
        sign = 1 if pivot < self._width else -1
        scaled = [(step, sign * by) for step, by in parts]
        return self.step(explained.literal, Combined(scaled, size, rounded=True))

    def _parts(
        self,
        explained: Explained,
        why: Sum,
        known: Callable[[Use], Step],
        roots: list[Step],
        pivot: int,
    ) -> tuple[list[tuple[Step, int]], int]:
        """Return the row and the bounds that are taken from it, and the pivot's coefficient."""
        used = {use[1][0]: known(use) for use in explained.uses}
        parts, width, divisor = list(why.parts), self._width, 1
        for place, size in why.pairs:
            if place == pivot:
                divisor = size
            else:
                step = used.get(place) or roots[place]
                parts.append((step, -size if place < width else size))
        return parts, divisor

    def _resolved(self, explained: Explained, nogood: Nogood, known: Callable[[Use], Step]) -> Step:
        """Discharge those assumptions of a nogood that are derived here."""
        absurdity = self._written[nogood.number]
        for use in explained.uses:
            step, assumed = known(use), self.assumed(use[1])
            if step is not assumed:
                other = self.assumed(self.negated(use[1]))
                sign = step.sense
                both = Step(GE, 1, (), Combined([(step, sign), (other, -sign)]))
                absurdity = Step(GE, 1, (), Split(absurdity, assumed, both, other))
        return absurdity
