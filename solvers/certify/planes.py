"""Planes: a proof by Exact, a solver that reasons with cutting planes (extra ``proofs``).

It learns from conflicts as SAT solvers do, but sums of constraints in place of clauses, and logs
each (Elffers and Nordström 2018; Devriendt, Gleixner and Nordström 2021). The log is not believed:
:mod:`solvers.certify.veripb` turns it into steps, which the certificate's verifier checks.
"""

from __future__ import annotations

import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from milpbft.milp.certificate.proof import TooLongError
from milpbft.milp.problem import LE

from .binaries import Binaries
from .cutoff import BetterPointError, OutOfTimeError, Refutation
from .total import Total
from .veripb import MOST, Log, LogError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Step

    from .task import ProofTask

_LONGEST = 400 * 10**6
# What it would log as a unit propagation, without its steps, is switched off.
_OPTIONS = {"proof-assumptions": "0", "inp-atmostone": "0", "inp-probing": "0"}
_SETTINGS: tuple[dict[str, str], ...] = ({}, {"ca-multweaken": "0"}, {"bits-learned": "1"})
"""How conflicts are analysed: as is usual; by division alone; learning cardinalities alone.

None of them gives the shortest proof everywhere, and the longest may be five times the shortest.
"""
_LONG = 1_000_000
"""Terms and multiples of a proof that is long enough for another setting to be tried."""
_PATIENCE = 5
"""So many times what a setting took must be left for the others, and to write the proof."""


class Planes(Refutation):
    """The search for a proof in binaries, as its base.

    The problem is an :func:`ordered <milpbft.milp.certificate.ordered.ordered>` one.
    """

    def __init__(self, task: ProofTask, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(task, clock)
        width = task.upper - task.lower
        wide = np.flatnonzero(width > 1)
        # The rows of binaries are the last ones: per integer its sum, and then their order.
        ends = len(self._given) - int(width[wide].sum()) + np.cumsum(width[wide])
        starts = (ends - width[wide]).tolist()
        self._first = starts[0] if starts else len(self._given)
        sums = {x: self._given[k] for x, k in zip(wide.tolist(), starts, strict=True)}
        columns = np.flatnonzero(width == 1).tolist()
        self._binaries = Binaries(columns, self._low, self._high, sums)

    def _refute(self) -> Step:
        """Return the shortest proof that a setting gives; others are tried if one is long.

        Each may search for as long as the one before took, steps included; its own steps are given
        up when they are more than the shortest proof has.
        """
        formula = list(self._formula())
        steps = [total.step() for total in formula]
        best: Step | None = None
        failure: Exception | None = None
        nodes, most, until = 0, MOST, np.inf
        for setting in _SETTINGS:
            began = self._clock()
            try:
                best = self._proof(formula, steps, setting, until, most)
                nodes, most = self.nodes, self._binaries.written
            except (TooLongError, LogError) as error:
                failure = error
            except OutOfTimeError:
                if best is None:
                    raise
            now = self._clock()
            if most < _LONG or self._deadline - now < _PATIENCE * (now - began):
                break
            until = np.inf if best is None else now + max(now - began, 0.1)
        if best is None:
            raise failure or OutOfTimeError
        self.nodes = nodes
        return best

    def _proof(
        self,
        formula: list[Total],
        steps: list[tuple[Step, int]],
        setting: dict[str, str],
        until: float,
        most: int,
    ) -> Step:
        """Return what one setting finds until then, with so many terms and multiples at most."""
        with TemporaryDirectory() as scratch:
            log = Path(scratch, "log")
            self._solve(formula, log, setting, min(until - self._clock(), self._left()))
            written = log.with_suffix(".proof")
            if written.stat().st_size > _LONGEST:
                raise TooLongError(f"the log of its proof takes more than {_LONGEST} bytes")
            with written.open() as lines:
                return Log(steps, self._binaries, most).absurdity(lines)

    def _formula(self) -> Iterator[Total]:
        """Yield rows and cutoff as ``>=`` of binaries, without those that say nothing."""
        # The order of binaries first: it is what most conflicts rest on.
        rows, first = self._given, self._first
        for row in [*rows[first:], *rows[:first], *filter(None, [self._cutoff])]:
            self._left()
            for sign in (-1,) if row.sense == LE else (1,) if row.sense else (1, -1):
                total = Total(self._binaries)
                total.add(row, sign)
                for column, value in row.terms:
                    if self._task.lower[column] == self._task.upper[column]:
                        total.add_literal(column, -sign * value, abs(value))
                if total.degree > 0:
                    yield total

    def _solve(
        self, formula: list[Total], log: Path, setting: dict[str, str], seconds: float
    ) -> None:
        """Have the formula refuted, and the refutation logged."""
        options = {"proof-log": str(log), **_OPTIONS, **setting}
        solver: Any = import_module("exact").Exact(list(options.items()))
        names = {column: f"x{column}" for column in self._binaries.columns}
        for name in names.values():
            solver.addVariable(name, 0, 1)
        for total in formula:
            terms = [(value, names[column]) for column, value in total.pairs]
            low = sum(value * int(self._task.lower[column]) for column, value in total.pairs)
            solver.addConstraint(terms, True, total.side - low, False, 0)
        status = solver.runFull(False, 0 if seconds == np.inf else seconds)
        self.nodes = int(dict(solver.getStats())["conflicts"])
        if solver.hasSolution():
            raise BetterPointError(self._point(solver.getLastSolutionFor(list(names.values()))))
        if status != "UNSAT":
            raise OutOfTimeError

    def _point(self, values: list[int]) -> NDArray[np.int64]:
        """Return the point that the binaries say."""
        point = self._task.lower.copy()
        point[self._binaries.columns] += np.array(values, dtype=np.int64)
        for column, row in self._binaries.sums.items():
            point[column] = row.side + sum(int(point[k]) for k in self._binaries.of[column])
        return point
