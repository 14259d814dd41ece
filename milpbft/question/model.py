"""What most models of strict instances say, for models to build on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.certificate.condensed import Condensed
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.schedule import Schedule
    from milpbft.verdict import Verdict

    Lengthen = Callable[[NDArray[np.int64]], NDArray[np.int64]]
    """Writes a point of one problem as a point of another."""


class StrictModel:
    """A model with one encoding and without MIP starts; see :class:`milpbft.room.Model`."""

    def point(self, schedule: Schedule) -> NDArray[np.int64] | None:
        """Write no schedule as a point: strict questions have no scripted runs."""
        return None

    @property
    def short(self) -> str:
        """Nothing is left out that a proof takes."""
        return ""

    def escape(self) -> Problem | None:
        """Return no problem: no optimum is doubtful because of runs that are not modelled."""
        return None

    def relaxed(self) -> Problem | None:
        """Return no problem: none is known whose optimum bounds this one's and is found sooner."""
        return None

    def condensed(self) -> Condensed | None:
        """Return no problem: none is known whose proofs are written as proofs about this one."""
        return None

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """Test nothing: there is no plainer encoding."""
        return None

    def shorter(self) -> Iterator[tuple[Problem, Lengthen]]:
        """Yield nothing: there is no problem of fewer runs."""
        return iter(())

    def others(self, value: int) -> Iterator[Problem]:
        """Yield nothing: what a solver finds is what replicas do, or there is no other way."""
        return iter(())

    def unanswered(self, solution: Solution) -> str:
        """Say nothing: what solvers prove answers the question."""
        return ""
