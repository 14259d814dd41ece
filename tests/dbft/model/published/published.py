"""Helpers of the tests of the published model; none of them shares code with `solvers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from milpbft.dbft.instance import PublishedInstance
from milpbft.milp.problem import EQ, GE, LE, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray


def dbft2(
    n: int, horizon: int, objective: str, delivery: tuple[int, ...] = (), encoding: str = "compact"
) -> PublishedInstance:
    """Make a published dBFT instance."""
    return PublishedInstance.make(
        {
            "protocol": "dbft2",
            "n": n,
            "horizon": horizon,
            "objective": objective,
            "delivery": delivery,
            "encoding": encoding,
        }
    )


def relaxed(problem: Problem) -> float:
    """Optimum of the linear relaxation."""
    sign = -1 if problem.sense == "max" else 1
    matrix, relation, rhs = problem.matrix.astype(float), problem.relation, problem.rhs
    one_sided, equal = np.flatnonzero(relation != EQ), np.flatnonzero(relation == EQ)
    flip = np.where(relation[one_sided] == GE, -1.0, 1.0)
    result = linprog(
        sign * problem.objective.astype(float),
        A_ub=matrix[one_sided].multiply(flip[:, None]).tocsr(),
        b_ub=rhs[one_sided] * flip,
        A_eq=matrix[equal],
        b_eq=rhs[equal],
        bounds=np.stack([problem.lower, problem.upper], axis=1),
        method="highs",
    )
    assert result.status == 0, result.message
    return sign * float(result.fun)


def optimum(problem: Problem, objective: NDArray[np.int64] | None = None) -> int | None:
    """Proven optimum of a problem, for another objective if one is given; None if infeasible."""
    point = solve(problem, objective)
    weights = problem.objective if objective is None else objective
    return None if point is None else int(weights @ point)


def solve(problem: Problem, objective: NDArray[np.int64] | None = None) -> NDArray[np.int64] | None:
    """Return an optimal point, for another objective if one is given; None if infeasible."""
    weights = problem.objective if objective is None else objective
    sign = -1 if problem.sense == "max" else 1
    free = np.full(len(problem.rhs), np.inf)
    result = milp(
        sign * weights.astype(float),
        integrality=np.ones(len(weights)),
        bounds=Bounds(problem.lower, problem.upper),
        constraints=LinearConstraint(
            problem.matrix.astype(float),
            np.where(problem.relation == LE, -free, problem.rhs),
            np.where(problem.relation == GE, free, problem.rhs),
        ),
        options={"mip_rel_gap": 0, "time_limit": 300},
    )
    if result.status == 2:
        return None
    assert result.status == 0, result.message
    point = np.rint(result.x).astype(np.int64)
    assert problem.violations(point) == []
    return point
