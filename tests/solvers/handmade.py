"""Problems from lists, small enough to write in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from milpbft.milp.block import Block
from milpbft.milp.problem import Family, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


def problem(
    rows: ArrayLike,
    relation: Sequence[int],
    rhs: ArrayLike,
    upper: ArrayLike,
    objective: ArrayLike,
    *,
    lower: ArrayLike | None = None,
    sense: str = "max",
) -> Problem:
    """Build a problem from lists; lower bounds are 0 unless given."""
    matrix = csr_array(np.asarray(rows, dtype=np.int64))
    count, variables = matrix.shape
    low = np.zeros(variables) if lower is None else lower
    return Problem(
        name="hand",
        matrix=matrix,
        relation=np.asarray(relation, dtype=np.int8),
        rhs=np.asarray(rhs, dtype=np.int64),
        lower=np.asarray(low, dtype=np.int64),
        upper=np.asarray(upper, dtype=np.int64),
        objective=np.asarray(objective, dtype=np.int64),
        sense="max" if sense == "max" else "min",
        blocks=(Block("x", 0, (variables,)),),
        families=(Family("row", 0, count),),
    )
