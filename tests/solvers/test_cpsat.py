"""What CP-SAT alone does: integers of 64 bits, its own limits, and an extra that may be missing.

Nothing here imports :mod:`solvers.cpsat`: its libraries must not meet CBC's in one process.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.errors import InputError
from solvers import Limits, available, registry, solve
from solvers.process import run
from solvers.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.milp.problem import Problem

HUGE = 2**40


@pytest.mark.parametrize(
    ("row", "upper", "objective", "reason"),
    [
        ([HUGE, 1], [HUGE, 1], [1, 1], "Possible integer overflow in constraint"),
        ([1, 1], [HUGE, 1], [HUGE, 1], "Possible integer overflow in objective"),
        (
            [1, 1],
            [2**62, 1],
            [1, 1],
            "var #0 domain do not fall in [-kint64max / 2, kint64max / 2]",
        ),
    ],
)
def test_overflow_is_refused(
    build: Callable[..., Problem], row: list[int], upper: list[int], objective: list[int], reason
):
    """Sums beyond 64 bits are an error of one line that says where, never a wrong answer."""
    solution = solve(build([row], [-1], [5], upper, objective), "cpsat")
    assert solution.status == "error"
    assert solution.message == f"CP-SAT refused the problem: {reason}"


def test_rows_are_exact(build: Callable[..., Problem]):
    """A row that misses by 1 in 10^16 holds in floating point, and not here."""
    rows = [[10**16, 2], [1, 0]]
    solution = solve(build(rows, [0, 0], [10**16 + 1, 1], [1, 1], [1, 1]), "cpsat")
    assert solution.status == "infeasible"


def test_no_bound_is_not_zero(build: Callable[..., Problem]):
    """Ended before it knows any bound, CP-SAT reports 0: that must not pass for a bound."""
    weights = np.random.default_rng(3).integers(1, 1000, (60, 400))
    p = build(weights, [-1] * 60, weights.sum(axis=1) // 2, [1] * 400, [7] * 400)
    start = np.zeros(400, dtype=np.int64)
    start[0] = 1
    solution = solve(p.with_starts([start]), "cpsat", Limits(seconds=0))
    assert (solution.status, solution.message) == ("feasible", "the time limit of 0 s was reached")
    assert solution.bound is None or solution.bound > 7


def test_it_tells_while_it_runs(split: Problem):
    """Better points and bounds arrive before the claim, in case the process must be ended."""
    limits = Limits(seconds=1)
    outcome = run(Task.of(split, limits, "", chatty=False), "solvers.cpsat:run", limits, None)
    points = [note.point for note in outcome.notes if note.point is not None]
    values = [split.value(np.rint(point).astype(np.int64)) for point in points]
    assert len(values) > 1
    assert values == sorted(values, reverse=True)
    assert any(note.bound is not None for note in outcome.notes)


@pytest.mark.parametrize("threads", [2, 4])
def test_threads(knapsack: Problem, threads: int):
    """Several workers find and prove the same."""
    solution = solve(knapsack, "cpsat", Limits(threads=threads))
    assert (solution.status, solution.objective, solution.bound) == ("optimal", 9, 9)


def test_the_import_is_light():
    """Neither pandas nor another solver comes with the backend."""
    code = "import sys, solvers.cpsat; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "mip", "highspy", "pulp", "scipy"} & set(done.stdout.split())


def test_missing_extra(knapsack: Problem, monkeypatch: pytest.MonkeyPatch):
    """Without its packages CP-SAT is not available, and the refusal says what to install."""
    monkeypatch.setattr(registry, "find_spec", lambda _: None)
    registry._bridged.cache_clear()
    try:
        assert available() == []
        with pytest.raises(InputError, match=r"pip install 'milpbft\[cpsat\]'$") as caught:
            solve(knapsack, "cpsat")
    finally:
        registry._bridged.cache_clear()
    assert "\n" not in str(caught.value)
