"""Lesson: what a nogood rests on, and its derivation, which is written only where it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import GE, LE

from .reduced import Bounded, Reduced
from .sums import Sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from .box import Box
    from .trail import Literal

Use = tuple[int, "Literal"]
"""A literal that holds, and the entry of the trail that gives it; -1 for the root."""


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
    """Why a literal holds: a sum, or a nogood without one of its literals; None: an absurdity."""

    literal: Literal | None
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
        # What was derived, by what it rests on: many lessons hold the same.
        self._derived: dict[tuple[object, ...], Step] = {}
        self._reduced: dict[tuple[object, ...], Reduced] = {}
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

    def step(self, literal: Literal, reason: Assumed | Bounded | Split) -> Step:
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
        if (literal, absurdity) not in self._derived:
            other = self.assumed(literal)
            why = Split(absurdity, self.assumed(self.negated(literal)), other, other)
            self._derived[literal, absurdity] = self.step(literal, why)
        return self._derived[literal, absurdity]

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
                assert explained.literal is not None, "only the last one is an absurdity"
                place, _ = self.negated(explained.literal)
                (refuted,) = [one for one in explained.reason.literals if one[0] == place]
                steps[entry] = self.fact(self.negated(refuted), absurdity)
        final = lesson.final
        if isinstance(final.reason, Sum):
            return self._bounded(final, final.reason, known, lesson.roots)
        return self._resolved(final, final.reason, known)

    def _bounded(
        self, explained: Explained, why: Sum, known: Callable[[Use], Step], roots: list[Step]
    ) -> Step:
        """Write what a sum gives: a literal, or an absurdity where the literal is None."""
        used = {use[1][0]: known(use) for use in explained.uses}
        bounds = tuple(roots[place] for place, _ in why.pairs)
        key = why, explained.literal, bounds, tuple(used.items())
        if key not in self._derived:
            row = self._reduced.setdefault((why, bounds), Reduced(why, bounds, self._width))
            literal = explained.literal
            pivot = self.negated(literal)[0] if literal else -1
            reason = Bounded(row, used, pivot, row.note({*used, pivot}))
            self._derived[key] = self.step(literal, reason) if literal else absurd(reason)
        return self._derived[key]

    def _resolved(self, explained: Explained, nogood: Nogood, known: Callable[[Use], Step]) -> Step:
        """Discharge those assumptions of a nogood that are derived here."""
        absurdity = self._written[nogood.number]
        for use in explained.uses:
            step, assumed = known(use), self.assumed(use[1])
            if step is not assumed:
                other = self.assumed(self.negated(use[1]))
                key = absurdity, assumed, step
                if key not in self._derived:
                    both = self._contradiction(step, other)
                    self._derived[key] = absurd(Split(absurdity, assumed, both, other))
                absurdity = self._derived[key]
        return absurdity

    def _contradiction(self, step: Step, other: Step) -> Step:
        if (step, other) not in self._derived:
            why = Combined([(step, step.sense), (other, -step.sense)])
            self._derived[step, other] = absurd(why)
        return self._derived[step, other]


def absurd(reason: Bounded | Combined | Split) -> Step:
    """Write ``0 >= 1`` with its reason."""
    return Step(GE, 1, (), reason)
