"""Search: a branch and bound that keeps a proof of all that it rules out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import EQ, GE, LE
from solvers.certify.box import Box
from solvers.certify.multipliers import System
from solvers.certify.relaxation import Relaxation
from solvers.certify.rows import Rows, given

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem

_CLOSE = 1e-6


class BetterPointError(ArithmeticError):
    """The search met a point that is better than the optimum."""

    def __init__(self, point: NDArray[np.int64]) -> None:
        super().__init__("a better point")
        self.point = point


class OutOfTimeError(ArithmeticError):
    """A limit came first."""


class Search:
    """Prove that no point of a problem is better than `value`, or that there is none."""

    def __init__(self, problem: Problem, value: int | None, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.problem = problem
        self.clock = clock
        self.deadline = clock() + seconds
        self.nodes = self.lps = self.failed = 0
        self.trivial = value is not None and not problem.objective.any()
        self.sign = -1 if problem.sense == "max" else 1
        low, high, rows = given(problem)
        self.box = Box(low, high)
        self.cutoff = self._cutoff(value)
        self.rows = Rows(len(low))
        self.rows.add([*rows, *([self.cutoff] if self.cutoff else [])])
        cost = self.sign * problem.objective if self.cutoff else np.zeros_like(problem.objective)
        self.system = System(
            problem.matrix, problem.relation, problem.rhs, rows, self.cutoff, cost
        )
        side = problem.rhs.astype(np.float64)
        self.relaxation = Relaxation(
            problem.matrix,
            np.where(problem.relation == LE, -np.inf, side),
            np.where(problem.relation == GE, np.inf, side),
            cost,
            self.system.cut + 1e-3 if self.cutoff else np.inf,
        )
        self.guards = self._guards()
        self.value = value

    def _cutoff(self, value: int | None) -> Step | None:
        if value is None or self.trivial:
            return None
        terms = tuple((k, c) for k, c in enumerate(self.problem.objective.tolist()) if c)
        if self.problem.sense == "max":
            return Step(GE, value + 1, terms, Assumed(), 1)
        return Step(LE, value - 1, terms, Assumed(), 1)

    def _guards(self) -> NDArray[np.float64]:
        """Largest coefficient of each binary: guards stand with a big M."""
        matrix = abs(self.problem.matrix).max(axis=0)
        largest = np.asarray(matrix.todense()).ravel().astype(np.float64)
        binary = (self.problem.lower >= 0) & (self.problem.upper <= 1)
        return np.where(binary, largest, 0.0)

    def run(self) -> Step:
        """Return the final step of the proof."""
        if self.trivial:
            return Step(EQ, 0, (), Combined(()))
        absurdity = self._node(1, None)
        if self.cutoff is None:
            return absurdity
        rest = Step(-self.cutoff.sense, self.value or 0, self.cutoff.terms, Assumed(), 2)
        return Step(
            rest.sense, rest.side, rest.terms, Split(absurdity, self.cutoff, rest, rest)
        )

    def _node(self, depth: int, changed: NDArray[np.int64] | None) -> Step:
        """Derive an absurdity from the bounds of the box."""
        mark = self.box.mark()
        try:
            while True:
                self.nodes += 1
                if (refuted := self.box.propagate(self.rows, changed)) is not None:
                    return refuted
                column, value, up = 0, 0, True
                decided = self._decide()
                if isinstance(decided, Step):
                    return decided
                column, value, up = decided
                bit = 1 << depth
                low = Step(LE, value, ((column, 1),), Assumed(), bit)
                high = Step(GE, value + 1, ((column, 1),), Assumed(), bit)
                first, second = (high, low) if up else (low, high)
                place = self.box.mark()
                changed = np.array([column])
                refuted = self.box.tighten(first)
                if refuted is None:
                    refuted = self._node(depth + 1, changed)
                self.box.back(place)
                if not refuted.mask & bit:
                    return refuted
                fact = Step(
                    second.sense,
                    second.side,
                    second.terms,
                    Split(refuted, first, second, second),
                    refuted.mask & ~bit,
                )
                if (refuted := self.box.tighten(fact)) is not None:
                    return refuted
        finally:
            self.box.back(mark)

    def _decide(self) -> Step | tuple[int, int, bool]:
        """Refute the node by its relaxation, or choose where to branch."""
        left = self.deadline - self.clock()
        if left < 0:
            raise OutOfTimeError
        self.lps += 1
        box = self.box
        answer = self.relaxation.solve(box.lower, box.upper, left)
        if answer.status != "failed":
            refuted = self.system.absurdity(
                answer.multipliers, box, answer.status == "infeasible"
            )
            if refuted is not None:
                return refuted
        if answer.status != "open":
            self.failed += 1
            return self._split_any()
        point = answer.point
        away = np.abs(point - np.rint(point))
        away[box.lower == box.upper] = 0
        open_columns = np.flatnonzero(away > _CLOSE)
        if not len(open_columns):
            whole = np.clip(np.rint(point).astype(np.int64), box.lower, box.upper)
            if not self.problem.violations(whole, 1) and self._better(whole):
                raise BetterPointError(whole)
            self.failed += 1
            return self._split_any()
        score = away[open_columns] * (1 + self.guards[open_columns])
        column = int(open_columns[np.argmax(score)])
        return column, int(np.floor(point[column])), bool(point[column] % 1 > 0.5)

    def _better(self, point: NDArray[np.int64]) -> bool:
        if self.value is None:
            return True
        return self.sign * self.problem.value(point) < self.sign * self.value

    def _split_any(self) -> tuple[int, int, bool]:
        free = np.flatnonzero(self.box.lower < self.box.upper)
        if not len(free):
            raise ArithmeticError("a single point is left that no row refutes")
        column = int(free[np.argmax(self.guards[free])])
        return column, int(self.box.lower[column]), False
