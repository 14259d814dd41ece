"""Written files mean to CBC and to HiGHS what the problem means."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array

from milpbft.errors import InputError
from milpbft.milp.block import Block
from milpbft.milp.problem import Family, Problem
from milpbft.milp.write import SUFFIXES, write

if TYPE_CHECKING:
    from pathlib import Path

# In a process of its own: CBC prints, and has crashed on files.
READ = """
import json, sys, highspy, mip
highs = highspy.Highs()
highs.setOptionValue("output_flag", False)
assert highs.readModel(sys.argv[1]) == highspy.HighsStatus.kOk
highs.run()
model = mip.Model(solver_name="CBC")
model.read(sys.argv[1])
model.optimize()
lp = highs.getLp()
print()
print(json.dumps({
    "highs": [highs.getInfo().objective_function_value, lp.col_names_, lp.row_names_],
    "cbc": [model.objective_value, [v.name for v in model.vars], [c.name for c in model.constrs]],
}))
"""


def problem(sense: str) -> Problem:
    """Build all that a format can get wrong: relations, bounds, an empty row, unused variables."""
    rows = [
        [3, 4, 5, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [1, -1, 0, 1, 0, 0, 0],
        [-2, 0, 0, -1, 0, 0, 0],
    ]
    matrix = csr_array(np.array(rows, dtype=np.int64))
    return Problem(
        name="formats",
        matrix=matrix,
        relation=np.array([-1, 1, 1, 0, -1], dtype=np.int8),
        rhs=np.array([9, -1, 1, 0, 3]),
        lower=np.array([0, 0, 0, -3, 2, -1, -2]),
        upper=np.array([1, 1, 1, 4, 2, 0, 5]),
        objective=np.array([4, 5, 7, 2, 3, 0, 1]),
        sense="max" if sense == "max" else "min",
        blocks=(Block("x", 0, (3,)), Block("rCom", 3, (2, 2), base=0)),
        families=(Family("sack", 0, 3), Family("tie", 3, 5)),
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("sense", ["max", "min"])
def test_read_back(tmp_path: Path, suffix: str, sense: str):
    """Both solvers read every format with its names and find the optimum of enumeration."""
    p, path = problem(sense), tmp_path / f"model{suffix}"
    write(p, path)
    boxes = [range(low, high + 1) for low, high in zip(p.lower, p.upper, strict=True)]
    values = [p.value(x) for x in map(np.array, product(*boxes)) if not p.violations(x)]
    best = max(values) if sense == "max" else min(values)
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, check=True
    )
    read = json.loads(done.stdout.splitlines()[-1])
    for value, variables, rows in read.values():
        assert value == pytest.approx(best, abs=1e-6)
        assert variables == p.variable_names()
        assert rows == p.row_names()


def test_lines_stay_short(tmp_path: Path):
    """A long row is broken over lines, since readers have fixed buffers."""
    n = 500
    wide = Problem(
        name="wide",
        matrix=csr_array(np.full((1, n), 123_456)),
        relation=np.array([-1], dtype=np.int8),
        rhs=np.array([123_456 * 3]),
        lower=np.zeros(n, dtype=np.int64),
        upper=np.ones(n, dtype=np.int64),
        objective=np.ones(n, dtype=np.int64),
        sense="max",
        blocks=(Block("variable", 0, (n,)),),
        families=(Family("row", 0, 1),),
    )
    path = tmp_path / "wide.lp"
    write(wide, path)
    assert max(map(len, path.read_text().splitlines())) < 255
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, check=True
    )
    read = json.loads(done.stdout.splitlines()[-1])
    assert [answer[0] for answer in read.values()] == [3.0, 3.0]


def test_unknown_format(tmp_path: Path):
    """Another suffix is refused with the ones that exist, and nothing is written."""
    with pytest.raises(InputError, match=r"^format: 'model.txt' .* \.lp, \.mps, \.mps\.gz"):
        write(problem("max"), tmp_path / "model.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_such_folder(tmp_path: Path, suffix: str):
    """A path that cannot be written raises, although HiGHS would only warn."""
    with pytest.raises(OSError, match="No such file"):
        write(problem("max"), tmp_path / "absent" / f"model{suffix}")
