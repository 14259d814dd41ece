"""Repairs: no set of switches makes Lemma 4.3 true, and exhaustion finds the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.pov.enumerate.rounds import best
from milpbft.pov.instance import RoundInstance
from milpbft.pov.reference.messages import Fetch, seal
from milpbft.pov.reference.replay import Replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.pov.repairs import PARTS, SWITCHES, decide, sets
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver
from milpbft.sim.moves import Moves
from milpbft.solve import solve


def test_all_sets_are_asked():
    """Every one of 16 sets, and every name is one that the model reads."""
    assert len(list(sets())) == 2 ** len(SWITCHES)
    for switches in sets():
        for part in PARTS:
            instance = parse_instance(part.instance(switches))
            assert all(getattr(instance, word) == (word in switches) for word in SWITCHES)


@pytest.mark.slow
def test_all_switches_together_stall():
    """No block comes, to nobody; at most one does; and who signs twice forks."""
    decided = decide(SWITCHES)
    assert decided.values == (5, 5, 1, 1, 1, 2)
    assert decided.holds is False


@pytest.mark.slow
@pytest.mark.parametrize("switches", list(sets()), ids="-".join)
def test_no_set_of_switches_makes_the_lemma_true(switches: tuple[str, ...]):
    """Without a lock a Byzantine butler forks; with one it stalls, whatever else is on."""
    decided = decide(switches)
    assert decided.holds is False
    assert decided.values[0] == (5 if "lock" in switches else 2)
    assert decided.values[1] == (2 if "fetch" in switches and "lock" not in switches else 5)
    assert decided.values[3] == (1 if "lock" in switches else 2)
    assert decided.values[4] == (1 if "once" in switches else 2)


@pytest.mark.slow
def test_who_fetches_has_the_block_of_a_butler_that_shows_it_to_some():
    """The half of the lemma that fetching mends: without it a node never has the block."""
    for words, value in (("", 5), ("-fetch", 2)):
        result = solve(parse_instance(f"povround-nc4-nb3-tb6-t23-bb1-last{words}-delta1"))
        assert result.solution.objective == value
        assert all(result.checks)


SHOWN = "povround-nc1-nb2-tb5-t13-bb1-last-fetch-delta1"


def test_nodes_that_give_nothing_are_told_from_those_that_do():
    """A node that ignores requests, and a network that loses one, are both refuted."""
    schedule = solve(parse_instance(SHOWN)).schedule
    assert schedule is not None
    rules = Rules.of(schedule.n, schedule.settings)
    silent = Replay(schedule, theirs=replace(rules, fetch=False)).run()
    assert silent.status == "refuted"
    assert "Fetch" in silent.reason
    asked = [e for e in schedule.events if isinstance(e, Deliver) and e.kind == "Fetch"]
    assert asked
    for lost in asked:
        events = tuple(event for event in schedule.events if event != lost)
        assert POV.replay(replace(schedule, events=events)).status == "refuted"


def test_a_block_is_given_once_and_only_where_it_is_asked_for():
    """The second request is answered by nothing; where nobody fetches, one is dropped."""
    world = World(Rules(1, 2, rounds=1, fetch=True))
    node = world.nodes[0]
    for now in range(6):
        moves = Moves([one for one in world.network.everywhere(now) if one[0] != 2])
        world.step(now, moves)
    assert node.chain.height == 1
    for cycle in (2, 3):
        node.on_message(seal(Fetch(2, 1, cycle), world.keys))
        node.act()
    assert [one.payload.kind for one in node.outbox] == ["Forward"]
    plain = World(Rules(1, 2, rounds=1)).nodes[0]
    plain.on_message(seal(Fetch(2, 1, 2), world.keys))
    assert plain.dropped == {"nobody fetches that": 1}


SMALL = [
    ("povround-nc1-nb2-tb5-t13-bb1-last-delta1", 4),
    ("povround-nc1-nb2-tb5-t13-bb1-last-fetch-delta1", 3),
    ("povround-nc1-nb2-tb5-t10-bb1-blocks-forwarding-once-delta1", 2),
    ("povround-nc1-nb2-tb5-t9-bb1-cycles-forwarding-lock-once-delta1", 3),
]


@pytest.mark.parametrize(("name", "value"), SMALL)
def test_exhaustion_finds_the_same_at_small_sizes(name: str, value: int):
    """A fork without a lock, no block in any cycle with one, and fetching, on the reference."""
    instance = parse_instance(name)
    assert isinstance(instance, RoundInstance)
    assert best(instance) == value
    result = solve(instance)
    assert result.solution.objective == value
    assert all(result.checks)
