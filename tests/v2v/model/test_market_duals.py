"""Duals of assignments: a bound and the pairs that may be left out, both proven in integers."""

from __future__ import annotations

from itertools import permutations
from random import Random

import numpy as np
import pytest

from milpbft.v2v.catalogue import random_market
from milpbft.v2v.enumerate.matchings import best_matching_value
from milpbft.v2v.instance import MatchInstance
from milpbft.v2v.model import duals as module
from milpbft.v2v.model import matching
from milpbft.v2v.model.duals import duals
from milpbft.v2v.model.matching import MatchModel
from solvers import solve
from tests.in_process import solve_here
from tests.v2v.drawn_markets import draw_market


def heaviest(weights, allowed):
    """Return the pairs of each matching of most weight, and that weight, by looking at all."""
    buys, sells = weights.shape
    found = {}
    for chosen in permutations([*range(sells), *[-1] * buys], buys):
        pairs = frozenset((b, s) for b, s in enumerate(chosen) if s >= 0)
        if all(allowed[pair] for pair in pairs):
            found[pairs] = sum(int(weights[pair]) for pair in pairs)
    most = max(found.values())
    return {pairs for pairs, weight in found.items() if weight == most}, most


@pytest.mark.parametrize("seed", range(40))
def test_the_bound_is_the_optimum_and_tight_pairs_hold_all_best_matchings(seed):
    """Weights of both signs, pairs that may not be."""
    r = np.random.default_rng(seed)
    weights = r.integers(-5, 8, tuple(r.integers(1, 4, 2)))
    allowed = r.random(weights.shape) < 0.8
    best, most = heaviest(weights, allowed)
    found = duals(weights, allowed)
    if found is None:
        assert frozenset() in best, "nothing was proven where a pair is worth something"
        return
    assert found.bound == most
    assert all(found.tight[pair] for pairs in best for pair in pairs)


def test_a_poor_assignment_proves_nothing(monkeypatch):
    """What SciPy says is not believed: another permutation has no duals that come to its weight."""
    weights = np.array([[5, 1], [1, 5]])
    allowed = np.ones((2, 2), dtype=bool)
    assert duals(weights, allowed) is not None
    for columns in ([1, 0, 2, 3], [2, 3, 0, 1], [0, 0, 2, 3]):
        wrong = np.arange(4), np.array(columns)
        monkeypatch.setattr(module, "linear_sum_assignment", lambda *_, w=wrong, **__: w)
        assert duals(weights, allowed) is None


def test_weights_that_doubles_do_not_hold_prove_nothing():
    """SciPy computes in doubles."""
    assert duals(np.full((2, 2), 2**51), np.ones((2, 2), dtype=bool)) is None


@pytest.mark.parametrize("seed", range(24))
def test_reduced_markets_keep_their_optimum(seed, monkeypatch):
    """Every objective, on markets so small that they can be enumerated."""
    monkeypatch.setattr(matching, "LARGE", 1)
    r = Random(seed)
    market = draw_market(r, r.randint(1, 4), r.randint(1, 4))
    for objective in ("matched", "cost", "consumer", "welfare"):
        question = MatchInstance.make(
            {"protocol": "v2vmatch", "market": market, "objective": objective}
        )
        model = MatchModel(question)
        value = solve_here(model.problem).objective
        assert value is not None
        assert value * model.unit == best_matching_value(market, objective)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["matched", "cost", "consumer", "welfare"])
def test_two_hundred_by_two_hundred(objective):
    """Proven optimal, with a hundredth to a tenth of the pairs."""
    question = MatchInstance.make(
        {"protocol": "v2vmatch", "market": random_market(200, 200, 10, 0), "objective": objective}
    )
    model = MatchModel(question)
    solution = solve(model.problem, "cpsat")
    assert solution.status == "optimal"
    assert model.duals is not None
    assert len(model.triples) < int(model.prices.eligible.any(axis=2).sum())
