"""Search: a branch and bound that keeps a proof of all that it rules out.

It assumes a point better than the value to be proven and derives an absurdity. A node tightens its
bounds by every row, then asks the linear relaxation for multipliers, and branches where these give
no absurdity in exact arithmetic. What refutes one side of a branch refutes the whole node where it
does not rest on that branch; else the other side becomes a bound, which is derived and not assumed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import EQ, GE, LE

from .box import Box
from .cliques import Cliques
from .cutoff import CUTOFF_BIT, BetterPointError, Refutation
from .multipliers import System, matrix_of
from .relaxation import Relaxation
from .root import Root
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Terms

    from .task import ProofTask

_CLOSE = 1e-6
_NONE = np.zeros(0, dtype=np.int64)
# Of the weight of a branch that was needed: the next one counts so much more (as in SAT solvers:
# Moskewicz et al., "Chaff", 2001).
_GROWTH = 1.05
# Nodes of the first search, which has no cuts: most proofs take fewer, and cuts make them longer.
_WITHOUT_CUTS = 400


class PausedError(ArithmeticError):
    """The search was to go no further; its path says how far it is."""


@dataclass(frozen=True)
class Branch:
    """Either ``terms <= side`` or ``terms >= side + 1``; the latter first where `up`.

    `row` is the clique row whose left-hand side it is; None where it is one column.
    """

    terms: Terms
    side: int
    up: bool
    row: int | None = None


@dataclass(eq=False, slots=True)
class Fork:
    """A branch that was made, and what came of it.

    Parameters
    ----------
    first, second
        Its sides, both assumed, in the order in which they are looked at.
    row
        Of the branch.
    refuted
        The absurdity of the first side, which rests on it; None as long as there is none.
    """

    first: Step
    second: Step
    row: int | None
    refuted: Step | None = None


class Search(Refutation):
    """The search for a proof by branch and bound, as its base.

    Attributes
    ----------
    path
        The forks from where it began to the node at which it is. Where the first side of one is
        refuted, it is in the second, else in the first. The k-th has bit k + 1 in masks.
    """

    def __init__(self, task: ProofTask, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(task, clock)
        rows, count = self._given, len(self._low)
        self._most = _WITHOUT_CUTS
        self.path: list[Fork] = []
        self._box = Box(self._low, self._high)
        self._rows = Rows(count)
        self._rows.add([*rows, *([self._cutoff] if self._cutoff else [])])
        shape = len(rows), count
        matrix = csr_array((task.data, task.indices, task.indptr), shape=shape)
        sign = -1 if task.maximise else 1
        self._state(rows, self._cutoff, sign * task.objective * bool(self._cutoff))
        self._guards = _guards(task, matrix)
        # How often a branch on a column was needed, recent ones counting more.
        self._needed = np.zeros(count)
        self._weight = 1.0

    def _state(self, rows: list[Step], cutoff: Step | None, cost: NDArray[np.int64]) -> None:
        """State the relaxation."""
        matrix = matrix_of(rows, len(cost))
        self._system = System(matrix, rows, cutoff, cost)
        # No vertex below the cut means no point at or below it, within a hair.
        stop = self._system.cut + 1e-3 if cutoff else np.inf
        self._relaxation = Relaxation(matrix, *_sides(rows), cost, stop)
        self._cliques = Cliques(self._system, self._relaxation, self._box)

    def restate(self) -> None:
        """Make the cutoff a row, and the cost nothing: so cuts can rest on it as on others.

        Where the cost is least, hardly anything happens: that point is cut off by what it lacks,
        and no cut speaks of the cost.
        """
        if self._cutoff is not None:
            self._state(
                [*self._given, self._cutoff], None, np.zeros(len(self._low), dtype=np.int64)
            )

    @property
    def cuts(self) -> list[Step]:
        """The rows of the relaxation that were added."""
        return self._system.steps[len(self._given) + (self._cutoff is not None) :]

    def _refute(self) -> Step:
        refuted = self._empty_row() or self._box.propagate(self._rows, None)
        if refuted is not None:
            return refuted
        with suppress(PausedError):
            return self.under([])
        self._most = np.iinfo(np.int64).max
        self.restate()
        root = Root(self._system, self._relaxation, self._box, self._left)
        return root.run() or self._rest()

    def add_cuts(self, cuts: list[Step]) -> None:
        """Take rows that hold everywhere."""
        kept = np.ones(len(self._system.steps), dtype=bool)
        added = self._system.change(kept, cuts)
        sides = np.array([step.side for step in cuts], dtype=np.float64)
        self._relaxation.change(np.zeros(0, dtype=np.int32), added, sides)

    def _rest(self) -> Step:
        """Derive an absurdity with all cuts, however many nodes that takes."""
        return self.under([])

    def under(self, sides: Sequence[tuple[Step, int | None]]) -> Step:
        """Derive an absurdity from sides of branches, each with the clique row that it is about.

        They are assumed with the bits 1, 2 and so on.

        Raises
        ------
        PausedError
            Where it was to go no further; what was assumed is undone, and its path kept.
        """
        mark = self._box.mark(), self._cliques.mark()
        self.path.clear()
        try:
            for step, row in sides:
                if (refuted := self._take(step, row)) is not None:
                    return refuted
            changed = [_columns(step.terms) for step, _ in sides]
            return self._node(len(sides) + 1, np.unique(np.concatenate([_NONE, *changed])))
        finally:
            self._box.back(mark[0])
            self._cliques.back(mark[1])

    def _empty_row(self) -> Step | None:
        """Return the absurdity that a row without terms is, if there is one."""
        for step in self._system.steps:
            if not step.terms and (step.side * step.sense > 0 or step.sense == EQ != step.side):
                return Step(GE, 1, (), Combined([(step, step.sense or 1)]))
        return None

    def _node(self, depth: int, changed: NDArray[np.int64]) -> Step:
        """Derive an absurdity from the bounds of the box, which changed in some columns."""
        forks = len(self.path)
        refuted = self._branched(depth, changed)
        del self.path[forks:]
        return refuted

    def _branched(self, depth: int, changed: NDArray[np.int64]) -> Step:
        """Branch until an absurdity follows; the forks stay on the path."""
        while True:
            self.nodes += 1
            if self._pauses():
                raise PausedError
            found = self._box.propagate(self._rows, changed) or self._relax()
            if isinstance(found, Step):
                return found
            fork, bit = _fork(found, depth), CUTOFF_BIT << depth
            self.path.append(fork)
            first, second, changed = fork.first, fork.second, _columns(found.terms)
            mark = self._box.mark(), self._cliques.mark()
            refuted = self._take(first, found.row) or self._node(depth + 1, changed)
            self._box.back(mark[0])
            self._cliques.back(mark[1])
            if not refuted.mask & bit:
                return refuted
            fork.refuted = refuted
            if found.row is None:
                self._count(found.terms[0][0])
            why = Split(refuted, first, second, second)
            fact = Step(second.sense, second.side, second.terms, why, refuted.mask & ~bit)
            if (contradiction := self._take(fact, found.row)) is not None:
                return contradiction
            depth += 1

    def _pauses(self) -> bool:
        """Whether to go no further."""
        return self.nodes > self._most

    def _take(self, step: Step, row: int | None) -> Step | None:
        """Take one side of a branch; return an absurdity where it leaves nothing."""
        return self._box.tighten(step) if row is None else self._cliques.take(step, row)

    def _count(self, column: int) -> None:
        """Note that a branch on a column was needed."""
        self._needed[column] += self._weight
        self._weight *= _GROWTH
        if self._weight > 1e100:
            self._needed /= self._weight
            self._weight = 1.0

    def _relax(self) -> Step | Branch:
        """Refute the node by its relaxation, or say how to branch."""
        box = self._box
        answer = self._relaxation.solve(box.lower, box.upper, self._left())
        refuted = self._system.absurdity(answer, box)
        if refuted is not None:
            return refuted
        if answer.status == "open":
            chosen = self._cliques.choose(answer.point)
            if chosen is not None:
                row, activity = chosen
                return Branch(self._system.steps[row].terms, 0, activity > 0.5, row)
            away = np.abs(answer.point - np.rint(answer.point))
            away[box.lower == box.upper] = 0
            needed = 1 + self._needed / self._weight
            score = np.where(away > _CLOSE, away * (1 + self._guards) * needed, 0)
            column = int(np.argmax(score))
            if score[column]:
                up = bool(answer.point[column] % 1 > 0.5)
                return Branch(((column, 1),), int(np.floor(answer.point[column])), up)
            self._test(np.clip(np.rint(answer.point).astype(np.int64), box.lower, box.upper))
        self._left()
        return self._halve()

    def _test(self, point: NDArray[np.int64]) -> None:
        """Look whether a point is better than the value."""
        task = self._task
        slack = self._system.matrix @ point - self._system.side
        broken = np.where(
            self._system.relation == EQ, slack != 0, slack * self._system.relation < 0
        )
        found = int(task.objective @ point)
        better = task.value is None or (found > task.value if task.maximise else found < task.value)
        if better and not broken.any():
            raise BetterPointError(point)

    def _halve(self) -> Branch:
        """Branch on some variable, where the relaxation does not say on which."""
        box = self._box
        free = np.flatnonzero(box.lower < box.upper)
        if not len(free):
            self._test(box.lower.copy())
            raise ArithmeticError("a single point is left, and a row without terms that is false")
        column = int(free[np.argmax(self._guards[free])])
        return Branch(((column, 1),), int(box.lower[column] + box.upper[column]) // 2, False)


def _fork(branch: Branch, depth: int) -> Fork:
    low, high = (
        Step(sense, side, branch.terms, Assumed(), CUTOFF_BIT << depth)
        for sense, side in ((LE, branch.side), (GE, branch.side + 1))
    )
    return Fork(high, low, branch.row) if branch.up else Fork(low, high, branch.row)


def _sides(rows: list[Step]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper sides of rows."""
    senses, sides = (np.array([getattr(row, name) for row in rows]) for name in ("sense", "side"))
    return np.where(senses == LE, -np.inf, sides), np.where(senses == GE, np.inf, sides)


def _columns(terms: Terms) -> NDArray[np.int64]:
    return np.array(sorted(column for column, _ in terms), dtype=np.int64)


def _guards(task: ProofTask, matrix: csr_array) -> NDArray[np.float64]:
    """Return the largest coefficient of each binary, 0 of others: guards stand with a big M."""
    largest = np.zeros(matrix.shape[1])
    np.maximum.at(largest, matrix.indices, np.abs(matrix.data))
    return np.where((task.lower >= 0) & (task.upper <= 1), largest, 0.0)
