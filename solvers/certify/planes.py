"""Planes: a proof by Exact, a solver that reasons with cutting planes (extra ``proofs``).

It learns from conflicts as SAT solvers do, but sums of constraints in place of clauses, and logs
each (Elffers and Nordström 2018; Devriendt, Gleixner and Nordström 2021). The log is not believed:
:mod:`solvers.certify.veripb` turns it into steps, which the certificate's verifier checks.
"""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from milpbft.milp.problem import LE

from .cutoff import BetterPointError, OutOfTimeError, conclusion, cutoff
from .rows import given
from .veripb import Binaries, Log, Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Step

    from .task import ProofTask

# What it would log as a unit propagation, without its steps, is switched off.
_OPTIONS = {"proof-assumptions": "0", "inp-atmostone": "0", "inp-probing": "0"}


def installed() -> bool:
    """Whether Exact is there."""
    return find_spec("exact") is not None


class Planes:
    """The search for a proof in binaries; as :class:`solvers.certify.search.Search`.

    Parameters
    ----------
    task
        An :func:`ordered <milpbft.milp.certificate.ordered.ordered>` problem, the value, the limit.
    clock
        Seconds from any origin.
    """

    def __init__(self, task: ProofTask, clock: Callable[[], float] = time.monotonic) -> None:
        self._task, self._clock = task, clock
        self._deadline = np.inf if task.seconds is None else clock() + task.seconds
        self._low, self._high, self._rows = given(task)
        self.given = 2 * len(self._low) + len(self._rows)
        self.nodes = 0
        self._cutoff = cutoff(task)
        width = task.upper - task.lower
        self._columns = np.flatnonzero(width == 1).tolist()
        # Rows that say which sum of binaries an integer is, by column.
        sums = len(self._rows) - int(width[width > 1].sum())
        self._sums: dict[int, Step] = {}
        for column in np.flatnonzero(width > 1).tolist():
            self._sums[column] = self._rows[sums]
            sums += int(width[column])

    def run(self) -> Step:
        """Return the final step of the proof.

        Raises
        ------
        BetterPointError
            Where there is a better point.
        OutOfTimeError
            Where the time limit comes first.
        LogError
            Where the log has a rule that is not read.
        """
        return conclusion(self._task, self._cutoff, self._refute)

    def _refute(self) -> Step:
        with TemporaryDirectory() as scratch:
            log = Path(scratch, "log")
            formula = list(self._formula())
            self._solve(formula, log)
            binaries = Binaries(self._columns, self._low, self._high)
            with log.with_suffix(".proof").open() as lines:
                return Log(formula, binaries).absurdity(lines)

    def _formula(self) -> Iterator[Step]:
        """Yield rows and cutoff as ``>=`` of binaries, without those that say nothing."""
        binaries = Binaries(self._columns, self._low, self._high)
        known = len(self._rows) - sum(len(row.terms) - 1 for row in self._sums.values())
        for row in [*self._rows[known:], *self._rows[:known], *filter(None, [self._cutoff])]:
            for sign in (-1,) if row.sense == LE else (1,) if row.sense else (1, -1):
                step = self._in_binaries(row, sign)
                if binaries.degree(step.terms, step.side) > 0:
                    yield step

    def _in_binaries(self, row: Step, sign: int) -> Step:
        total = Sum()
        total.add(row, sign)
        for column, value in row.terms:
            by = sign * value
            if column in self._sums:
                total.add(self._sums[column], -by)
            elif self._task.lower[column] == self._task.upper[column]:
                total.add((self._high if by > 0 else self._low)[column], -by)
        return total.step()

    def _solve(self, formula: list[Step], log: Path) -> None:
        """Have the formula refuted, and the refutation logged."""
        options = {"proof-log": str(log), **_OPTIONS}
        solver: Any = import_module("exact").Exact(list(options.items()))
        names = {column: f"x{column}" for column in self._columns}
        for name in names.values():
            solver.addVariable(name, 0, 1)
        for step in formula:
            terms = [(value, names[column]) for column, value in step.terms]
            low = sum(value * int(self._task.lower[column]) for column, value in step.terms)
            solver.addConstraint(terms, True, step.side - low, False, 0)
        left = self._deadline - self._clock()
        if left <= 0:
            raise OutOfTimeError
        status = solver.runFull(False, 0 if left == np.inf else left)
        self.nodes = int(dict(solver.getStats())["conflicts"])
        if solver.hasSolution():
            values = solver.getLastSolutionFor(list(names.values()))
            raise BetterPointError(self._point(values))
        if status != "UNSAT":
            raise OutOfTimeError

    def _point(self, values: list[int]) -> NDArray[np.int64]:
        """Return the point that the binaries say."""
        point = self._task.lower.copy()
        point[self._columns] += np.array(values, dtype=np.int64)
        for column, row in self._sums.items():
            point[column] = row.side + sum(int(point[k]) for k, by in row.terms if by < 0)
        return point
