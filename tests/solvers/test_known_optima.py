"""Every solver on problems that are solved by hand or by enumeration."""

from __future__ import annotations

import signal
import threading
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milpbft.errors import Interrupted
from solvers import Limits, available, solve
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from milpbft.milp.problem import Problem

KNOWN = ["cbc", "highs", "cpsat", "pulp:PULP_CBC_CMD"]
SOLVERS = [name for name in KNOWN if name in available()]
EVERY = pytest.mark.parametrize("solver", SOLVERS)
BOUNDING = pytest.mark.parametrize("solver", [n for n in SOLVERS if not n.startswith("pulp:")])


@EVERY
def test_knapsack(knapsack: Problem, solver: str):
    """The optimum, its point, its bound and who found it are all reported."""
    solution = solve(knapsack, solver)
    assert (solution.status, solution.objective, solution.bound) == ("optimal", 9, 9)
    assert solution.values is not None
    assert solution.values.tolist() == [1, 1, 0]
    assert solution.values.dtype == np.int64
    assert solution.solver == solver
    assert solution.version
    assert solution.bound == solution.objective


@EVERY
def test_minimised_assignment(build: Callable[..., Problem], solver: str):
    """Three workers and three jobs cost 2 + 3 + 2 = 7 at least."""
    rows = [[int(k // 3 == i) for k in range(9)] for i in range(3)]
    rows += [[int(k % 3 == j) for k in range(9)] for j in range(3)]
    costs = [4, 2, 8, 4, 3, 7, 3, 1, 6]
    solution = solve(build(rows, [0] * 6, [1] * 6, [1] * 9, costs, sense="min"), solver)
    best = min(
        costs[a] + costs[3 + b] + costs[6 + c]
        for a, b, c in product(range(3), repeat=3)
        if len({a, b, c}) == 3
    )
    assert (solution.status, solution.objective) == ("optimal", best)


@EVERY
def test_integers_and_fixed_variables(build: Callable[..., Problem], solver: str):
    """Integer variables from below zero, a fixed one, and one in no row keep their meaning."""
    p = build([[2, 3, 0, 0]], [-1], [12], [5, 4, 2, 9], [3, 4, 5, -1], lower=[-3, 0, 2, 4])
    solution = solve(p, solver)
    assert (solution.status, solution.objective) == ("optimal", 9 + 8 + 10 - 4)


@EVERY
def test_infeasible(build: Callable[..., Problem], solver: str):
    """Two binaries cannot sum to two and to one."""
    solution = solve(build([[1, 1], [1, 1]], [1, -1], [2, 1], [1, 1], [1, 1]), solver)
    assert (solution.status, solution.values, solution.objective) == ("infeasible", None, None)


@EVERY
@pytest.mark.parametrize(("rhs", "status"), [(-1, "optimal"), (1, "infeasible")])
def test_empty_row(build: Callable[..., Problem], solver: str, rhs: int, status: str):
    """A row without variables holds or makes the problem infeasible, which CBC overlooks."""
    solution = solve(build([[0, 0], [0, 0]], [1, -1], [rhs, 3], [1, 1], [1, 2]), solver)
    assert solution.status == status


@EVERY
def test_no_rows(build: Callable[..., Problem], solver: str):
    """Without rows, every variable goes to its better bound."""
    solution = solve(build(np.zeros((0, 2)), [], [], [3, 1], [1, -1], lower=[0, -2]), solver)
    assert (solution.status, solution.objective) == ("optimal", 5)


@EVERY
def test_no_variables(build: Callable[..., Problem], solver: str):
    """Without variables, the rows alone decide."""
    empty = np.zeros((1, 0))
    assert solve(build(empty, [-1], [0], [], []), solver).objective == 0
    assert solve(build(empty, [1], [1], [], []), solver).status == "infeasible"


@EVERY
def test_zero_objective(build: Callable[..., Problem], solver: str):
    """With nothing to optimise, any point that passes the rows is optimal at 0."""
    solution = solve(build([[2, 3]], [0], [7], [5, 5], [0, 0], sense="min"), solver)
    assert (solution.status, solution.objective, solution.bound) == ("optimal", 0, 0)
    assert solution.values is not None
    assert solution.values.tolist() == [2, 1]


@EVERY
def test_large_coefficients_are_solved_exactly(build: Callable[..., Problem], solver: str):
    """At an objective of ten million, a relative gap must not pass for an optimum."""
    p = build([[1, 1, 1]], [-1], [2], [1, 1, 1], [10_000_001, 10_000_000, 9_999_999])
    solution = solve(p, solver)
    assert (solution.status, solution.objective) == ("optimal", 20_000_001)


@BOUNDING
def test_time_limit(split: Problem, solver: str):
    """At a limit there is an incumbent with a valid bound, and never an optimum."""
    solution = solve(split, solver, Limits(seconds=1))
    assert solution.status in {"feasible", "limit"}
    assert solution.message == "the time limit of 1 s was reached"
    assert solution.bound is not None
    assert 0 <= solution.bound <= 57, "a point of value 57 is known"
    assert solution.seconds < 3


@BOUNDING
def test_an_interrupt_keeps_the_incumbent(split: Problem, solver: str):
    """Ctrl-C ends the solve within its grace; the best point so far is kept, and no optimum said.

    CBC tells of no incumbent while it branches, so that at least its start is kept.
    """
    start = np.zeros(50, dtype=np.int64)
    start[40:45] = split.rhs
    timer = threading.Timer(2.5, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(Interrupted) as stop:
        solve(split.with_starts([start]), solver, Limits(grace=1))
    solution = stop.value.found
    assert (solution.status, solution.message) == ("feasible", "interrupted")
    assert split.violations(solution.values) == []
    assert solution.objective == split.value(solution.values)
    assert solution.objective < 5160 or solver == "cbc"


def test_bridge_at_a_time_limit(split: Problem):
    """PuLP knows no bound, so at a limit its incumbent is never called an optimum."""
    solution = solve(split, "pulp:PULP_CBC_CMD", Limits(seconds=0.5))
    assert (solution.status, solution.bound) == ("feasible", None)


@pytest.mark.parametrize(
    ("solver", "words"),
    [
        ("cbc", "MIPStart provided solution with cost 5160"),
        ("highs", "objective value is 5160"),
        ("cpsat", "hint is complete and is feasible. Its objective value is 5160"),
    ],
)
def test_start_is_taken(split: Problem, solver: str, words: str, tmp_path: Path):
    """The solver itself says that it accepts the start, zeros included, and improves on it."""
    point = np.zeros(50, dtype=np.int64)
    point[40:45] = split.rhs
    log = tmp_path / "log"
    solution = solve(split.with_starts([point]), solver, Limits(seconds=0.5), log)
    assert words in log.read_text()
    assert solution.status == "feasible"
    assert solution.objective is not None
    assert solution.objective <= split.value(point) == 5160


@pytest.mark.slow
@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0])
def test_no_limit_makes_an_optimum(split: Problem, seconds: float, started: bool):
    """Wherever CBC is cut short, it proves nothing.

    CBC of cbcbox 2.927, which is 384 MB smaller, cut short at its root node with 41 or 88 in hand,
    says "best possible 5.4e+08" and ends as if these were optima: 9 is known to be possible.
    """
    point = np.zeros(50, dtype=np.int64)
    point[40:45] = split.rhs
    asked = split.with_starts([point]) if started else split
    solution = solve(asked, "cbc", Limits(seconds=seconds))
    assert solution.status in ("feasible", "limit")
    assert solution.bound is None or solution.bound <= 9


@st.composite
def small_problems(draw: st.DrawFn) -> Problem:
    """Draw up to four variables of up to four values each, and up to four rows."""
    variables, rows = draw(st.integers(1, 4)), draw(st.integers(0, 4))

    def integers(low: int, high: int, count: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    lower = integers(-2, 2, variables)
    upper = [low + width for low, width in zip(lower, integers(0, 3, variables), strict=True)]
    matrix = np.array(integers(-4, 4, rows * variables)).reshape(rows, variables)
    relation, rhs = integers(-1, 1, rows), integers(-6, 6, rows)
    sense = draw(st.sampled_from(["max", "min"]))
    return problem(
        matrix, relation, rhs, upper, integers(-3, 3, variables), lower=lower, sense=sense
    )


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(small_problems())
def test_solvers_agree_with_enumeration(p: Problem):
    """On any small problem the solvers' optima are the best of all points."""
    boxes = [range(low, high + 1) for low, high in zip(p.lower, p.upper, strict=True)]
    values = [p.value(x) for x in map(np.array, product(*boxes)) if not p.violations(x)]
    best = (max if p.sense == "max" else min)(values, default=None)
    for solver in SOLVERS:
        solution = solve(p, solver)
        assert solution.objective == best, solution
        assert solution.status == ("infeasible" if best is None else "optimal")
