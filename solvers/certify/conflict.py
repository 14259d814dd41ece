"""Conflict: what a refuted node teaches.

Each bound is explained by those that it rests on, loosened as far as it allows. The bounds of the
last level are explained, the latest first, until a single one of them is left: with those of
earlier levels that were met, it cannot hold (first unique implication point: Marques-Silva and
Sakallah, "GRASP", 1999; over bounds of integers: Ohrimenko, Stuckey and Codish, "Propagation via
lazy clause generation", 2009).
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from .lesson import Explained, Lesson, Nogood
from .sums import Sum

if TYPE_CHECKING:
    from milpbft.milp.certificate.steps import Step

    from .lesson import Use
    from .sums import Sums
    from .trail import Literal, Trail


class _LongerError(Exception):
    """A literal rests on others than those that are known."""


class Analysis:
    """The analysis of one conflict.

    Parameters
    ----------
    trail
        The bounds that lead to it.
    sums
        Returns the sum that a row is.

    Attributes
    ----------
    columns
        Those whose bounds had a part in it.
    touched
        The nogoods that had.
    """

    def __init__(self, trail: Trail, sums: Sums) -> None:
        self._trail, self._sums = trail, sums
        self._needed: dict[int, int] = {}
        self._heap: list[int] = []
        self._level, self._at_last = -1, 0
        self._explained: dict[int, Explained] = {}
        self.columns: list[int] = []
        self.touched: list[Nogood] = []

    def learn(
        self, conflict: Sum | Nogood, number: int, roots: list[Step]
    ) -> tuple[Nogood, int, Literal | None]:
        """Return the nogood, the level to go back to, and the literal that it then implies."""
        levels = self._trail.levels
        end = len(levels)
        final = Explained(None, conflict, self._uses(conflict, None, end))
        met = [levels[entry] for entry in self._needed]
        # The relaxation is not asked at each node, so the last levels may have no part in it.
        self._level = max(met, default=0)
        self._at_last = met.count(self._level)
        while self._at_last > 1:
            entry = -heappop(self._heap)
            self._at_last -= 1
            literal = self._trail.literals[entry][0], self._needed[entry]
            reason = self._reason(entry)
            uses = self._uses(reason, literal, entry)
            self._explained[entry] = Explained(literal, reason, uses)
        self._shorten()
        leaves = [entry for entry in self._needed if entry not in self._explained]
        strongest: dict[int, int] = {}
        for entry in leaves:
            place, least = self._trail.literals[entry][0], self._needed[entry]
            strongest[place] = max(strongest.get(place, least), least)
        assumed = {}
        for entry in leaves:
            place = self._trail.literals[entry][0]
            assumed[entry] = place, strongest[place]
        lesson = Lesson(assumed, self._explained, final, roots)
        nogood = Nogood(tuple(strongest.items()), lesson, number, number)
        order = sorted({levels[entry] for entry in leaves}, reverse=True)
        asserting = self._trail.negated(assumed[max(leaves)]) if leaves else None
        return nogood, (order[1] if len(order) > 1 else 0), asserting

    def _reason(self, entry: int) -> Sum | Nogood:
        reason = self._trail.reasons[entry]
        return self._sums.of(reason) if isinstance(reason, int) else reason

    def _need(self, literal: Literal, end: int) -> int:
        entry = self._trail.entry(literal, end)
        if entry < 0:
            return entry
        known = self._needed.get(entry)
        if known is None:
            heappush(self._heap, -entry)
            self._at_last += self._trail.levels[entry] == self._level
            self.columns.append(literal[0] % self._trail.width)
            self._needed[entry] = literal[1]
        elif literal[1] > known:
            self._needed[entry] = literal[1]
        return entry

    def _known(self, literal: Literal, end: int) -> int:
        entry = self._trail.entry(literal, end)
        if entry >= 0 and self._needed.get(entry, literal[1] - 1) < literal[1]:
            raise _LongerError
        return entry

    def _uses(
        self, reason: Sum | Nogood, literal: Literal | None, end: int, *, known: bool = False
    ) -> list[Use]:
        """Return what explains a literal, or a conflict where there is none."""
        need = self._known if known else self._need
        if isinstance(reason, Sum):
            wanted = self._loose(reason, literal, end)
        else:
            self.touched.append(reason)
            without = None if literal is None else self._trail.opposite(literal[0])
            wanted = [one for one in reason.literals if one[0] != without]
        return [(need(one, end), one) for one in wanted]

    def _loose(self, why: Sum, literal: Literal | None, end: int) -> list[Literal]:
        """Return bounds as loose as suffice for a sum to give a literal, or to be broken."""
        trail = self._trail
        root, last, literals = trail.root, trail.last, trail.literals
        pivot = -1 if literal is None else trail.opposite(literal[0])
        # The sum of all but the pivot must reach this.
        budget = -why.side - 1
        news: list[tuple[int, int, int, int]] = []
        for place, size in why.pairs:
            if place == pivot and literal is not None:
                budget += size * (1 - literal[1])
                continue
            least = root[place]
            if last[place] >= 0:
                entry = trail.latest(place, end)
                if entry >= 0:
                    bound = literals[entry][1]
                    news.append((trail.entry((place, bound), end), place, size, bound))
                    least = bound
            budget += size * least
        if budget < 0:
            raise ArithmeticError("this explains nothing")
        news.sort(reverse=True)
        wanted = []
        for _, place, size, bound in news:
            loosened = min(bound - root[place], budget // size)
            budget -= loosened * size
            if bound - loosened > root[place]:
                wanted.append((place, bound - loosened))
        return wanted

    def _shorten(self) -> None:
        """Explain away what rests on the root and on what else is assumed."""
        leaves = sorted((e for e in self._needed if e not in self._explained), reverse=True)
        for entry in leaves[1:]:
            if self._trail.reasons[entry] is not None:
                reason = self._reason(entry)
                literal = self._trail.literals[entry][0], self._needed[entry]
                try:
                    uses = self._uses(reason, literal, entry, known=True)
                except _LongerError:
                    continue
                self._explained[entry] = Explained(literal, reason, uses)
