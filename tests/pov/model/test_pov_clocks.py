"""Clocks that differ: proven optima, replayed; what replay holds timers to; mutants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milpbft.errors import InputError
from milpbft.pov.model.acts import Sizes
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Timeout
from milpbft.sim.moves import Moves
from milpbft.solve import replay_schedule, solve
from tests.pov.model.test_pov_rounds import instance_of, schedule_of, solved

FORK = "povround-nc3-nb2-tb7-t17-blocks-delta2-skew2"
"""Two blocks, all nodes honest: with clocks that agree there is one, and with skew 1 as well."""


@pytest.mark.parametrize(("cycle", "skew", "value"), [(6, 1, 1), (7, 1, 1), (7, 2, 2), (8, 2, 1)])
def test_skew_must_be_added_to_a_cycle(cycle: int, skew: int, value: int):
    """A valid block is unique for T_b >= 5 d - 4 + S, if that is more than 3 d: here d is 2."""
    name = f"povround-nc3-nb2-tb{cycle}-t{cycle + 10}-blocks-delta2-skew{skew}"
    assert solved(name).solution.objective == value


@pytest.mark.parametrize(("cycle", "skew", "value"), [(4, 0, 2), (5, 0, 1), (5, 3, 3), (6, 3, 1)])
def test_a_first_block_needs_room_for_skew(cycle: int, skew: int, value: int):
    """Clocks that are ahead end the first cycle before its signatures are there: T_b > 2 d + S."""
    said = f"-skew{skew}" if skew else ""
    name = f"povround-nc3-nb2-tb{cycle}-t{2 * cycle - 1}-cycles-delta1{said}"
    assert solved(name).solution.objective == value


def test_a_schedule_says_whose_clock_differs():
    """Replay is of timers as the schedule has them, within the skew that it names."""
    schedule = schedule_of(FORK)
    assert schedule.settings["skew"] == "2"
    assert {event.tick for event in schedule.events if isinstance(event, Timeout)} != {7, 14}
    for skew in ("1", "0"):
        closer = replace(schedule, settings=schedule.settings | {"skew": skew})
        assert replay_schedule(closer).status == "refuted"
    late = [replace(e, tick=e.tick + 5) if isinstance(e, Timeout) else e for e in schedule.events]
    assert replay_schedule(replace(schedule, events=tuple(late))).status == "refuted"


def test_another_skew_is_another_question():
    """The recount compares how far clocks may be off."""
    schedule = schedule_of(FORK)
    assert POV.recount(instance_of(FORK), schedule, 2)
    other = instance_of(FORK.replace("skew2", "skew3"))
    assert "promises something else" in POV.recount(other, schedule, 2).reason


def test_a_model_with_wider_windows_is_refuted(monkeypatch: pytest.MonkeyPatch):
    """Clocks of the mutant may be ahead by a tick more than they say."""
    right = Sizes.opens
    name = FORK.replace("skew2", "skew1")
    assert solve(parse_instance(name)).solution.objective == 1
    monkeypatch.setattr(Sizes, "opens", lambda self, view: max(0, right(self, view) - bool(view)))
    result = solve(parse_instance(name))
    verdict = result.verdict("replay")
    assert (result.solution.status, result.solution.bound) == ("limit", 2)
    assert verdict is not None
    assert verdict.status == "refuted"


def test_timers_expire_within_the_skew():
    """One that must expire does; one that may does where it is named; no other does."""
    world = World(Rules(1, 2, 4, rounds=1, skew=1))
    for tick in range(3):
        world.step(tick, Moves((), [0] * (tick < 3)))
    assert not [event for event in world.events if isinstance(event, Timeout)]
    assert [e.node for e in world.step(3, Moves((), [0])) if isinstance(e, Timeout)] == [0]
    assert not [event for event in world.step(4, Moves()) if isinstance(event, Timeout)]
    # Node 0 is named, but its next timer is not due before tick 7.
    forced = [e.node for e in world.step(5, Moves((), [0])) if isinstance(e, Timeout)]
    assert forced == [1, 2]


@pytest.mark.parametrize(
    "fields", [{"skew": 4}, {"skew": 1, "rounds": 2}, {"skew": 1, "clocks": "free"}]
)
def test_skew_of_no_use_is_refused(fields: dict[str, Any]):
    """More than a cycle, over several heights, or beside clocks that may say anything."""
    with pytest.raises(InputError, match="skew"):
        Rules(3, 2, 4, **{"rounds": 1, **fields})


@pytest.mark.parametrize("words", ["fetch-skew1", "skew6", "skew1-overlay-r4k2s0"])
def test_what_skew_does_not_go_with_is_refused(words: str):
    """One clear line for each."""
    with pytest.raises(InputError, match="skew"):
        parse_instance(f"povround-nc3-nb2-tb6-t11-cycles-{words}")


@pytest.mark.parametrize("name", [FORK, "povround-nc3-nb2-tb5-t9-bb1-cycles-delta1-skew1"])
def test_random_adversaries_do_no_better(name: str):
    """They let timers expire as they like, within the skew."""
    instance, best = instance_of(name), solved(name).solution.objective
    worths = [worth(random_run(instance, seed), instance) for seed in range(40)]
    assert best is not None
    assert max(worths) <= best
