"""HiGHS through highspy, which takes a problem's arrays as they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from .task import GAP, Claim, Note

if TYPE_CHECKING:
    from .task import ClaimStatus, Task, Tell

_STATUS = highspy.HighsModelStatus
_CLAIM: dict[Any, ClaimStatus] = {
    _STATUS.kOptimal: "optimal",
    _STATUS.kInfeasible: "infeasible",
    # Every variable has finite bounds, so nothing is unbounded.
    _STATUS.kUnboundedOrInfeasible: "infeasible",
    _STATUS.kUnbounded: "unbounded",
    _STATUS.kTimeLimit: "limit",
    _STATUS.kMemoryLimit: "limit",
    _STATUS.kInterrupt: "limit",
}


def run(task: Task, tell: Tell) -> Claim:
    """Solve a task with HiGHS, and once more without presolve what it calls infeasible.

    Presolve is where HiGHS loses feasible points (its issues 2303, 2388, 2432 and 3090). The second
    look takes ten times as long at most; where that does not suffice, the first claim stands.
    """
    claim = _run(task, tell, task.remaining())
    if claim.status != "infeasible":
        return claim
    limits = [max(5.0, 10 * claim.seconds), task.remaining()]
    again = _run(task, tell, min(one for one in limits if one is not None), presolve="off")
    return claim if again.point is None else again


def _run(task: Task, tell: Tell, seconds: float | None, presolve: str = "choose") -> Claim:
    highs = highspy.Highs()
    # One value per option: a misspelt name or a refused value is an error, not a warning.
    for name, value in {**_options(task), "presolve": presolve}.items():
        _expect(highs.setOptionValue(name, value), f"option {name}")
    _expect(fill(highs, task), "the problem")
    if task.start is not None:
        numbers = np.arange(task.variables, dtype=np.int32)
        _expect(
            highs.setSolution(task.variables, numbers, task.start.astype(np.float64)), "the start"
        )
    _listen(highs, tell)
    if seconds is not None:
        _expect(highs.setOptionValue("time_limit", seconds), "option time_limit")
    began = time.monotonic()
    highs.run()
    return _claim(highs, time.monotonic() - began)


def fill(highs: highspy.Highs, task: Task) -> Any:  # noqa: ANN401
    """Hand a task's arrays to HiGHS; returns its status."""
    lower_rows, upper_rows = task.row_bounds()
    return highs.passModel(
        task.variables,
        task.rows,
        len(task.data),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMaximize if task.maximise else highspy.ObjSense.kMinimize),
        0.0,
        task.objective.astype(np.float64),
        task.lower.astype(np.float64),
        task.upper.astype(np.float64),
        lower_rows,
        upper_rows,
        np.asarray(task.indptr, dtype=np.int32),
        np.asarray(task.indices, dtype=np.int32),
        np.asarray(task.data, dtype=np.float64),
        np.full(task.variables, int(highspy.HighsVarType.kInteger), dtype=np.int32),
    )


def _options(task: Task) -> dict[str, bool | int | float]:
    return {
        "output_flag": task.chatty,
        "threads": task.threads,
        # Objectives are integral: see GAP.
        "mip_rel_gap": 0.0,
        "mip_abs_gap": GAP,
    }


def _expect(status: Any, what: str) -> None:  # noqa: ANN401
    if status == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS refused {what}")


def _listen(highs: highspy.Highs, tell: Tell) -> None:
    """Tell the parent each better point and bound, in case the process must be ended."""
    kinds = highspy.cb.HighsCallbackType

    def hear(kind: Any, _text: str, out: Any, _into: Any, _data: object) -> None:  # noqa: ANN401
        if kind == int(kinds.kCallbackMipImprovingSolution):
            tell(Note(point=np.array(out.mip_solution, dtype=np.float64)))
        elif kind == int(kinds.kCallbackMipLogging):
            nodes = max(0, int(out.mip_node_count))
            tell(Note(bound=float(out.mip_dual_bound), nodes=nodes))

    highs.setCallback(hear, None)
    highs.startCallback(kinds.kCallbackMipImprovingSolution)
    highs.startCallback(kinds.kCallbackMipLogging)


def _claim(highs: highspy.Highs, seconds: float) -> Claim:
    status = highs.getModelStatus()
    claimed = _CLAIM.get(status, "error")
    info, solution = highs.getInfo(), highs.getSolution()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if claimed == "limit" and found:
        claimed = "feasible"
    message = ""
    if claimed == "error" or status in {_STATUS.kMemoryLimit, _STATUS.kInterrupt}:
        message = f"HiGHS ended with status {highs.modelStatusToString(status)}"
    return Claim(
        claimed,
        point=np.array(solution.col_value) if found and claimed != "infeasible" else None,
        bound=None if claimed == "infeasible" else float(info.mip_dual_bound),
        seconds=seconds,
        nodes=max(0, int(info.mip_node_count)),
        message=message,
    )
