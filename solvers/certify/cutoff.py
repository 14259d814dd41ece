"""Cutoff: what a search assumes, a point better than the value, and what its refutation proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
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


def cutoff(task: ProofTask) -> Step | None:
    """Assume that the objective is better than the value, where one can be better."""
    terms = tuple((k, c) for k, c in enumerate(task.objective.tolist()) if c)
    if task.value is None or not terms:
        return None
    sense, side = (GE, task.value + 1) if task.maximise else (LE, task.value - 1)
    return Step(sense, side, terms, Assumed(), CUTOFF_BIT)


def conclusion(task: ProofTask, better: Step | None, refute: Callable[[], Step]) -> Step:
    """Return the final step of a proof, for which the cutoff `better` is refuted, if there is one.

    Raises
    ------
    BetterPointError, OutOfTimeError
        As `refute` does.
    """
    if task.value is not None and better is None:
        return Step(EQ, 0, (), Combined(()))
    absurdity = refute()
    if better is None:
        return absurdity
    value = task.value or 0
    rest = Step(-better.sense, value, better.terms, Assumed(), CUTOFF_BIT << 1)
    return Step(rest.sense, value, rest.terms, Split(absurdity, better, rest, rest))
