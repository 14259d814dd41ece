"""Reduced: what a row says once columns are taken out that are only known as the root knows them.

Most lessons rest on few bounds of a row; those of its other columns are the same in all of them. So
these are taken out once: for all lessons, then for halves of them that rest on fewer, and so on.
Which lessons there are is known only at the end: so it is written last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Combined, Deferred, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .sums import Sum

Part = tuple[Step, int]


@dataclass(eq=False, slots=True)
class Reduced:
    """A row ``sum size * y[place] <= side`` and the steps that bound its places at the root.

    Parameters
    ----------
    row
        The row.
    roots
        Per place of the row, in its order, the step that bounds it from below.
    width
        Columns of the problem.
    """

    row: Sum
    roots: tuple[Step, ...]
    width: int
    _users: Counter[tuple[int, ...]] = field(default_factory=Counter)
    _order: list[tuple[int, ...]] = field(default_factory=list)
    _made: dict[tuple[int, int], tuple[list[Part], list[int]]] = field(default_factory=dict)

    def note(self, kept: Iterable[int]) -> tuple[int, ...]:
        """Take that a line needs these places; return what to ask for them by."""
        places = tuple(sorted(kept))
        self._users[places] += 1
        return places

    def left(self, kept: tuple[int, ...]) -> tuple[list[Part], list[int]]:
        """Return what adds up to a row with few places beside those, and which of its own it has.

        All lines must have been noted.
        """
        parts, places = self.row.parts, list(range(len(self.row.pairs)))
        if len(parts) != 1 or len(places) <= len(kept):
            return parts, places
        if not self._order:
            self._order = sorted(self._users)
        span, at = (0, len(self._order)), bisect_right(self._order, kept) - 1
        while True:
            if span not in self._made:
                self._made[span] = self._narrowed(span, parts, places)
            parts, places = self._made[span]
            first, end = span
            if end - first == 1:
                return parts, places
            middle = (first + end) // 2
            span = (first, middle) if at < middle else (middle, end)

    def _narrowed(
        self, span: tuple[int, int], parts: list[Part], places: list[int]
    ) -> tuple[list[Part], list[int]]:
        """Take out what no line of a span needs, where that pays."""
        lines = self._order[slice(*span)]
        wanted = set(chain.from_iterable(lines))
        fewer = [k for k in places if self.row.pairs[k][0] in wanted]
        users = sum(self._users[one] for one in lines)
        if (users - 1) * (len(places) - len(fewer)) <= len(fewer) + 1:
            return parts, places
        return [(self._less(parts[0], places, fewer), parts[0][1])], fewer

    def _less(self, part: Part, places: list[int], fewer: list[int]) -> Step:
        step, sign = part
        left, kept = dict(step.terms), set(fewer)
        parts, side = [(step, 1)], step.side
        for k in places:
            if k not in kept:
                by = -left.pop(self.row.pairs[k][0] % self.width)
                parts.append((self.roots[k], by))
                side += by * self.roots[k].side
        return Step(-sign, side, tuple(left.items()), Combined(parts))


@dataclass(frozen=True, slots=True, eq=False)
class Bounded(Deferred):
    """It bounds a place of a row by bounds of others; where there is none, it is an absurdity.

    Parameters
    ----------
    row
        The row.
    used
        Per place the bound that is taken; of the others the root's.
    pivot
        The place that is bounded; -1 for none.
    kept
        What the row noted for these places.
    """

    row: Reduced
    used: dict[int, Step]
    pivot: int
    kept: tuple[int, ...]

    def combined(self) -> Combined:
        """Write it as a sum of the row and bounds."""
        width, divisor = self.row.width, 1
        sign = 1 if 0 <= self.pivot < width else -1
        rows, places = self.row.left(self.kept)
        parts = [(step, sign * by) for step, by in rows]
        for k in places:
            place, size = self.row.row.pairs[k]
            if place == self.pivot:
                divisor = size
            else:
                bound = self.used.get(place) or self.row.roots[k]
                parts.append((bound, sign * (-size if place < width else size)))
        return Combined(parts, divisor, rounded=self.pivot >= 0)
