"""Box: the bounds of all variables at a node, each with the step that derives it."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Combined, Implied, Residues, Step
from milpbft.milp.problem import EQ, GE, LE

from .rows import spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .rows import Rows


class Box:
    """Bounds that are tightened by rows, and loosened again by going back."""

    def __init__(self, low: list[Step], high: list[Step]) -> None:
        self.lower = np.array([step.side for step in low], dtype=np.int64)
        self.upper = np.array([step.side for step in high], dtype=np.int64)
        # All bounds of a variable so far, the tightest last.
        self.low = [[step] for step in low]
        self.high = [[step] for step in high]
        self._trail: list[tuple[int, int]] = []

    def mark(self) -> int:
        """Return a place to go back to."""
        return len(self._trail)

    def back(self, mark: int) -> None:
        """Undo every change since a mark."""
        for column, sense in reversed(self._trail[mark:]):
            if sense == GE:
                self.low[column].pop()
                self.lower[column] = self.low[column][-1].side
            else:
                self.high[column].pop()
                self.upper[column] = self.high[column][-1].side
        del self._trail[mark:]

    def tighten(self, step: Step) -> Step | None:
        """Take a bound of one variable; return an absurdity where none is left."""
        column = step.terms[0][0]
        if step.sense == GE:
            self.low[column].append(step)
            self.lower[column] = step.side
        else:
            self.high[column].append(step)
            self.upper[column] = step.side
        self._trail.append((column, step.sense))
        low, high = self.low[column][-1], self.high[column][-1]
        if low.side > high.side:
            return absurd([(low, 1), (high, -1)], low.side - high.side)
        return None

    def propagate(self, rows: Rows, changed: NDArray[np.int64] | None) -> Step | None:
        """Tighten bounds until no row gives more; return an absurdity where a row cannot hold."""
        while changed is None or len(changed):
            touched = np.arange(len(rows.side)) if changed is None else rows.touching(changed)
            if not len(touched):
                return None
            entries = spans(rows.start, touched)
            columns, up = rows.columns[entries], rows.up[entries]
            least = rows.values[entries] * np.where(up, self.lower[columns], self.upper[columns])
            counts = rows.start[touched + 1] - rows.start[touched]
            offsets = np.cumsum(counts) - counts
            slack = rows.side[touched] - np.add.reduceat(least, offsets)
            if (slack < 0).any():
                return self.conflict(rows, int(touched[np.argmin(slack)]))
            room = np.repeat(slack, counts)
            size = rows.size[entries]
            tight = np.flatnonzero(size * (self.upper[columns] - self.lower[columns]) > room)
            step = room[tight] // size[tight]
            columns, up = columns[tight], up[tight]
            value = np.where(up, self.lower[columns] + step, self.upper[columns] - step)
            changes = set[int]()
            found = zip(
                rows.row[entries[tight]].tolist(),
                (entries[tight] - rows.start[rows.row[entries[tight]]]).tolist(),
                *(columns.tolist(), np.where(up, LE, GE).tolist(), value.tolist()),
                strict=True,
            )
            for row, bounds in groupby(found, itemgetter(0)):
                news = [item[1:] for item in bounds if self._improves(*item[2:])]
                changes.update(column for _, column, _, _ in news)
                for new in self._implied(rows, row, news):
                    if (refuted := self.tighten(new)) is not None:
                        return refuted
            changed = np.array(sorted(changes), dtype=np.int64)
        return None

    def _improves(self, column: int, sense: int, bound: int) -> bool:
        """Whether a bound is tighter than what is known."""
        return bool(bound < self.upper[column] if sense == LE else bound > self.lower[column])

    def _implied(
        self, rows: Rows, row: int, bounds: list[tuple[int, int, int, int]]
    ) -> Iterator[Step]:
        """Derive bounds of a row's columns, each a place in it, column, sense and side."""
        step, sign = rows.steps[row], rows.signs[row]
        if step.sense == EQ and len(step.terms) == 1:
            yield from (self._solved(step, sense, side) for _, _, sense, side in bounds)
            return
        others = tuple(
            (self.low if sign * value > 0 else self.high)[column][-1]
            for column, value in step.terms
        )
        places = tuple(place for place, *_ in bounds)
        residues = Residues(step, LE if sign > 0 else GE, others, places)
        for place, column, sense, side in bounds:
            reason = Implied(residues, place)
            yield Step(sense, side, ((column, 1),), reason, residues.mask(place))

    def _solved(self, row: Step, sense: int, bound: int) -> Step:
        """Bound the only variable of an equation ``a x = b``.

        Only inequalities may be rounded. So a little of the bound that x has is added: with u that
        bound, ``x <= b/a + (u - b/a) / k``, which rounds as b/a does for ``k > a u - b``.
        """
        ((column, value),) = row.terms
        known = (self.high if sense == LE else self.low)[column][-1]
        sign = 1 if value > 0 else -1
        k = abs(value * known.side - row.side) + 1
        parts = [(row, sign * (k - 1)), (known, abs(value))]
        why = Combined(parts, abs(value) * k, rounded=True)
        return Step(sense, bound, ((column, 1),), why, row.mask | known.mask)

    def conflict(self, rows: Rows, row: int) -> Step:
        """Derive the absurdity of a row that no point of the box satisfies."""
        step, sign = rows.steps[row], rows.signs[row]
        terms = {column: sign * value for column, value in step.terms}
        return self.absurdity([(step, -sign)], terms, -sign * step.side)

    def absurdity(self, parts: list[tuple[Step, int]], terms: dict[int, int], side: int) -> Step:
        """Derive ``0 >= 1`` from ``-terms >= side`` and the loosest bounds that suffice.

        Parameters
        ----------
        parts
            What adds up to that row, with factors.
        terms
            Columns and coefficients with the sign turned, none of them zero.
        side
            Its right-hand side.
        """
        chosen: dict[int, Step] = {}
        total = side
        loose: list[tuple[int, int, int]] = []
        for column, value in terms.items():
            bounds = (self.low if value > 0 else self.high)[column]
            chosen[column] = bounds[-1]
            total += value * bounds[-1].side
            if len(bounds) > 1 and bounds[-1].mask > 1:
                loss = abs(value * (bounds[-1].side - bounds[0].side))
                loose.append((-bounds[-1].mask.bit_length(), loss, column))
        budget = total - 1
        if budget < 0:
            raise ArithmeticError("this is no absurdity")
        for _, _, column in sorted(loose):
            value = terms[column]
            bounds = (self.low if value > 0 else self.high)[column]
            for step in bounds[:-1]:
                loss = abs(value * (bounds[-1].side - step.side))
                if loss <= budget:
                    budget -= loss
                    total -= loss
                    chosen[column] = step
                    break
        bounds_used = [(step, terms[column]) for column, step in chosen.items()]
        return absurd([*parts, *bounds_used], total)


def absurd(parts: list[tuple[Step, int]], total: int) -> Step:
    """Make the step ``0 >= total``, of a positive total, from parts that add up to it."""
    mask = 0
    for step, _ in parts:
        mask |= step.mask
    return Step(GE, 1, (), Combined(parts), mask)
