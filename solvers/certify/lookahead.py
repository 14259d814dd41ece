"""Lookahead: what a branch would change, before it is chosen.

Both sides of a branch are propagated on trial. Where one cannot be, the other is a fact, and costs
no linear program; else the branch that changes most bounds on both sides comes first, as in SAT
solvers that look ahead (Heule and van Maaren, "Look-Ahead Based SAT Solvers", 2009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Assumed, Step
from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .box import Box
    from .rows import Rows

# The assumption of a trial, which nothing that is kept rests on.
_TRIAL_BIT = 1 << 62
_TRIED = 8


def look_ahead(
    box: Box, rows: Rows, point: NDArray[np.float64], score: NDArray[np.float64]
) -> tuple[int, bool]:
    """Choose a column to branch on at its value, and whether its upper side comes first.

    Parameters
    ----------
    box
        Bounds; they are as before when it returns.
    rows
        What propagates.
    point
        Where the branches are.
    score
        Per column, what else speaks for it; 0 for those that are no candidates.
    """
    columns = np.argsort(-score)[:_TRIED]
    best, chosen = -1.0, (int(columns[0]), False)
    for column in columns[score[columns] > 0].tolist():
        side = int(np.floor(point[column]))
        low = _changes(box, rows, Step(LE, side, ((column, 1),), Assumed(), _TRIAL_BIT))
        if low is None:
            return column, False
        high = _changes(box, rows, Step(GE, side + 1, ((column, 1),), Assumed(), _TRIAL_BIT))
        if high is None:
            return column, True
        if (value := np.sqrt(score[column]) * low * high) > best:
            best, chosen = value, (column, bool(point[column] - side > 0.5))
    return chosen


def _changes(box: Box, rows: Rows, step: Step) -> int | None:
    """Count the bounds that change with a step; None where it cannot be."""
    mark = box.mark()
    changed = np.array([step.terms[0][0]], dtype=np.int64)
    refuted = box.tighten(step) or box.propagate(rows, changed)
    count = box.mark() - mark
    box.back(mark)
    return None if refuted is not None else count
