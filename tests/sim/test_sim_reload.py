"""Nodes that start again with their logs, in simulation, schedules and replay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.room import room_of
from milpbft.schedule import Deliver, Fault, Schedule, Send, Timeout
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.simulate import Plan, parse_moments, simulate

AGAIN = Faults(reloads={1: (6,), 2: (9, 14)})


def reloads(schedule: Schedule) -> list[Fault]:
    """Return the reloads of a schedule."""
    return [e for e in schedule.events if isinstance(e, Fault) and e.fault == "reload"]


@pytest.mark.parametrize("protocol", ["dbft1", "dbft2", "dbft21", "pbft", "linear", "sbft"])
def test_runs_with_reloads_replay(protocol: str):
    """Each run does what its schedule says, and what was under way to a node is delivered never."""
    room, missed = room_of(protocol), 0
    for seed in range(6):
        chances = {"deliver": 0.2, "propose": 0.5, "expire": 0.02}
        schedule = simulate(Plan(protocol, 4, 25, AGAIN, chances=chances), seed).schedule
        assert len(reloads(schedule)) == 3
        assert room.replay(schedule), (seed, room.replay(schedule))
        assert Schedule.from_json(schedule.to_json()) == schedule
        for fault in reloads(schedule):
            sent = {
                (e.node, e.kind, e.view): e.tick for e in schedule.events if isinstance(e, Send)
            }
            before = {message for message, tick in sent.items() if tick < fault.tick}
            given = {
                (e.sender, e.kind, e.view): e.tick
                for e in schedule.events
                if isinstance(e, Deliver) and e.node == fault.node
            }
            late = [m for m in before if given.get(m, -1) >= fault.tick]
            assert not late
            missed += sum(m not in given and m[0] != fault.node for m in before)
    assert missed


def test_what_was_under_way_is_refused_in_replay():
    """A message that was sent before the reload and not received does not come after it."""
    plan = Plan("pbft", 4, 20, chances={"deliver": 1.0, "propose": 1.0, "expire": 0.0})
    schedule = simulate(plan, 0).schedule
    first = next(e for e in schedule.events if isinstance(e, Deliver) and e.node == 1)
    events = (Fault(first.tick, 1, "reload"), *schedule.events)
    refuted = room_of("pbft").replay(replace(schedule, events=events))
    assert not refuted
    assert "lost as it reloaded its log" in refuted.reason


def test_the_timer_starts_anew():
    """A timer of 8 ticks that is reset at tick 5 expires from tick 13 on, in replay as in a run."""
    faults = Faults(reloads={1: (5,)})
    chances = {"deliver": 0.0, "propose": 0.0, "expire": 1.0}
    plain, reset = (
        simulate(Plan("pbft", 4, 30, some, Timers(8), chances=chances), 0).schedule
        for some in (Faults(), faults)
    )
    first = [
        min(e.tick for e in run.events if isinstance(e, Timeout) and e.node == 1)
        for run in (plain, reset)
    ]
    assert first[1] - first[0] == 5
    kept = replace(reset, settings={"network": "asynchronous", "timeout": "8"})
    assert room_of("pbft").replay(kept), room_of("pbft").replay(kept).reason
    events = (Fault(5, 1, "reload"), *plain.events)
    early = replace(kept, events=events)
    assert not room_of("pbft").replay(early)


def test_a_budget_of_reloads_is_kept():
    """Reloads are apart from the faults, if the schedule says how many there may be."""
    schedule = simulate(Plan("pbft", 4, 25, Faults(reloads={1: (6,)})), 0).schedule
    said = {"network": "asynchronous", "budget": "0-3:0"}
    room = room_of("pbft")
    assert room.replay(replace(schedule, settings=said | {"reloads": "1"}))
    for settings in (said, said | {"reloads": "0"}):
        assert not room.replay(replace(schedule, settings=settings))


def test_reloads_that_cannot_be_are_refused():
    """Who has crashed does not reload; nodes, ticks and profiles are held to what there is."""
    events = (Fault(1, 0, "crash"), Fault(2, 0, "reload"))
    schedule = Schedule("dbft2", 4, (), (0,), events, 3)
    assert "reloads" in room_of("dbft2").replay(schedule).reason
    for faults in (Faults(reloads={4: (1,)}), Faults(reloads={1: (41,)})):
        with pytest.raises(InputError, match="reload"):
            Plan("dbft2", 4, 40, faults)
    with pytest.raises(InputError, match="reload"):
        Plan("dbft2", 4, 40, AGAIN, profile="neo-go")
    with pytest.raises(InputError, match="reloads"):
        Faults(frozenset({1}), reloads={1: (3,)})
    with pytest.raises(InputError, match="reload"):
        parse_moments("reload", ["2"])
