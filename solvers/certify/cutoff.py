"""Cutoff: what a search assumes, a point better than the value, and what its refutation proves."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import EQ, GE, LE

from .rows import given

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .task import ProofTask

CUTOFF_BIT = 1
"""The bit of the cutoff in masks of steps."""


class BetterPointError(ArithmeticError):
    """The search met a point that is better than the value to be proven."""

    def __init__(self, point: NDArray[np.int64]) -> None:
        super().__init__("there is a better point")
        self.point = point


class OutOfTimeError(ArithmeticError):
    """The time limit came first."""


class Refutation(ABC):
    """A search for a proof that no point is better than a value, or that there is none.

    Parameters
    ----------
    task
        The problem, the value, and the time limit.
    clock
        Seconds from any origin.

    Attributes
    ----------
    given
        Number of bounds and rows of the problem.
    nodes
        How many nodes, or conflicts, there were so far.
    """

    def __init__(self, task: ProofTask, clock: Callable[[], float] = time.monotonic) -> None:
        self._task, self._clock = task, clock
        self._deadline = np.inf if task.seconds is None else clock() + task.seconds
        self._low, self._high, self._given = given(task)
        self.given = 2 * len(self._low) + len(self._given)
        self.nodes = 0
        self._cutoff = _cutoff(task)

    def run(self) -> Step:
        """Return the final step of the proof.

        Raises
        ------
        BetterPointError
            Where there is a better point.
        OutOfTimeError
            Where the time limit comes first.
        LogError, TooLongError
            Of cutting planes: where a log has a rule that is not read, or is too long.
        """
        better, value = self._cutoff, self._task.value
        if value is not None and better is None:
            return Step(EQ, 0, (), Combined(()))
        absurdity = self._refute()
        if better is None:
            return absurdity
        rest = Step(-better.sense, value or 0, better.terms, Assumed(), CUTOFF_BIT << 1)
        return Step(rest.sense, rest.side, rest.terms, Split(absurdity, better, rest, rest))

    @abstractmethod
    def _refute(self) -> Step:
        """Derive an absurdity from the rows and the cutoff."""

    def _left(self) -> float:
        """Return the seconds that are left, all of them positive."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise OutOfTimeError
        return left


def _cutoff(task: ProofTask) -> Step | None:
    """Assume that the objective is better than the value, where one can be better."""
    terms = tuple((k, c) for k, c in enumerate(task.objective.tolist()) if c)
    if task.value is None or not terms:
        return None
    sense, side = (GE, task.value + 1) if task.maximise else (LE, task.value - 1)
    return Step(sense, side, terms, Assumed(), CUTOFF_BIT)
