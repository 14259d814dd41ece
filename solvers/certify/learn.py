"""Learn: a search that keeps what each refuted node teaches, and begins again and again.

As in :mod:`solvers.certify.search` a point better than the value is assumed, rows tighten bounds,
and the relaxation refutes nodes. But no tree is kept: each conflict becomes a nogood, which refutes
whatever meets it again, and only nogoods that the last one rests on are written.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from .conflict import Analysis
from .lesson import Book, Nogood
from .nogoods import Nogoods
from .rows import spans
from .search import Search
from .sums import Sum, Sums
from .trail import Trail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Step

    from .task import ProofTask
    from .trail import Literal

_GROWTH = 1.05
_CLOSE = 1e-6
_UNIT = 50  # conflicts of the shortest run
_MOST = 60_000  # literals that are kept
# Nodes from one relaxation to the next: it refutes more than rows do, and takes longer.
_OFTEN, _RAREST = 8, 64


class Learning(Search):
    """The search for a proof that learns from conflicts; as :class:`Search`."""

    def __init__(self, task: ProofTask, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(task, clock)
        self.conflicts = 0
        self._nothing = np.zeros(0, dtype=np.int64)
        self._point: NDArray[np.float64] | None = None

    def _refute(self) -> Step:
        refuted = self._empty_row() or self._box.propagate(self._rows, None)
        if refuted is not None:
            return refuted
        self._book = Book(self._box)
        self._trail = Trail(self._box)
        self._nogoods = Nogoods(self._trail)
        self._sums = Sums(self._rows, self._trail.width)
        up, columns = self._rows.up, self._rows.columns
        self._places = np.where(up, columns, columns + self._trail.width)
        self._activity = self._guards / (1 + self._guards.max(initial=0.0))
        self._phase = self._trail.lower.copy()
        self._every, self._since = _OFTEN, 0
        run = 1
        while True:
            refuted = self._run(_UNIT * _luby(run))
            if refuted is not None:
                return refuted
            run += 1
            self._trail.back(0)
            self._nogoods.forget(_MOST, self.conflicts)

    def _run(self, most: int) -> Step | None:
        """Search until an absurdity is found at the root, or so many conflicts were met."""
        changed = self._nothing
        until = self.conflicts + most
        while True:
            self.nodes += 1
            conflict = self._propagate(changed) or self._relaxed()
            if conflict is None:
                if self.conflicts >= until:
                    return None
                changed = self._decide()
                continue
            self.conflicts += 1
            self._left()
            analysis = Analysis(self._trail, self._sums)
            nogood, level, asserting = analysis.learn(conflict, self.conflicts, self._book.roots)
            if asserting is None:
                return self._book.absurdity(nogood)
            self._reward(analysis)
            self._save()
            self._trail.back(level)
            changed = np.array([asserting[0] % self._trail.width], dtype=np.int64)
            if len(nogood.literals) == 1:
                fact = self._book.fact(asserting, self._book.absurdity(nogood))
                refuted = self._at_root(fact)
                if refuted is not None:
                    return refuted
                changed = self._nothing
            else:
                nogood.used = self.conflicts
                self._nogoods.add(nogood)
                self._trail.push(asserting, nogood)

    def _at_root(self, fact: Step) -> Step | None:
        """Take a bound for good; return an absurdity where it leaves nothing."""
        box, columns = self._box, np.array([fact.terms[0][0]], dtype=np.int64)
        refuted = box.tighten(fact) or box.propagate(self._rows, columns)
        self._trail.take_root(box)
        self._book.turn()
        return refuted

    def _propagate(self, changed: NDArray[np.int64]) -> Sum | Nogood | None:
        """Tighten bounds until nothing gives more; return what cannot hold."""
        while True:
            while len(changed):
                broken, found = self._by_rows(changed)
                if broken is not None:
                    return broken
                empty, changed = self._push(found)
                if empty is not None:
                    return empty
            failed, implied = self._nogoods.implied()
            if failed is not None or not implied:
                return failed
            empty, changed = self._push(implied)
            if empty is not None:
                return empty

    def _push(
        self, found: Iterable[tuple[Literal, int | Nogood]]
    ) -> tuple[Sum | None, NDArray[np.int64]]:
        """Take literals; return what is wrong with them, and the columns that they are about."""
        trail, changes = self._trail, set[int]()
        for (place, least), reason in found:
            if least > trail.bounds[place]:
                if not trail.push((place, least), reason):
                    # At least its lower and at most its upper bound.
                    return Sum([(place, 1), (trail.opposite(place), 1)], 0, []), self._nothing
                changes.add(place % trail.width)
        return None, np.fromiter(changes, dtype=np.int64, count=len(changes))

    def _by_rows(
        self, changed: NDArray[np.int64]
    ) -> tuple[Sum | None, Iterator[tuple[Literal, int]]]:
        """Return a row that is broken, if any, or else what rows with changed columns give."""
        trail, rows = self._trail, self._rows
        touched = rows.touching(changed)
        if not len(touched):
            return None, iter(())
        entries = spans(rows.start, touched)
        places, size = self._places[entries], rows.size[entries]
        bounds = trail.bounds[places]
        counts = rows.start[touched + 1] - rows.start[touched]
        offsets = np.cumsum(counts) - counts
        slack = rows.side[touched] - np.add.reduceat(size * bounds, offsets)
        if (slack < 0).any():
            return self._sums.of(int(touched[np.argmin(slack)])), iter(())
        room = np.repeat(slack, counts)
        other = np.where(places < trail.width, places + trail.width, places - trail.width)
        tight = np.flatnonzero(size * (-trail.bounds[other] - bounds) > room)
        least = -(bounds[tight] + room[tight] // size[tight])
        literals = zip(other[tight].tolist(), least.tolist(), strict=True)
        return None, zip(literals, rows.row[entries[tight]].tolist(), strict=True)

    def _relaxed(self) -> Sum | None:
        """Refute the node by its relaxation, which is asked the more often the more it refutes."""
        self._point = None
        self._since += 1
        if self._since < self._every:
            return None
        self._since = 0
        trail = self._trail
        answer = self._relaxation.solve(trail.lower, trail.upper, self._left())
        found = self._system.absurdity(answer, _Node(trail))
        if found is not None:
            self._every = max(_OFTEN, self._every // 2)
            return found
        self._every = min(_RAREST, self._every + 1)
        if answer.status == "open":
            self._point = answer.point
        return None

    def _decide(self) -> NDArray[np.int64]:
        """Begin a level, by the relaxation's point where there is one."""
        trail = self._trail
        low, high = trail.lower, trail.upper
        free = low < high
        if not free.any():
            self._test(low.copy())
            raise ArithmeticError("a single point is left, and it breaks no row")
        if self._point is not None:
            away = np.where(free, np.abs(self._point - np.rint(self._point)), 0)
            near = np.rint(self._point).astype(np.int64)
            if away.max() > _CLOSE:
                column = int(
                    np.argmax(np.where(away > _CLOSE, (self._activity + _CLOSE) * away, 0))
                )
                floor = int(np.floor(self._point[column]))
                up = near[column] > floor
                return self._begin((column, floor + 1) if up else (column + trail.width, -floor))
            self._test(np.clip(near, low, high))
            self._phase = near
        column = int(np.argmax(np.where(free, self._activity, -1.0)))
        wanted = min(max(int(self._phase[column]), int(low[column])), int(high[column]))
        at_most = wanted == low[column]
        return self._begin((column + trail.width, -wanted) if at_most else (column, wanted))

    def _begin(self, literal: Literal) -> NDArray[np.int64]:
        self._trail.decide(literal)
        return np.array([literal[0] % self._trail.width], dtype=np.int64)

    def _reward(self, analysis: Analysis) -> None:
        for column in analysis.columns:
            self._activity[column] += self._weight
        for nogood in analysis.touched:
            nogood.used = self.conflicts
        self._weight *= _GROWTH
        if self._weight > 1e100:
            self._activity /= self._weight
            self._weight = 1.0

    def _save(self) -> None:
        """Keep the values that columns had."""
        low, high = self._trail.lower, self._trail.upper
        self._phase = np.where(low == high, low, np.clip(self._phase, low, np.maximum(low, high)))


class _Node:
    """The bounds of a node, and the sum that they break."""

    def __init__(self, trail: Trail) -> None:
        self.lower, self.upper, self._width = trail.lower, trail.upper, trail.width

    def absurdity(self, parts: list[tuple[Step, int]], terms: dict[int, int], side: int) -> Sum:
        """Keep the row as a sum."""
        reach = (v * int(self.lower[k] if v > 0 else self.upper[k]) for k, v in terms.items())
        if side + sum(reach) <= 0:
            raise ArithmeticError("this is no absurdity")
        pairs = [(k if v > 0 else k + self._width, abs(v)) for k, v in terms.items()]
        return Sum(pairs, -side, [(step, -by) for step, by in parts])


def _luby(k: int) -> int:
    """Return the k-th number of 1 1 2 1 1 2 4 ... (Luby, Sinclair and Zuckerman 1993)."""
    size = 1
    while size < k + 1:
        size *= 2
    while size - 1 != k:
        size //= 2
        k = k - size + 1 if k >= size else k
        size = 1
        while size < k + 1:
            size *= 2
    return size // 2
