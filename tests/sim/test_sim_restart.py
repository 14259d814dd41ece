"""Nodes that start again without memory, in simulation, schedules and replay."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.room import room_of
from milpbft.schedule import Fault, Schedule
from milpbft.sim.faults import Faults
from milpbft.simulate import Plan, parse_moments, simulate

AGAIN = Faults(restarts={1: (6,), 2: (9, 14)})


@pytest.mark.parametrize("protocol", ["dbft1", "dbft2", "dbft21", "pbft", "linear", "sbft"])
def test_runs_with_restarts_replay(protocol):
    room, restarts = room_of(protocol), 0
    for seed in range(6):
        chances = {"deliver": 0.3, "propose": 0.5, "expire": 0.02}
        run = simulate(Plan(protocol, 4, 25, AGAIN, chances=chances), seed)
        again = [e for e in run.schedule.events if isinstance(e, Fault) and e.fault == "restart"]
        restarts += len(again)
        assert room.replay(run.schedule), (seed, room.replay(run.schedule))
        assert Schedule.from_json(run.schedule.to_json()) == run.schedule
    assert restarts


@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
def test_runs_of_production_nodes_with_restarts_replay(profile):
    for seed in range(4):
        plan = Plan("dbft2", 4, 40, AGAIN, chances={"deliver": 0.3}, profile=profile)
        run = simulate(plan, seed)
        assert run.schedule.settings["profile"] == profile
        assert room_of("dbft2").replay(run.schedule), room_of("dbft2").replay(run.schedule)


def test_a_node_with_its_block_keeps_it():
    late = Faults(restarts={1: (39,)})
    run = simulate(Plan("dbft2", 4, 40, late, chances={"deliver": 1.0, "propose": 1.0}), 0)
    assert len(run.decided) == 4
    assert not [e for e in run.schedule.events if isinstance(e, Fault)]


def test_a_restart_that_cannot_be_is_refused_in_replay():
    events = (Fault(1, 0, "crash"), Fault(2, 0, "restart"))
    schedule = Schedule("dbft2", 4, (), (0,), events, 3)
    assert "restarts" in room_of("dbft2").replay(schedule).reason


@pytest.mark.parametrize("text", ["2", "x@1", "1@", "@2", "-1@2"])
def test_restarts_are_read_strictly(text):
    with pytest.raises(InputError, match="restart"):
        parse_moments("restart", [text])


def test_restarts_out_of_range_and_of_liars_are_unusable():
    with pytest.raises(InputError, match="restart"):
        Plan("dbft2", 4, 40, Faults(restarts={4: (1,)}))
    with pytest.raises(InputError, match="restart"):
        Plan("dbft2", 4, 40, Faults(restarts={1: (41,)}))
    with pytest.raises(InputError, match="restarts"):
        Faults(frozenset({1}), restarts={1: (3,)})
    with pytest.raises(InputError, match="profile"):
        simulate(Plan("pbft", 4, 10, profile="neo-go"), 0)
