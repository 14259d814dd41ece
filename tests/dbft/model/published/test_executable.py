"""Executable rows are exactly what separates published schedules from runs of replicas."""

from __future__ import annotations

import numpy as np
import pytest

from milpbft.dbft.model.published import executable
from milpbft.dbft.model.published.compact import build_compact
from milpbft.dbft.model.published.compact_point import traffic_of_compact
from milpbft.dbft.model.published.model import PublishedModel
from milpbft.dbft.model.published.schedules import schedule_of_traffic
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.milp.builder import Builder
from milpbft.solve import replay_schedule
from milpbft.solve import solve as solve_instance
from tests.dbft.model.published.published import dbft2, solve

FAMILIES = {
    "request_known": executable.request_known,
    "response_rides": lambda m, x, size: executable.response_rides(
        m, x, size, responses_arrive=False
    ),
    "silent_when_done": executable.silent_when_done,
}


@pytest.mark.parametrize("n", [4, 5, 7])
@pytest.mark.parametrize("delivery", [(), (3,), (1, 2, 3, 4)])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
)
def test_replicas_produce_every_executable_schedule(n: int, delivery: tuple, seed: int):
    """Random executable points, replayed, are confirmed event by event."""
    model = PublishedModel(dbft2(n, 5, "p5", delivery), executable=True)
    weights = np.random.default_rng(seed).integers(-9, 10, model.problem.size.variables)
    schedule = model.schedule(solve(model.problem, weights), "random")
    verdict = replay_schedule(schedule)
    assert verdict, verdict.reason


@pytest.mark.parametrize("horizon", [3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_replicas_produce_executable_schedules_of_short_views(horizon: int, seed: int):
    """The same below five instants, where what is sent last reaches nobody."""
    model = PublishedModel(dbft2(4, horizon, "p5"), executable=True)
    weights = np.random.default_rng(seed).integers(-9, 10, model.problem.size.variables)
    verdict = replay_schedule(model.schedule(solve(model.problem, weights), "random"))
    assert verdict, verdict.reason


@pytest.mark.parametrize(
    ("family", "n"),
    [
        ("request_known", 4),
        pytest.param("request_known", 7, marks=pytest.mark.slow),
        ("response_rides", 4),
        ("silent_when_done", 6),
    ],
)
def test_replicas_refute_what_breaks_a_family(family: str, n: int):
    """A published solution that violates a row of a family cannot be replayed: the row is needed.

    The other families hold, so nothing else is at fault.
    """
    instance = dbft2(n, 5, "p5")
    others = [rows for name, rows in FAMILIES.items() if name != family]
    size = Sizes(n, 5)
    problem, blocks = build_compact(instance)
    m = Builder("rows", "max")
    for block in problem.blocks:
        m.variables(block.name, *block.shape, upper=n)
    FAMILIES[family](m, blocks, size)
    rows = m.build()
    broken = 0
    for k in range(0, len(rows.rhs), 3):
        point = _solve_with(problem, blocks, size, others, rows.matrix[[k]].toarray()[0])
        if rows.matrix[[k]] @ point > rows.rhs[k]:
            broken += 1
            schedule = schedule_of_traffic(traffic_of_compact(blocks, size, point), "broken")
            verdict = replay_schedule(schedule)
            assert verdict.status == "refuted", rows.row_name(k)
    assert broken > 0


def _solve_with(problem, blocks, size, families, weights):
    """Optimise over the published rows and those of `families`."""
    m = Builder("more", "max")
    for block in problem.blocks:
        m.variables(block.name, *block.shape, upper=size.n)
    for family in families:
        family(m, blocks, size)
    more = m.build()
    return solve(_joined(problem, more), weights.astype(np.int64))


def _joined(problem, more):
    from dataclasses import replace

    from scipy.sparse import csr_array, vstack

    return replace(
        problem,
        sense="max",
        matrix=csr_array(vstack([problem.matrix, more.matrix])),
        relation=np.concatenate([problem.relation, more.relation]),
        rhs=np.concatenate([problem.rhs, more.rhs]),
        families=(*problem.families, *more.families),
    )


def test_the_printed_707_is_refuted_and_replicas_reach_709():
    """Figure 4's optimum has a node receive the primary's response without its request."""
    result = solve_instance(dbft2(4, 5, "p7", (1, 2, 3, 4)), "highs")
    assert result.solution.objective == 707
    assert result.executable == 709
    verdict = result.verdict("replay")
    assert verdict is not None
    assert verdict.status == "refuted"
    assert "without the PrepareRequest that carries it" in verdict.reason
