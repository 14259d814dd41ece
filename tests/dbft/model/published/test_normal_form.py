"""Moving a solution to the normal form keeps it a solution, and every total."""

from __future__ import annotations

import numpy as np
import pytest

from milpbft.dbft.model.published.compact import build_compact
from milpbft.dbft.model.published.compact_point import compact_of_traffic, traffic_of_compact
from milpbft.dbft.model.published.direct import build_direct
from milpbft.dbft.model.published.direct_point import direct_of_traffic, traffic_of_direct
from milpbft.dbft.model.published.normal_form import COMPLETE, normalise
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.dbft.model.published.traffic import Traffic
from tests.dbft.model.published.published import dbft2, solve


def random_solution(horizon: int, seed: int):
    """Solve the direct encoding for random weights on every variable, so that instants spread."""
    instance = dbft2(4, horizon, "p5")
    problem, blocks = build_direct(instance)
    generator = np.random.default_rng(seed)
    weights = generator.integers(-9, 10, problem.size.variables)
    point = solve(problem, weights)
    return instance, problem, blocks, point


@pytest.mark.parametrize(
    ("horizon", "seed"),
    [
        *[(3, seed) for seed in range(6)],
        (4, 0),
        *[pytest.param(4, seed, marks=pytest.mark.slow) for seed in range(1, 6)],
        *[pytest.param(5, seed, marks=pytest.mark.slow) for seed in range(2)],
        *[pytest.param(6, seed, marks=pytest.mark.slow) for seed in range(3)],
        *[pytest.param(8, seed, marks=pytest.mark.slow) for seed in range(3)],
    ],
)
def test_normal_form_is_a_solution_of_equal_value(horizon: int, seed: int):
    """A random direct solution, moved, satisfies every direct and every compact row."""
    instance, problem, blocks, point = random_solution(horizon, seed)
    size = Sizes(4, horizon)
    traffic = traffic_of_direct(blocks, size, point)
    moved = normalise(traffic)
    assert (moved.blocks, moved.views, moved.messages) == (
        traffic.blocks,
        traffic.views,
        traffic.messages,
    )
    there = direct_of_traffic(blocks, moved, problem.size.variables, weighted=True)
    assert problem.violations(there) == []
    assert problem.value(there) == problem.value(point)
    compact, compact_blocks = build_compact(instance)
    x = compact_of_traffic(compact_blocks, traffic, compact.size.variables)
    assert compact.violations(x) == []
    assert compact.value(x) == problem.value(point)


def spread(traffic: Traffic, horizon: int, seed: int) -> Traffic:
    """Stretch each view's clock at random: another solution, out of normal form."""
    generator = np.random.default_rng(seed)
    n = traffic.size.n
    clocks = np.zeros((n, COMPLETE + 1), dtype=np.int64)
    for view in range(n):
        chosen = generator.choice(np.arange(2, horizon + 1), COMPLETE - 1, replace=False)
        clocks[view, 2:] = np.sort(chosen)
    views = np.arange(n)

    def moved(when):
        return clocks[np.broadcast_to(views, when.shape), when]

    return Traffic(
        Sizes(n, horizon),
        traffic.primary,
        {kind: moved(when) for kind, when in traffic.sent.items()},
        {kind: moved(when) for kind, when in traffic.received.items()},
        moved(traffic.relayed),
    )


@pytest.mark.parametrize("seed", range(8))
def test_stretched_views_are_solutions_and_fold_back(seed: int):
    """Clocks stretched over 12 instants keep every direct row, and the normal form undoes them."""
    problem, blocks = build_compact(dbft2(4, 5, "p5"))
    weights = np.random.default_rng(seed).integers(-9, 10, problem.size.variables)
    short = traffic_of_compact(blocks, Sizes(4, 5), solve(problem, weights))
    long = spread(short, 12, seed)
    direct, direct_blocks = build_direct(dbft2(4, 12, "p5"))
    x = direct_of_traffic(direct_blocks, long, direct.size.variables, weighted=True)
    assert direct.violations(x) == []
    folded = normalise(long)
    assert any(not np.array_equal(folded.sent[kind], long.sent[kind]) for kind in long.sent)
    for kind in short.sent:
        assert np.array_equal(folded.sent[kind], short.sent[kind])
        assert np.array_equal(folded.received[kind], short.received[kind])


@pytest.mark.parametrize("horizon", [3, 4, 5, 6])
@pytest.mark.parametrize("seed", range(5))
def test_compact_points_and_traffic_are_one(horizon: int, seed: int):
    """Giving a compact point senders and instants, and counting again, changes nothing."""
    problem, blocks = build_compact(dbft2(5, horizon, "p5"))
    weights = np.random.default_rng(seed).integers(-9, 10, problem.size.variables)
    x = solve(problem, weights)
    traffic = traffic_of_compact(blocks, Sizes(5, horizon), x)
    assert np.array_equal(compact_of_traffic(blocks, traffic, problem.size.variables), x)
