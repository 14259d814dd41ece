"""Relaxation: the linear program of a node, solved by HiGHS, and multipliers from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import highspy
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        # Its stubs leave out what they inherit from the compiled class.
        self._highs: Any = highspy.Highs()
        highs = self._highs
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
        rows, self._columns = matrix.shape
        self._empty = not matrix.nnz
        self._numbers = np.arange(self._columns, dtype=np.int32)
        status = highs.passModel(
            self._columns,
            rows,
            matrix.nnz,
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            cost.astype(np.float64),
            np.zeros(self._columns),
            np.ones(self._columns),
            lower,
            upper,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float64),
            np.zeros(self._columns, dtype=np.int32),
        )
        if status == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS refused the problem")

    def solve(self, lower: NDArray[np.int64], upper: NDArray[np.int64], seconds: float) -> Answer:
        """Solve within bounds."""
        highs = self._highs
        highs.changeColsBounds(
            self._columns, self._numbers, lower.astype(np.float64), upper.astype(np.float64)
        )
        highs.setOptionValue("time_limit", highs.getRunTime() + max(0.01, seconds))
        highs.run()
        status = highs.getModelStatus()
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

    def bound_row(self, row: int, lower: float, upper: float) -> None:
        """Change the sides of a row."""
        self._highs.changeRowBounds(row, lower, upper)

    def change(
        self, dropped: NDArray[np.int32], rows: csr_array, sides: NDArray[np.float64]
    ) -> None:
        """Drop rows, and append ``rows @ x <= sides``."""
        if len(dropped):
            self._highs.deleteRows(len(dropped), dropped)
        self._highs.addRows(
            len(sides),
            np.full(len(sides), -np.inf),
            sides,
            rows.nnz,
            rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32),
            rows.data.astype(np.float64),
        )

    def tableau(self, limit: int) -> Iterator[NDArray[np.float64]]:
        """Yield rows of the basis's inverse, of the columns that are furthest from an integer."""
        if self._empty:
            return  # it was solved without a factor of the basis, and to ask for that is a crash
        _, basic = self._highs.getBasicVariables()
        basic = np.array(basic)
        point = np.array(self._highs.getSolution().col_value)
        places = np.flatnonzero(basic >= 0)
        away = np.abs(point[basic[places]] - np.rint(point[basic[places]]))
        chosen = places[np.argsort(-away)][: int((away > 1e-4).sum())][:limit]
        for place in chosen.tolist():
            _, row = self._highs.getBasisInverseRow(place)
            yield np.array(row)

    def slack_rows(self) -> NDArray[np.bool_]:
        """Say which rows are basic, and so of no use to the last answer."""
        status = self._highs.getBasis().row_status
        return np.array([s == highspy.HighsBasisStatus.kBasic for s in status])
