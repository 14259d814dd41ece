"""Formulas against the reference, the searches, and Table III."""

from __future__ import annotations

from random import Random
from statistics import mean

import numpy as np
import pytest

from milpbft.errors import InputError
from milpbft.powm.enumerate.cut import Network, most_twice
from milpbft.powm.enumerate.elections import managed
from milpbft.powm.formulas import election, failures, table3, work
from milpbft.powm.reference.baselines import solo_one_record, solo_own_records
from milpbft.powm.reference.engine import Engine
from milpbft.powm.reference.links import Script
from milpbft.powm.reference.puzzle import Drawn, mean_goal, quantile_goal
from milpbft.powm.reference.rules import Rules
from milpbft.powm.reference.world import World
from milpbft.powm.study import time_by_stock

PAPER = {"linear": (0.97618, 3.36), "even": (0.98029, 4.45), "contention": (0.0035206, 8.06)}


@pytest.mark.parametrize("name", table3.CURVES)
def test_table_iii_is_fitted(name: str):
    """The least squares of each curve, and what it leaves; one node is exact."""
    fit = table3.fit(name)
    assert (round(fit.value, 7 if name == "contention" else 5), round(fit.rmse, 2)) == PAPER[name]
    assert fit.residuals[0] == pytest.approx(0)
    curve, n = table3.CURVES[name], table3.NODES.astype(float)
    for other in (fit.value * 0.999, fit.value * 1.001):
        assert np.sqrt(np.mean((np.array(table3.TABLE3) - curve(n, other)) ** 2)) > fit.rmse


def test_speedups_and_efficiencies_of_table_iii():
    """The figures that the specification names."""
    assert [round(x, 3) for x in table3.speedups()][1:] == [
        1.978, 2.966, 3.912, 4.896, 5.882, 6.872, 7.827]  # fmt: skip
    assert [round(x, 4) for x in table3.efficiencies()][1:] == [
        0.9890, 0.9887, 0.9781, 0.9793, 0.9804, 0.9817, 0.9784]  # fmt: skip


@pytest.mark.parametrize(("p", "nonces"), [(0.01, 50), (0.2, 7), (1.0, 3)])
def test_hashes_until_solved(p: float, nonces: int):
    """(1-(1-p)^N)/p, as the sum over how far one gets."""
    assert work.hashes(p, nonces) == pytest.approx(sum((1 - p) ** k for k in range(nonces)))
    assert work.none_found(p, nonces) == pytest.approx((1 - p) ** nonces)
    assert work.hashes(p) == 1 / p


def test_hashes_without_replacement():
    """(N+1)/(K+1) against all orders, by chance."""
    random = Random(1)
    draws = [min(random.sample(range(1, 21), 4)) for _ in range(4000)]
    assert mean(draws) == pytest.approx(work.hashes_without_replacement(20, 4), rel=0.05)


def test_goals_of_a_drawn_puzzle():
    """Mean and median of the first golden nonce."""
    p = 0.01
    firsts = [Drawn(p, seed).golden(5000)[0] + 1 for seed in range(2000)]
    assert mean(firsts) == pytest.approx(mean_goal(p), rel=0.1)
    assert np.mean(np.array(firsts) <= quantile_goal(0.5, p)) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("g", "c", "a"), [(4, 0, 0), (4, 1, 0), (3, 2, 1), (6, 2, 2)])
def test_block_times_by_run(g: int, c: int, a: int):
    """1/(p sum eta r), within four standard errors."""
    p, rates = 1 / 800, [3, 2, 1]
    engine = Engine(np.array(rates), Rules((1,), set_ticks=g, latency=c, ahead=a), p)
    wanted = work.parallel(p, rates, work.efficiency(g, c, a))
    ticks = [engine.block(seed).ticks for seed in range(250)]
    assert mean(ticks) == pytest.approx(wanted, rel=0.25)


def test_solo_times_by_run():
    """1/(p max r) with one record, 1/(p sum r) with own ones."""
    p, rates = 1 / 2000, [3, 2, 1]
    one = mean(solo_one_record(rates, p, seed) for seed in range(500))
    own = mean(solo_own_records(rates, p, seed) for seed in range(500))
    assert one == pytest.approx(work.solo_one_record(p, rates), rel=0.13)
    assert own == pytest.approx(work.solo_own_records(p, rates), rel=0.13)


def test_break_even_of_sets():
    """At the break-even n nodes are as fast as one; two, of whom one manages, never are."""
    rate, overhead = 339, 0.1
    for n in (2, 4, 8):
        size = work.break_even(rate, overhead, n)
        assert n * rate * size / (size + rate * overhead) == pytest.approx(rate)
    assert work.break_even(rate, overhead, 1) == float("inf")
    least = work.least_set(rate, overhead, 0.9)
    assert least / (least + rate * overhead) == pytest.approx(0.9)
    assert work.fastest(100, 1, 1) == 10
    assert work.messages(4, 2, 100, 10) == 14 * 6 + 3 + 3


@pytest.mark.parametrize(("gap", "g"), [(2, 5), (5, 5), (8, 5), (3, 4)])
def test_idle_time_by_run(gap: int, g: int):
    """Ticks that a miner idles per failure, over all ticks of its set at which one can come."""
    idle = []
    for tick in range(2 * g, 3 * g):
        rules = Rules((1,), 1, set_ticks=g, detect=1, elect=gap - 1)
        world = World(rules, Script({tick: [0]}))
        hashed = 0
        for t in range(5 * g + gap):
            world.events.clear()
            before = world.miners[2].outstanding
            world.step(t)
            granted = sum(hi - lo for _, lo, hi in world.granted)
            hashed = granted - world.miners[2].outstanding
            assert before >= 0
        idle.append(5 * g + gap - hashed)
    # A failure comes at whole ticks here, half a tick late in the mean.
    discrete = sum(max(0, gap - left) for left in range(g)) / g
    assert mean(idle) == pytest.approx(discrete)
    assert abs(failures.idle(gap, g) - discrete) <= 0.5 + 0.5 / g


def test_mean_times_with_failures():
    """Without failures 1/mu; with certain ones at once, the last time."""
    assert failures.mean_time([0.1, 0.1], 0, 2, 100) == 10
    assert failures.mean_time([0.1], 1e9, 0, 100) == pytest.approx(100, rel=1e-3)
    assert failures.one_failure(0, 8, "alone") == 7
    assert failures.one_failure(0, 8, "hashing") == pytest.approx(7 / 6)
    assert failures.one_failure(0.5, 8, "idle") == 1
    assert failures.all_fail(0.1, 2) == pytest.approx(1e-3)
    assert 0 < failures.hashing_share(2, 5, 0.01) < 1
    with pytest.raises(InputError):
        failures.one_failure(2, 8, "idle")


@pytest.mark.parametrize("b", [0, 1, 2])
def test_stock_makes_failures_harmless(b: int):
    """From a = b (D+E) on the worst block is the ideal one, and a tick less costs."""
    ideal = 32
    for a in range(6):
        known = failures.harmless(b, b, a, gap=2, latency=0, set_ticks=8)
        assert (time_by_stock(b, a) == ideal) == (known or b == 0), a


@pytest.mark.parametrize("seed", range(12))
def test_overlap_by_search(seed: int):
    """Closed forms of cuts and eclipses for c = a = 0 and a long horizon."""
    random = Random(seed)
    rates = tuple(random.randint(1, 3) for _ in range(random.randint(1, 3)))
    g, gap, width = random.randint(1, 3), random.randint(0, 3), random.randint(1, 6)
    horizon = width + gap + 4 * g
    cut = Network(rates, g, 0, 0, gap, width, horizon)
    assert most_twice(cut) == failures.cut_overlap(rates, g, gap, width)
    eclipse = Network(rates, g, 0, 0, gap, width, horizon, eclipse=True)
    assert most_twice(eclipse) == failures.eclipse_overlap(rates, g, gap)


def test_elections_by_dynamic_programming():
    """Many elections with many redraws come to a/(1-a+a^2), lies to a/(1-lambda(1-a))."""
    for w in (2, 4, 5):
        mean_share = float(managed(10, w, 30, 60)) / 30
        assert mean_share == pytest.approx(election.captured(w / 10), abs=0.02)
    # Two of ten tickets, four of the other eight are moved: half of them.
    assert float(managed(10, 2, 200, 0, 4)) / 200 == pytest.approx(
        election.lying(0.2, 0.5), abs=0.01
    )
    assert election.captured(election.HALF) == pytest.approx(0.5)
    assert election.lying(election.lying_half(0.5), 0.5) == pytest.approx(0.5)
    assert election.dropped(0.5) == pytest.approx(1 / 3)


def test_who_outhashes_whom():
    """3 of 8 with two idle supports; without idle ones it takes half of the others and more."""
    assert election.outhash(8, 2) == 3
    for n in range(3, 30):
        for m in range(n - 1):
            u = election.outhash(n, m)
            assert u > n - u - 1 - m
            assert u - 1 <= n - (u - 1) - 1 - m
    assert election.payment_stopped(0.1, 7) == pytest.approx(0.57, abs=0.005)
