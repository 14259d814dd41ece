"""Task and Claim: what goes to the solver's process, and what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem

    from .limits import Limits

LE, EQ, GE = -1, 0, 1
# Objectives are integral, so a gap below 1 proves an optimum; 0.9 leaves room for the noise of
# floating-point bounds. The relative gap must then be 0: at large values it would stop earlier.
GAP = 0.9

ClaimStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "limit", "error"]


@dataclass
class Task:
    """The arrays of a problem, without names, and how to solve it.

    The fields are those of :class:`milpbft.milp.problem.Problem`; the matrix is its three CSR
    arrays, `start` its best known point. `seconds` counts from `begin_clock`, which the solver's
    process calls when the task has arrived; `chatty` asks for a log, and `variant` is the name of
    the solver behind a bridge.
    """

    indptr: NDArray[Any]
    indices: NDArray[Any]
    data: NDArray[Any]
    relation: NDArray[np.int8]
    rhs: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    objective: NDArray[np.int64]
    maximise: bool
    start: NDArray[np.int64] | None
    seconds: float | None
    threads: int
    chatty: bool
    variant: str
    began: float = 0.0

    @classmethod
    def of(cls, problem: Problem, limits: Limits, variant: str, chatty: bool) -> Task:
        """Take from a problem what a solver needs; nothing is copied."""
        matrix = problem.matrix
        return cls(
            indptr=matrix.indptr,
            indices=matrix.indices,
            data=matrix.data,
            relation=problem.relation,
            rhs=problem.rhs,
            lower=problem.lower,
            upper=problem.upper,
            objective=problem.objective,
            maximise=problem.sense == "max",
            start=problem.starts[0] if problem.starts else None,
            seconds=limits.seconds,
            threads=limits.threads,
            chatty=chatty,
            variant=variant,
        )

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.rhs)

    @property
    def variables(self) -> int:
        """Number of variables."""
        return len(self.lower)

    def begin_clock(self) -> None:
        """Start the time limit: the problem has arrived."""
        self.began = time.monotonic()

    def remaining(self) -> float | None:
        """Seconds left for the solver, never below a hundredth: some take 0 for "no limit"."""
        if self.seconds is None:
            return None
        return max(0.01, self.seconds - (time.monotonic() - self.began))

    def row_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bound of every row, infinite where a row has none."""
        rhs = self.rhs.astype(np.float64)
        return (
            np.where(self.relation == LE, -np.inf, rhs),
            np.where(self.relation == GE, np.inf, rhs),
        )


@dataclass
class Claim:
    """What a solver says. Nothing of it is believed before :mod:`solvers.judge` has tested it.

    `point` and `bound` are the solver's floating-point numbers in the problem's own sense;
    `seconds` is the time in the solver, without handing the problem over.
    """

    status: ClaimStatus
    point: NDArray[np.float64] | None = None
    bound: float | None = None
    seconds: float = 0.0
    nodes: int | None = None
    message: str = ""


@dataclass
class Note:
    """What is known so far, sent while the solver runs: a better point, a better bound, or both.

    `value` is for show where a solver tells no point, and `nodes` counts those of its search.
    """

    point: NDArray[np.float64] | None = None
    bound: float | None = None
    nodes: int | None = None
    value: float | None = None


Tell = Callable[[Note], None]
"""Sends a note to the parent process."""
