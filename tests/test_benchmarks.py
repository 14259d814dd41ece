"""Benchmarks run, compare like with like, and prove what they print; no test asserts seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.expressions import build
from benchmarks.table import Table
from milpbft.dbft.instance import PublishedInstance
from milpbft.dbft.model.published.direct import build_direct

ROOT = Path(__file__).parents[1]
RELATION = {"<": -1, "=": 0, ">": 1}
Row = tuple[tuple[tuple[int, int], ...], int, int]


def canonical(terms: list[tuple[int, int]], relation: int, rhs: int) -> Row:
    """Write a row as ``<=`` or, with a positive first coefficient, as ``=``."""
    terms = sorted(terms)
    flip = relation == 1 or (relation == 0 and terms[0][1] < 0)
    sign = -1 if flip else 1
    return tuple((k, sign * c) for k, c in terms), abs(relation), sign * rhs


@pytest.mark.parametrize(("n", "horizon"), [(4, 2), (4, 4), (5, 3)])
def test_expressions_build_the_same_model(n: int, horizon: int):
    """Baseline and builder have the same rows, coefficient by coefficient."""
    problem, _ = build_direct(
        PublishedInstance.parse(f"dbft2-n{n}-t{horizon}-p1", encoding="direct")
    )
    start, index, data = problem.matrix.indptr, problem.matrix.indices, problem.matrix.data
    ours = Counter(
        canonical(
            list(zip(index[a:b].tolist(), data[a:b].tolist(), strict=True)),
            int(problem.relation[row]),
            int(problem.rhs[row]),
        )
        for row, (a, b) in enumerate(pairwise(start.tolist()))
    )
    model = build(n, horizon)
    theirs = Counter(
        canonical(
            [(variable.idx, int(c)) for variable, c in row.expr.expr.items()],
            RELATION[row.expr.sense],
            int(row.rhs),
        )
        for row in model.constrs
    )
    assert ours == theirs
    assert [v.obj for v in model.vars] == problem.objective.tolist()
    assert [v.ub for v in model.vars] == problem.upper.tolist()


def test_smoke_run_measures_every_benchmark():
    """The smoke run prints ratios, the same optimum for both encodings, and proofs."""
    command = [sys.executable, "-m", "benchmarks.run", "--smoke", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert all(row["times_faster"] > 0 for row in found["generation"])
    direct, compact = found["encodings"]
    assert (compact["value"], compact["bound"], compact["status"]) == (1400, 1400, "optimal")
    assert direct["bound"] >= 1400
    values = {row["instance"]: (row["value"], row["status"]) for row in found["proofs"]}
    assert values == {
        "dbft2-n4-t5-p1": (1400, "optimal"),
        "dbft2-n7-t5-p1": (1700, "optimal"),
    }
    strict = {row["solver"]: (row["value"], row["status"]) for row in found["strict"]}
    assert strict["cpsat"] == strict["highs"] == (12, "optimal")
    assert "times faster" in done.stderr


def test_tables_are_aligned():
    """Columns are right-aligned, missing values blank, and a short row is refused."""
    table = Table("Title", ("name", "times_faster"))
    table.add("a", None)
    table.add("bcdef", 12.5)
    assert table.text().splitlines() == ["Title", " name  times faster", "    a              ",
                                         "bcdef          12.5"]  # fmt: skip
    with pytest.raises(ValueError, match="1 values for 2 columns"):
        table.add("a")
