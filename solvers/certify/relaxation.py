"""Relaxation: the linear program of a node, solved by HiGHS, and multipliers from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_STATUS = highspy.HighsModelStatus


@dataclass
class Answer:
    """What HiGHS says of a node: multipliers, and a point where it is ``open``."""

    status: Literal["open", "cut", "infeasible", "failed"]
    multipliers: NDArray[np.float64]
    point: NDArray[np.float64]
    value: float = 0.0


class Relaxation:
    """Minimise ``cost @ x`` over rows and bounds that change from node to node."""

    def __init__(
        self,
        matrix: csr_array,
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        cost: NDArray[np.int64],
        cut: float,
    ) -> None:
        self.highs = highs = highspy.Highs()
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "presolve": "off",
            "solver": "simplex",
            "simplex_strategy": 1,
            "objective_bound": cut,
        }
        for name, value in options.items():
            if highs.setOptionValue(name, value) == highspy.HighsStatus.kError:
                raise RuntimeError(f"HiGHS refused option {name}")
        rows, self.columns = matrix.shape
        self._numbers = np.arange(self.columns, dtype=np.int32)
        status = highs.passModel(
            self.columns,
            rows,
            matrix.nnz,
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            cost.astype(np.float64),
            np.zeros(self.columns),
            np.ones(self.columns),
            lower,
            upper,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float64),
            np.zeros(self.columns, dtype=np.int32),
        )
        if status == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS refused the problem")
        self.iterations = 0

    def solve(
        self, lower: NDArray[np.int64], upper: NDArray[np.int64], seconds: float
    ) -> Answer:
        """Solve within bounds."""
        highs = self.highs
        highs.changeColsBounds(
            self.columns, self._numbers, lower.astype(np.float64), upper.astype(np.float64)
        )
        highs.setOptionValue("time_limit", highs.getRunTime() + max(0.01, seconds))
        highs.run()
        status = highs.getModelStatus()
        self.iterations += highs.getInfo().simplex_iteration_count
        nothing = np.zeros(0)
        if status == _STATUS.kInfeasible:
            _, found, ray = highs.getDualRay()
            return Answer("infeasible", np.array(ray) if found else nothing, nothing)
        if status in (_STATUS.kOptimal, _STATUS.kObjectiveBound):
            solution = highs.getSolution()
            kind: Literal["open", "cut"] = "open" if status == _STATUS.kOptimal else "cut"
            return Answer(
                kind,
                np.array(solution.row_dual),
                np.array(solution.col_value),
                highs.getInfo().objective_function_value,
            )
        return Answer("failed", nothing, nothing)
