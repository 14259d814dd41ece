"""Solution: what a solver returned, after its point was tested against every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "limit", "error"]


def shown(value: int | None) -> str:
    """Write a value or a bound; ``unknown`` for None."""
    return "unknown" if value is None else str(value)


@dataclass(frozen=True)
class Solution:
    """Outcome of one solve.

    Parameters
    ----------
    status
        ``optimal``: value and bound meet, and the point passes every row. ``feasible``: a limit was
        reached; there is an incumbent. ``limit``: a limit was reached without an incumbent.
        ``infeasible``, ``unbounded``: as the solver says. ``error``: the solver failed, crashed, or
        returned a point that breaks a row; `message` says which.
    objective
        Value of `values` in integer arithmetic; None without a point.
    bound
        No solution is better than this, rounded to an integer towards the value; None if unknown.
    values
        One integer per variable; None without a point.
    seconds
        Time in the solver, without building the problem.
    nodes
        Branch-and-bound nodes; None if the solver does not say.
    solver, version
        Who solved it.
    message
        One line on a limit or an error.
    """

    status: Status
    solver: str
    version: str
    objective: int | None = None
    bound: int | None = None
    values: NDArray[np.int64] | None = None
    seconds: float = 0.0
    nodes: int | None = None
    message: str = ""

    def __str__(self) -> str:
        """Such as ``optimum 4``, ``infeasible``, or ``limit, value 3, bound unknown``."""
        match self.status:
            case "optimal":
                return f"optimum {self.objective}"
            case "infeasible":
                return "infeasible"
        return f"{self.status}, {self.reached}"

    @property
    def reached(self) -> str:
        """Value and bound in words."""
        return f"value {shown(self.objective)}, bound {shown(self.bound)}"
