"""Networks in ticks: the engine and the search agree with the nodes, and nobody beats a bound."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest

from milpbft.powm.enumerate.failures import Search, Setting
from milpbft.powm.reference.adversaries import EarlyMiner, RandomScript
from milpbft.powm.reference.certificates import Electorate
from milpbft.powm.reference.engine import Crash, Engine, run_chain, split_array
from milpbft.powm.reference.links import Cut, Script
from milpbft.powm.reference.messages import Envelope, Grant
from milpbft.powm.reference.miner import Miner
from milpbft.powm.reference.pay import issued
from milpbft.powm.reference.puzzle import Counted, Drawn
from milpbft.powm.reference.replay import twice
from milpbft.powm.reference.rules import FRESH, Rules
from milpbft.powm.reference.world import World
from milpbft.sim.signatures import KeyRing


def rules_by(random: Random) -> Rules:
    """Draw rules of a small network."""
    solo = random.random() < 0.3
    return Rules(
        tuple(random.randint(1, 4) for _ in range(random.randint(1, 5))),
        supports=0 if solo else random.randint(1, 2),
        set_ticks=random.randint(1, 4),
        latency=random.randint(0, 2),
        ahead=random.randint(0, 2),
        detect=random.randint(0, 2),
        elect=random.randint(0, 2),
        collapse="solo" if solo else "collective",
    )


class Both:
    """Golden nonces of sets, and of those that all mine alone."""

    def __init__(self, seed: int) -> None:
        self.sets, self.fresh = Drawn(0.02, seed), Drawn(0.02, seed, FRESH)

    def solves(self, hashed: list[range]) -> bool:
        """Ask each puzzle for its own nonces."""
        low = [nonces for nonces in hashed if nonces.start < FRESH]
        return self.sets.solves(low) or self.fresh.solves([n for n in hashed if n not in low])


@pytest.mark.parametrize("seed", range(40))
def test_the_engine_agrees_with_the_nodes(seed: int):
    """The same block time, with the same golden nonces, failures and solo mining included."""
    random = Random(seed)
    rules = rules_by(random)
    tick = random.choice([None, random.randint(0, 6)])
    world = World(rules, Script({} if tick is None else {tick: [0]}), Both(seed))
    world.run(3000)
    engine = Engine(np.array(rules.rates), rules, 0.02)
    epoch = engine.block(seed, crash=None if tick is None else Crash(tick))
    assert (epoch.ticks, world.wrong) == (world.solved, "")


@pytest.mark.parametrize("seed", range(30))
def test_no_random_adversary_beats_the_search(seed: int):
    """Crashes of anybody at any tick, with any election: never longer than the longest block."""
    random = Random(seed)
    rates = tuple(random.randint(1, 3) for _ in range(3))
    goal = random.randint(4, 12)
    solo = bool(seed % 2)
    setting = Setting(rates, 1, 2, ahead=seed % 3, budget=2, solo=solo)
    bound = Search(setting, goal=goal).value()
    rules = Rules(rates, 1, 0, 2, 0, seed % 3, collapse="solo" if solo else "collective")
    for attempt in range(8):
        world = World(rules, RandomScript(budget=2, seed=100 * seed + attempt), Counted(goal))
        world.run(200)
        assert not world.wrong
        assert world.solved is not None
        assert world.solved <= bound


def test_without_anybody_who_enters_no_block_comes():
    """`entry`: the only manager fails, and sets in hand are all that is ever hashed."""
    rules = Rules((1, 1), 0, set_ticks=3, collapse="entry")
    world = World(rules, Script({1: [0]}), Counted(7))
    world.run(500)
    assert world.solved is None
    assert sum(hi - lo for _, lo, hi in world.granted) == 6


@pytest.mark.parametrize("sync", ["before", "stride"])
def test_nothing_is_granted_twice_where_supports_know_first(sync: str):
    """Every begin and every side of a cut, and of an eclipse."""
    rules = Rules((1, 2), set_ticks=2, sync=sync, collapse="entry")
    for begin, eclipse, side in product((0, 1, 3, 5), (False, True), ((), (2,), (3,), (2, 3))):
        world = World(rules, Script(cut=Cut(begin, 5, frozenset(side), eclipse)))
        world.run(12)
        assert twice(world.granted) == 0


def test_an_early_miner_is_paid_more():
    """(G+c)/(1+c) times the honest credit, for sets that it does not hash."""
    for set_ticks, latency in ((5, 1), (4, 0), (6, 2)):
        world = World(Rules((1, 1), 1, set_ticks=set_ticks, latency=latency), Script(),
                      kinds={3: EarlyMiner})  # fmt: skip
        world.run(20 * (set_ticks + latency))
        credit = issued(world.granted)
        assert credit[3] / credit[2] == pytest.approx((set_ticks + latency) / (1 + latency), 0.08)


def test_miners_believe_nobody_without_proof():
    """Forged grants, grants of who does not manage, and certificates without a majority."""
    keys, rules = KeyRing(5), Rules((1,), 3)
    miner = Miner(4, 1, rules, keys)
    grant = Grant(0, 0, "record", 4, 0, 1)
    assert miner.on_grant(Envelope.sealed(0, grant, keys), 0)
    assert not miner.on_grant(Envelope(0, grant, bytes(64)), 0)
    assert not miner.on_grant(Envelope.sealed(1, grant, keys), 0)
    assert not miner.on_grant(Envelope.sealed(0, Grant(0, 0, "record", 3, 0, 1), keys), 0)
    electorate = Electorate(frozenset({1, 2, 3}))
    few = electorate.elect(1, 2, (2,), keys)
    assert not miner.on_elected(Envelope.sealed(2, few, keys), electorate)
    stolen = electorate.elect(1, 1, (1, 2, 3), keys)
    forged = type(stolen)(1, 2, stolen.certificate)
    assert not miner.on_elected(Envelope.sealed(2, forged, keys), electorate)
    good = electorate.elect(1, 2, (1, 2), keys)
    assert miner.on_elected(Envelope.sealed(2, good, keys), electorate)
    assert miner.manager == 2
    assert len(miner.refused) == 5


def test_large_networks_pay_all_that_there_is():
    """A thousand nodes: every reward is split to the last coin, and managers change."""
    rates = np.random.default_rng(1).integers(1, 11, 1000)
    rules = Rules((1,), set_ticks=20, latency=1, ahead=2)
    chain = run_chain(Engine(rates, rules, 1 / (int(rates.sum()) * 20)), 20, supports=10)
    assert chain.paid.sum() == 20 * 1_000_000
    assert len(set(chain.managers)) > 15
    assert split_array(10, np.array([1, 1, 1])).tolist() == [4, 3, 3]


@pytest.mark.slow
def test_ten_thousand_miners_are_paid():
    """100 epochs of 10 000 nodes, whose supports are a hundred."""
    rates = np.random.default_rng(1).integers(1, 11, 10_000)
    rules = Rules((1,), set_ticks=20, latency=1, ahead=2)
    chain = run_chain(Engine(rates, rules, 1 / (int(rates.sum()) * 60)), 100, supports=100)
    assert chain.paid.sum() == 100 * 1_000_000
