"""What CBC's files say is read with care: a search that was cut short proves nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from solvers import Limits
from solvers.cbc import read
from solvers.task import Claim, Task
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

WHOLE, BROKEN = "      0 c0  1  0\n      1 c1  1  0\n", "      0 c0  0.5  0\n**    1 c1  1  0\n"


def claim(tmp_path: Path, head: str, points: str, result: str, late: bool = False) -> Claim:
    """Read the files of a sack of three things, worth 4, 5 and 7, that CBC has left."""
    sack = problem([[3, 4, 5]], [-1], [7], [1, 1, 1], [4, 5, 7])
    task = Task.of(sack, Limits(seconds=10), "", chatty=False)
    task.began = time.monotonic() - (10 if late else 0)
    path = tmp_path / "out.sol"
    path.write_text(f"{head}\n{points}")
    log = [f"Result - {result}\n"] if result else []
    return read(task, path, [*log, "Lower bound:                    -11.5\n"])


@pytest.mark.parametrize(
    ("head", "points", "result", "late", "status", "bound"),
    [
        ("Optimal - objective value -9", WHOLE, "Optimal solution found", False, "optimal", 9),
        ("Optimal - objective value -9", WHOLE, "Optimal solution found", True, "optimal", 9),
        # A relaxation that came out whole, without a search; late, it may be any point.
        ("Optimal - objective value -9", WHOLE, "", False, "optimal", 9),
        ("Optimal - objective value -9", WHOLE, "", True, "feasible", 11.5),
        ("Optimal - objective value -9", BROKEN, "", True, "limit", 11.5),
        ("Optimal - objective value -9", BROKEN, "", False, "limit", 11.5),
        ("Optimal - objective value -9", WHOLE, "Stopped on time limit", True, "feasible", 11.5),
        ("Stopped on time - objective value -9", WHOLE, "Stopped on time", True, "feasible", 11.5),
        ("Stopped on ctrl-c (no integer solution - continuous used)", WHOLE, "User ctrl-c", False,
         "limit", 11.5),
        ("Integer infeasible - objective value 0", "", "Problem proven infeasible", False,
         "infeasible", None),
        ("Integer infeasible - objective value 0", "", "", False, "infeasible", None),
        ("Integer infeasible - objective value 0", "", "", True, "limit", 11.5),
        ("Infeasible - objective value 0", "", "Stopped on time limit", True, "limit", 11.5),
        ("Infeasible - objective value 0", "", "Optimal solution found", False, "error", 11.5),
        ("Unbounded - objective value 0", "", "", False, "error", 11.5),
    ],
)  # fmt: skip
def test_claims(  # noqa: PLR0917  (columns of the table above)
    tmp_path: Path,
    head: str,
    points: str,
    result: str,
    late: bool,
    status: str,
    bound: float | None,
):
    """Both the file and the log must say so; a bound is the log's, in the problem's own sense."""
    found = claim(tmp_path, head, points, result, late)
    assert (found.status, found.bound) == (status, bound)
    if status in ("optimal", "feasible"):
        assert np.array_equal(found.point, [1, 1, 0])
    else:
        assert found.point is None


def test_no_file_is_an_error(tmp_path: Path):
    """CBC that wrote nothing has nothing to say."""
    sack = problem([[3, 4, 5]], [-1], [7], [1, 1, 1], [4, 5, 7])
    task = Task.of(sack, Limits(), "", chatty=False)
    assert read(task, tmp_path / "none.sol", ["Result - Stopped on time limit\n"]).status == "error"
