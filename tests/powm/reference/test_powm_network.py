"""Nodes enter, leave, watch, expel and are paid, in ticks; and adversaries try what is open."""

from __future__ import annotations

from functools import partial
from itertools import product

import pytest

from milpbft.errors import InputError
from milpbft.powm.reference.adversaries import PartialManager, Withholder
from milpbft.powm.reference.certificates import Electorate
from milpbft.powm.reference.detection import Heartbeats
from milpbft.powm.reference.entry import traced
from milpbft.powm.reference.links import Script
from milpbft.powm.reference.manager import Manager
from milpbft.powm.reference.messages import Envelope, Snapshot
from milpbft.powm.reference.network import Network
from milpbft.powm.reference.pay import issued
from milpbft.powm.reference.puzzle import Counted, Drawn
from milpbft.powm.reference.race import credited
from milpbft.powm.reference.record import Difficulty, Record
from milpbft.powm.reference.rules import Rules
from milpbft.powm.reference.watch import Watch
from milpbft.powm.reference.world import World
from milpbft.sim.signatures import KeyRing


def solved(world: World, ticks: int = 400) -> int | None:
    """Run until the block is solved, without a fault of the script."""
    world.run(ticks)
    assert not world.wrong
    return world.solved


@pytest.mark.parametrize("ahead", [0, 2])
def test_without_what_is_new_it_is_the_world_of_the_models(ahead: int):
    """The same grants and block time as in `World`, crash or none."""
    for tick, supports in product((None, 0, 1, 3), (0, 1, 2)):
        rules = Rules((2, 1), supports, 0, 2, 0, ahead, 1, 2, 3)
        script = {} if tick is None else {tick: [0]}
        plain = World(rules, Script(script), Counted(20))
        world = Network(rules, Script(script), Counted(20))
        assert solved(world) == solved(plain)
        assert world.granted == plain.granted


@pytest.mark.parametrize(("every", "silent"), [(1, 1), (1, 3), (3, 2), (4, 1)])
def test_detection_comes_out_of_heartbeats(every: int, silent: int):
    """D is s to s + h - 1 ticks, as the formula has it for each tick of failure; both ends come."""
    rules, delays = Rules((1, 1), 1, set_ticks=1, elect=1), []
    for failure in range(2, 2 + 2 * every):
        world = Network(rules, Script({failure: [0]}), watch="heartbeat", every=every,
                        silent=silent)  # fmt: skip
        world.run(60)
        [elected] = [e.tick for e in world.events if e.event == "send" and e.kind == "Elected"]
        delays.append(elected - 1 - failure)
        assert delays[-1] == Heartbeats(every, silent).delay(failure)
    assert (min(delays), max(delays)) == (silent, silent + every - 1)


def test_a_failure_that_nobody_asks_about_is_not_noticed():
    """By requests: D begins with the first to ask; by heartbeats, it begins at the failure."""
    rules = Rules((1,), 1, set_ticks=8, elect=1)
    ends = {}
    for by in ("heartbeat", "request"):
        world = Network(rules, Script({1: [0]}), watch=by, silent=2)
        world.run(40)
        ends[by] = [e.tick for e in world.events if e.event == "send" and e.kind == "Elected"]
    assert ends == {"heartbeat": [1 + 2 + 1], "request": [8 + 2 + 1]}


def test_nobody_is_suspected_without_a_failure():
    """Heartbeats in time, and Syncs every third tick with patience for it, elect nobody."""
    for by, every in (("heartbeat", 1), ("request", 3)):
        rules = Rules((1, 2), 2, set_ticks=2, every=every)
        world = Network(rules, Script(), watch=by, silent=every + 1)
        world.run(40)
        assert (world.term, world.expelled) == (0, [])
    with pytest.raises(InputError):
        Watch("heartbeat", 0, 1, KeyRing(1))


def test_who_enters_hashes_from_then_on():
    """Three miners from tick 4 on where there were two: 8 nonces by then, and three a tick."""
    rules = Rules((1, 1, 1), 1, set_ticks=2)
    assert solved(Network(rules, Script(), Counted(20), joins={4: [4]})) == 8
    assert solved(Network(rules, Script(), Counted(20), joins={99: [4]})) == 10


def test_who_enters_after_a_takeover_follows_the_new_manager():
    """The snapshot's certificates lead to term 1, from there on it is granted nonces."""
    rules = Rules((1, 1), 2, set_ticks=2)
    world = Network(rules, Script({1: [0]}), joins={6: [4]})
    world.run(12)
    assert not world.wrong
    assert (world.miners[4].term, world.miners[4].manager) == (1, 1)
    assert any(node == 4 for node, _, _ in world.granted)
    assert not world.miners[4].refused


def test_a_snapshot_must_be_traceable():
    """Votes of too few, of strangers with a manager among them, and gaps in terms are refused."""
    keys, team = KeyRing(8), frozenset({0, 1, 2, 3})

    def proves(*elections: tuple[int, int, tuple[int, ...], tuple[int, ...], str]):
        chain = tuple((Electorate(frozenset(all_)).elect(term, node, voting, keys, role), all_)
                      for term, node, all_, voting, role in elections)  # fmt: skip
        return traced(Envelope.sealed(6, Snapshot("record", chain), keys), team, keys)

    good = (1, 1, (1, 2, 3), (1, 2), "active")
    assert proves() == (0, 0)
    assert proves(good) == (1, 1)
    assert proves(good, (2, 2, (2, 3), (2, 3), "active")) == (2, 2)
    assert proves(good, (3, 2, (2, 3), (2, 3), "active")) is None
    assert proves((1, 1, (1, 2, 3), (1,), "active")) is None
    assert proves((1, 6, (1, 6, 7), (6, 7), "active")) is None
    entered = (1, 6, (1, 2, 3), (2, 3), "support")
    assert proves(good, entered, (2, 6, (6, 2, 3), (6, 2), "active")) == (2, 6)
    assert proves(good, (2, 6, (6, 2, 3), (6, 2), "active")) is None
    forged = Envelope(6, Snapshot("record", ()), bytes(64))
    assert traced(forged, team, keys) is None


def test_with_entry_the_block_comes_once_somebody_enters():
    """Nobody is left to manage: all wait until tick 20, when all elect, E_c = 3 ticks."""
    rules = Rules((1, 1, 1), 0, set_ticks=2, collective=3, collapse="entry")
    crash = Script({2: [0]})
    assert solved(Network(rules, crash, Counted(6), joins={99: [3]}), 60) is None
    world = Network(rules, Script({2: [0]}), Counted(12), joins={20: [3]})
    # By tick 2 four nonces; the manager was a miner, so two are left: 8 more take 4 ticks.
    assert solved(world) == 20 + 3 + 4
    assert world.events[-1].view == 1


def test_what_a_leaver_held_is_not_granted_again():
    """The cursor goes on, and the block takes other nonces (III-K.3)."""
    rules = Rules((1, 1), 1, set_ticks=4)
    world = Network(rules, Script(), Counted(20), leaves={1: [3]})
    assert solved(world) == 1 + 18
    assert sum(node == 3 for node, _, _ in world.granted) == 1
    assert [lo for _, lo, _ in world.granted] == [4 * k for k in range(len(world.granted))]


def test_a_manager_that_says_that_it_leaves_costs_an_election_only():
    """Without D: up again E ticks later; a support that leaves is missed only as a voter."""
    rules = Rules((1, 1), 1, set_ticks=1, detect=5, elect=2)
    assert solved(Network(rules, Script(), Counted(20), leaves={3: [0]})) == 12
    assert solved(Network(rules, Script({3: [0]}), Counted(20))) == 17
    assert solved(Network(rules, Script(), Counted(20), leaves={3: [1]})) == 10


def test_a_refilled_pool_makes_every_takeover_short():
    """One support and two failures: the second costs D + E_c and a miner, or only a miner each."""
    rules = Rules((1, 1, 1), 1, set_ticks=1, collective=6)
    script = {2: [0], 6: [1]}
    short = Network(rules, Script(dict(script)), Counted(24), refill=True)
    assert solved(short) == 2 + 2 + 2 + 2 + 14  # 6 by 2, 4 by 6, one miner for the last 14
    assert short.term == 2
    assert solved(Network(rules, Script(dict(script)), Counted(24))) == 2 + 2 + 2 + 7 + 6


@pytest.mark.parametrize("m", range(1, 6))
def test_forged_ledgers_are_found_by_the_others(m: int):
    """One of m + 1 differs and goes; of two, each suspects the other, and the first vote wins."""
    rules = Rules((1, 1), m, set_ticks=2)
    world = Network(rules, Script(), forged={m})
    world.run(3)
    assert world.expelled == [m]
    assert m not in world.pool
    alone = Network(rules, Script(), slander={m: 0})
    alone.run(3)
    assert alone.expelled == ([0] if m == 1 else [])


def test_an_expelled_active_manager_is_replaced():
    """The only support's vote is enough: E ticks from the next tick on, in a term of its own."""
    world = Network(Rules((1, 1), 1, set_ticks=1, elect=2), Script(), Counted(12), slander={1: 0})
    assert solved(world) == 1 + 2 + 5
    assert (world.term, world.expelled) == (1, [0])


def test_a_late_sync_makes_an_honest_support_differ():
    """Claim 31: of three supports the one that heard nothing of tick 1 is expelled."""
    world = Network(Rules((1, 1), 3, set_ticks=2), Script(deaf={0: [2]}))
    world.run(3)
    assert world.expelled == [2]


def test_pay_is_split_by_contribution_to_the_last_coin():
    """Two to one by rate; one silent manager stops it (claim 32)."""
    rules = Rules((2, 1), 2, set_ticks=2)
    world = Network(rules, Script(), Counted(12), reward=100)
    assert solved(world) == 4
    assert world.pay == {3: 67, 4: 33}
    silent = Network(rules, Script(), Counted(12), silent_on_pay={1})
    assert solved(silent) == 4
    assert silent.pay is None


def test_supports_are_told_of_the_last_grants_before_pay():
    """With a Sync every third tick the managers still agree on who did what."""
    world = Network(Rules((1, 1), 2, set_ticks=1, every=3), Script(), Counted(8), reward=10)
    assert solved(world) == 4
    assert world.pay == {3: 5, 4: 5}


def vacancy(finaliser: str, kind: type | None = None) -> Network:
    """One hashing support, which finds the solution while nobody manages (III-K.5)."""
    rules = Rules((1,), 1, 1, set_ticks=4, detect=2, elect=2, collective=5)
    puzzle = At(5)
    kinds = {} if kind is None else {1: kind}
    return Network(rules, Script({1: [0]}), puzzle, kinds, finaliser=finaliser)


class At(Drawn):
    """One golden nonce."""

    def __init__(self, nonce: int) -> None:
        super().__init__(0.5)
        self._golden, self._next = [nonce], 10**9


def test_who_finds_without_a_manager_cannot_be_elected():
    """Nonce 5 is the support's second: with `peers` final at once, else after D + E_c."""
    peers = vacancy("peers")
    assert (solved(peers), peers.finder) == (2, 1)
    waits = vacancy("manager")
    assert solved(waits) == 1 + 2 + 5 + 1
    assert waits.barred == {1}
    assert [one.node for one in waits.active] == [2]


def test_withholding_keeps_the_candidacy():
    """The support says nothing, is elected after D + E, and has the solution then."""
    for finaliser in ("peers", "manager"):
        world = vacancy(finaliser, Withholder)
        assert solved(world) == 1 + 2 + 2 + 1
        assert (world.finder, world.barred, world.active[0].node) == (1, set(), 1)


RECORD = Record(7, bytes(32), bytes(32), 0, Difficulty(4))
GOLDEN = next(nonce for nonce in range(1000) if RECORD.valid(nonce))


@pytest.mark.parametrize(("near", "thief_wins"), [(1, True), (3, False), (9, False)])
def test_a_solution_is_stolen_by_who_is_nearer(near: int, thief_wins: bool):
    """Record and nonce are public: the first to reach the manager is credited, unless by owner."""
    manager = Manager(0, Rules((1, 1)), KeyRing(4), ledger=[(2, 0, GOLDEN + 1)])
    delay = {(2, 0): 4, (2, 3): 1, (3, 0): near}

    def asked(rule: str, nonce: int = GOLDEN):
        return credited(RECORD, nonce, 2, thieves=(3,), delay=delay, manager=manager, rule=rule)

    assert asked("sender") == (3 if thief_wins else 2)
    assert asked("owner") == 2
    wrong = next(nonce for nonce in range(1000) if not RECORD.valid(nonce))
    assert asked("sender", wrong) is None


def partial_world(by: str, **said: object) -> Network:
    """Two equal miners, and a manager that is not."""
    kind = partial(PartialManager, **said)
    world = Network(Rules((1, 1), 2, set_ticks=2), Script(), managing={0: kind}, watch=by, silent=2)
    world.run(12)
    return world


def test_large_sets_for_friends_are_credit_without_work():
    """By nonces handed out the friend has more credit at the end, though both hash all the time."""
    world = partial_world("heartbeat", friends={3}, factor=4)
    credit = issued(world.granted)
    assert credit[3] > credit[4]
    assert (world.term, world.expelled) == (0, [])


def test_censorship_shows_only_where_requests_are_watched():
    """Heartbeats go on, and the censored miner never hashes; by requests it is replaced."""
    hidden = partial_world("heartbeat", censored={4})
    assert (hidden.term, issued(hidden.granted)[4]) == (0, 0)
    seen = partial_world("request", censored={4})
    assert seen.term == 1
    assert issued(seen.granted)[4] > 0
