"""CBC through python-mip: the default solver.

python-mip builds a model from Python expressions, one object per term. The same library calls that
it ends in (`Cbc_addCol`, `Cbc_addRow`) take pointers into the problem's arrays instead: 0.04 s for
20 000 rows and 0.5 s for 200 000, where expressions take 0.2 and 2.7 s and an MPS file 0.1 and
2.0 s. The options, the search and its status stay python-mip's.

Neither of CBC's callbacks is used, although they could report incumbents to the parent: with the
CBC of cbcbox 2.935, an incumbent or progress callback crashes the branch and bound (SIGSEGV).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from mip import Model, OptimizationStatus
from mip.cbc import INT_PARAM_ELAPSED_TIME, cbclib, ffi

from .task import EQ, GAP, GE, LE, Claim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .task import ClaimStatus, Task, Tell

_SENSE = {LE: b"L", EQ: b"E", GE: b"G"}
_STATUS: dict[OptimizationStatus, ClaimStatus] = {
    OptimizationStatus.OPTIMAL: "optimal",
    OptimizationStatus.FEASIBLE: "feasible",
    OptimizationStatus.INFEASIBLE: "infeasible",
    OptimizationStatus.INT_INFEASIBLE: "infeasible",
    OptimizationStatus.UNBOUNDED: "unbounded",
    OptimizationStatus.NO_SOLUTION_FOUND: "limit",
}
# python-mip does not declare these two.
ffi.cdef(
    "int Cbc_getNodeCount(Cbc_Model *model); int Cbc_isSecondsLimitReached(Cbc_Model *model);",
    override=True,
)


def run(task: Task, tell: Tell) -> Claim:
    """Solve a task with CBC."""
    model = Model(sense="MAX" if task.maximise else "MIN", solver_name="CBC")
    # Objectives are integral: see GAP.
    set_attribute(model, "max_mip_gap", 0.0)
    set_attribute(model, "max_mip_gap_abs", GAP)
    set_attribute(model, "threads", task.threads)
    set_attribute(model, "verbose", 1 if task.chatty else 0)
    pointer = model.solver._model
    # Limits are wall-clock time here; CBC counts processor time unless told.
    cbclib.Cbc_setIntParam(pointer, INT_PARAM_ELAPSED_TIME, 1)
    fill(pointer, task)
    remaining = task.remaining()
    began = time.monotonic()
    status = model.optimize(**({} if remaining is None else {"max_seconds": remaining}))
    seconds = time.monotonic() - began
    claimed = _STATUS.get(status, "error")
    if claimed == "infeasible" and cbclib.Cbc_isSecondsLimitReached(pointer):
        claimed = "limit"
    return Claim(
        claimed,
        point=_point(pointer, task) if claimed in {"optimal", "feasible"} else None,
        bound=model.objective_bound if claimed in {"optimal", "feasible", "limit"} else None,
        seconds=seconds,
        nodes=int(cbclib.Cbc_getNodeCount(pointer)),
        message=f"CBC ended with status {status.name}" if claimed == "error" else "",
    )


def set_attribute(model: Model, name: str, value: object) -> None:
    """Set an attribute of a python-mip model, which itself takes any name without a word.

    Raises
    ------
    AttributeError
        Where python-mip has no such attribute.
    """
    if not hasattr(type(model), name):
        raise AttributeError(f"mip.Model has no attribute {name}")
    setattr(model, name, value)


def fill(pointer: Any, task: Task) -> None:  # noqa: ANN401
    """Hand columns, rows and the start of a task to the library's model `pointer`."""
    bounds = zip(task.lower.tolist(), task.upper.tolist(), task.objective.tolist(), strict=True)
    for k, (lower, upper, cost) in enumerate(bounds):
        cbclib.Cbc_addCol(pointer, b"x%d" % k, lower, upper, cost, b"\x01", 0, ffi.NULL, ffi.NULL)
    indices = np.ascontiguousarray(task.indices, dtype=np.int32)
    data = np.ascontiguousarray(task.data, dtype=np.float64)
    columns, coefficients = _ints(indices), _doubles(data)
    ends = task.indptr.tolist()
    rows = zip(task.relation.tolist(), task.rhs.tolist(), strict=True)
    for k, (relation, rhs) in enumerate(rows):
        at, count = ends[k], ends[k + 1] - ends[k]
        if count == 0:
            # It holds, or the solver would not have been asked; CBC can crash where all are empty.
            continue
        cbclib.Cbc_addRow(
            pointer, b"r%d" % k, count, columns + at, coefficients + at, _SENSE[relation], rhs
        )
    if task.start is not None:
        # CBC takes a start only if every variable has a value, zeros too.
        numbers = np.arange(task.variables, dtype=np.int32)
        values = task.start.astype(np.float64)
        cbclib.Cbc_setMIPStartI(pointer, task.variables, _ints(numbers), _doubles(values))


def _ints(array: NDArray[np.int32]) -> Any:  # noqa: ANN401
    return ffi.cast("int *", ffi.from_buffer(array))


def _doubles(array: NDArray[np.float64]) -> Any:  # noqa: ANN401
    return ffi.cast("double *", ffi.from_buffer(array))


def _point(pointer: Any, task: Task) -> NDArray[np.float64]:  # noqa: ANN401
    found = cbclib.Cbc_getColSolution(pointer)
    return np.frombuffer(ffi.buffer(found, 8 * task.variables), dtype=np.float64).copy()
