"""PuLP: a bridge to any solver that it reaches, named ``pulp:NAME``.

PuLP reports no bound. Where its solver says optimal before its time limit, the value is taken for
the bound; else the bound is unknown. An optimum from here is thus only as good as the solver's
word: where PuLP offers no gap option for it, its own default gap must be 0.
"""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pulp
from pulp import constants

from .task import EQ, GAP, GE, LE, Claim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .task import Task, Tell

_SENSE = {LE: constants.LpConstraintLE, EQ: constants.LpConstraintEQ, GE: constants.LpConstraintGE}
_NEAR = 0.95  # share of a time limit from which a solver is taken to have reached it


def run(task: Task, tell: Tell) -> Claim:
    """Solve a task with the solver that PuLP calls ``task.variant``."""
    model, variables = build(task)
    remaining = task.remaining()
    solver = _solver(task, remaining)
    began = time.monotonic()
    model.solve(solver)
    seconds = time.monotonic() - began
    claim = _claim(model, variables, seconds)
    if remaining is not None and seconds >= _NEAR * remaining:
        # PuLP maps what GLPK and others say at a limit to optimal or infeasible.
        claim.bound = None
        if claim.status in {"optimal", "infeasible"}:
            claim.status = "feasible" if claim.status == "optimal" else "limit"
    return claim


def build(task: Task) -> tuple[Any, list[Any]]:
    """Build PuLP's model of a task, without rows that have no variables.

    PuLP's writers cannot express those, and :mod:`solvers.solve` has decided them already.
    """
    model = pulp.LpProblem("milpbft", pulp.LpMaximize if task.maximise else pulp.LpMinimize)
    boxes = zip(task.lower.tolist(), task.upper.tolist(), strict=True)
    variables = [
        pulp.LpVariable(f"x{k}", low, high, pulp.LpInteger) for k, (low, high) in enumerate(boxes)
    ]
    model.addVariables(variables)
    costs = task.objective.tolist()
    model.setObjective(pulp.LpAffineExpression(list(zip(variables, costs, strict=True))))
    ends, columns, data = task.indptr.tolist(), task.indices.tolist(), task.data.tolist()
    rows = zip(task.relation.tolist(), task.rhs.tolist(), strict=True)
    for k, (relation, rhs) in enumerate(rows):
        span = slice(ends[k], ends[k + 1])
        if terms := [(variables[j], a) for j, a in zip(columns[span], data[span], strict=True)]:
            row = pulp.LpConstraint(pulp.LpAffineExpression(terms), _SENSE[relation], f"r{k}", rhs)
            model.addConstraint(row)
    if task.start is not None:
        for variable, value in zip(variables, task.start.tolist(), strict=True):
            variable.setInitialValue(value)
    return model, variables


def _solver(task: Task, seconds: float | None) -> Any:  # noqa: ANN401
    wanted = {
        "msg": task.chatty,
        "timeLimit": seconds,
        "threads": task.threads,
        # Objectives are integral: see GAP.
        "gapRel": 0.0,
        "gapAbs": GAP,
        "warmStart": task.start is not None,
        "_skip_v4_deprecation": True,
    }
    kind = type(pulp.getSolver(task.variant, msg=False))
    # PuLP's solvers do not all take the same options, and some take unknown ones for their own.
    known = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in wanted.items() if name in known})


def _claim(model: Any, variables: list[Any], seconds: float) -> Claim:  # noqa: ANN401
    status, found = model.status, model.sol_status
    if found == constants.LpSolutionOptimal:
        point = _point(variables)
        return Claim("optimal", point, float(pulp.value(model.objective) or 0.0), seconds)
    if found == constants.LpSolutionIntegerFeasible:
        return Claim("feasible", _point(variables), None, seconds)
    if status == constants.LpStatusInfeasible:
        return Claim("infeasible", seconds=seconds)
    if status == constants.LpStatusUnbounded:
        return Claim("unbounded", seconds=seconds)
    if status == constants.LpStatusNotSolved:
        return Claim("limit", seconds=seconds)
    name = constants.LpStatus.get(status, status)
    return Claim("error", seconds=seconds, message=f"PuLP ended with status {name}")


def _point(variables: list[Any]) -> NDArray[np.float64]:
    # A variable that its solver did not see has no value: any within its bounds will do.
    found = (v.lowBound if v.varValue is None else v.varValue for v in variables)
    return np.fromiter(found, dtype=np.float64, count=len(variables))
