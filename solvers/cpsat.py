"""CP-SAT of OR-Tools, which is strong at proving that nothing exists.

It works on integers of 64 bits without rounding: rows and bounds are exact, and a problem whose
sums could overflow is refused.

Only the module below OR-Tools' public ``cp_model`` is imported: the public one loads pandas, half a
second that a solve has no use for. Its protocol buffers are filled row by row from the arrays,
0.1 s for 20 000 rows. It may change between versions, so the dependency names one.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model_helper as library

from .task import GE, LE, Claim, Note

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .task import ClaimStatus, Task, Tell

_STATUS = library.CpSolverStatus
_CLAIM: dict[library.CpSolverStatus, ClaimStatus] = {
    _STATUS.OPTIMAL: "optimal",
    _STATUS.FEASIBLE: "feasible",
    _STATUS.INFEASIBLE: "infeasible",
    _STATUS.UNKNOWN: "limit",
}
_LEAST, _MOST = -(2**63), 2**63 - 1


class _Incumbents(library.SolutionCallback):
    """Tells the parent each better point, in case the process must be ended."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def OnSolutionCallback(self) -> None:  # noqa: N802
        """Send the point; the library calls this by name."""
        self._tell(Note(point=_point(library.SolutionCallback.Response(self))))


class _Bounds:
    """Tells the parent each better bound, and keeps it."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.last: float | None = None

    def __call__(self, bound: float) -> None:
        self.last = bound
        self._tell(Note(bound=bound))


def run(task: Task, tell: Tell) -> Claim:
    """Solve a task with CP-SAT."""
    model = library.CpModelProto()
    fill(model, task)
    wrapper = library.SolveWrapper()
    # The library calls these two: they must live as long as it runs.
    incumbents, bounds = _Incumbents(tell), _Bounds(tell)
    wrapper.add_solution_callback(incumbents)
    wrapper.add_best_bound_callback(bounds)
    wrapper.set_parameters(parameters(task))
    began = time.monotonic()
    response = wrapper.solve(model)
    seconds = time.monotonic() - began
    claimed = _CLAIM.get(response.status, "error")
    found = claimed in {"optimal", "feasible"}
    if not task.objective.any():
        bounds.last = 0.0
    elif found:
        # Without a point it can be 0 for "none", so there only what was told holds.
        bounds.last = float(response.best_objective_bound)
    return Claim(
        claimed,
        point=_point(response) if found else None,
        bound=None if claimed == "infeasible" else bounds.last,
        seconds=seconds,
        nodes=int(response.num_branches),
        message=_complaint(response.solution_info) if claimed == "error" else "",
    )


def parameters(task: Task) -> library.SatParameters:
    """Choose parameters; the library itself refuses a misspelt name.

    One worker follows one strategy, and the one that CP-SAT would choose relaxes little to linear
    programs: it had no proof after 25 s that 31 nodes cannot lock, where relaxing all took 0.7 s.
    Of several workers, the first relaxes all. Interleaving strategies on one thread
    (`interleave_search`) took up to ten times as long; with more workers than threads it also used
    more threads.
    """
    chosen = library.SatParameters()
    chosen.num_workers = task.threads
    if task.threads == 1:
        chosen.linearization_level = 2
    else:
        chosen.extra_subsolvers.append("max_lp")
    chosen.log_search_progress = task.chatty
    remaining = task.remaining()
    if remaining is not None:
        chosen.max_time_in_seconds = remaining
    return chosen


def fill(model: library.CpModelProto, task: Task) -> None:
    """Hand bounds, rows, objective and start of a task to the empty protocol buffer `model`."""
    for box in zip(task.lower.tolist(), task.upper.tolist(), strict=True):
        model.variables.add().domain.extend(box)
    ends, columns, data = task.indptr.tolist(), task.indices.tolist(), task.data.tolist()
    rows = zip(task.relation.tolist(), task.rhs.tolist(), strict=True)
    for k, (relation, rhs) in enumerate(rows):
        span = slice(ends[k], ends[k + 1])
        row = model.constraints.add().linear
        row.vars.extend(columns[span])
        row.coeffs.extend(data[span])
        row.domain.extend((_LEAST if relation == LE else rhs, _MOST if relation == GE else rhs))
    costly = np.flatnonzero(task.objective)
    if len(costly):
        # It minimises: for a maximum the coefficients change sign, and values are scaled back.
        sign = -1 if task.maximise else 1
        model.objective.vars.extend(costly.tolist())
        model.objective.coeffs.extend([sign * cost for cost in task.objective[costly].tolist()])
        model.objective.scaling_factor = sign
    if task.start is not None:
        model.solution_hint.vars.extend(range(task.variables))
        model.solution_hint.values.extend(task.start.tolist())


def _point(response: library.CpSolverResponse) -> NDArray[np.float64]:
    return np.array(list(response.solution), dtype=np.float64)


def _complaint(info: str) -> str:
    """Say in one line why CP-SAT refused the model; after its reason it prints the whole row."""
    return f"CP-SAT refused the problem: {re.split('[:.] ', info, maxsplit=1)[0]}"
