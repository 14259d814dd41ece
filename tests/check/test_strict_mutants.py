"""Mutants of dBFT and PBFT: a promise or a count that is broken is refuted, each by name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.schedule import Fault, Schedule
from milpbft.solve import replay_schedule, solve

if TYPE_CHECKING:
    from milpbft.result import Result

COUNTS = [
    ("dbft1-strict-n4-v2-forks", 2),
    ("dbft2-strict-n4-v1-b1-e2-forks", 1),
    ("dbft2-strict-n4-v1-b2-e2-forks", 2),
    ("dbft2-strict-n4-v2-c1-steps_lock", 7),
    ("dbft21-strict-n4-v2-b1-steps_lock", 3),
    ("pbft-n4-v1-b2-e2-steps_fork", 6),
    ("pbft-n4-v1-b2-e2-forks", 2),
    ("linear-n4-v1-b2-e2-steps_fork", 10),
    ("sbft-n4-v1-c1-steps_lock-calm-fastpath", 4),
    ("sbftfast-n4-v1-c1-steps_lock-calm", 4),
]
"""Per protocol, of each kind of count that it has, quick ones."""

SLOW = [
    ("dbft1-strict-n4-v2-steps_fork", 14),
    ("dbft2-strict-n4-v1-b2-e2-faults_fork", 2),
    ("dbft2-strict-n4-v2-b1-p3", 100),
    ("dbft21-strict-n4-v1-b2-e2-forks", 2),
    ("pbft-n4-v2-c2-faults_lock", 2),
    ("linear-n4-v1-b1-e2-forks", 1),
    ("sbft-n4-v1-b2-e2-steps_fork", 10),
    *((f"dbft2-strict-n4-v2-p{number}", value) for number, value in
      enumerate((1200, 900, 1100, 1090, 1218, 894, 782), start=1)),
    ("dbft2-strict-n7-v2-steps_state-committed-or-lost-4c0.3v1", 20),
    ("dbft21-strict-n7-v2-steps_fork", 37),
    ("pbft-n7-v2-e2-steps_fork-blind", 27),
    ("linear-n7-v2-e2-steps_fork-blind", 27),
    ("sbft-n7-v2-e2-steps_fork-blind", 21),
]  # fmt: skip


@cache
def solved(name: str) -> Result:
    return solve(parse_instance(name))


def schedule_of(name: str) -> Schedule:
    schedule = solved(name).schedule
    assert schedule is not None
    assert replay_schedule(schedule)
    return schedule


def _counts(name: str, value: int) -> None:
    instance, schedule = parse_instance(name), schedule_of(name)
    room = room_of(instance.protocol)
    assert solved(name).solution.objective == value
    assert room.recount(instance, schedule, value)
    for wrong in (value - 1, value + 1):
        verdict = room.recount(instance, schedule, wrong)
        assert f"{value} in the run, {wrong} in the model" in verdict.reason


@pytest.mark.parametrize(("name", "value"), COUNTS)
def test_every_objective_is_counted_again(name: str, value: int):
    """One number passes, those beside it do not."""
    _counts(name, value)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), SLOW)
def test_longer_runs_are_counted_again(name: str, value: int):
    """All weights of the paper, states, and runs of seven nodes over two views."""
    _counts(name, value)


LIAR, CRASH = "pbft-n4-v1-b2-e2-forks", "dbft2-strict-n4-v2-c1-steps_lock"


@pytest.mark.parametrize(("name", "settings", "words"), [
    (LIAR, {"budget": "0-3:1"}, "are already"),
    (LIAR, {"byzantine": "1"}, "is Byzantine, and 1 may be"),
    (CRASH, {"budget": "0-3:0"}, "is faulty"),
    (LIAR, {"network": "reliable"}, "has not arrived"),
    ("dbft2-strict-n4-v1-b2-e2-forks", {"byzantine": "0"}, "is Byzantine, and 0 may be"),
    ("dbft1-strict-n4-v2-forks", {"network": "reliable"}, "has not arrived"),
    ("dbft21-strict-n4-v1-b2-e2-forks", {"budget": "0-3:1"}, "are already"),
    ("linear-n4-v1-b1-e2-forks", {"budget": "0-3:0"}, "is faulty"),
    ("sbft-n4-v1-c1-steps_lock-calm-fastpath", {"budget": "0-3:0"}, "is faulty"),
    ("sbftfast-n4-v1-c1-steps_lock-calm", {"budget": "0-3:0"}, "is faulty"),
    ("pbft-n4-v1-t5-delay_last-gst0-delta1-timer6-amnesia1", {"restarts": "0"}, "0 nodes have"),
    ("pbft-n4-v1-t5-delay_last-gst0-delta1-timer6-reload1", {"reloads": "0"}, "0 nodes have"),
])  # fmt: skip
def test_a_broken_promise_is_refuted(name: str, settings: dict[str, str], words: str):
    """A schedule that was made for a worse network, or more faults, than it says."""
    schedule = schedule_of(name)
    verdict = replay_schedule(replace(schedule, settings=schedule.settings | settings))
    assert verdict.status == "refuted"
    assert words in verdict.reason


def test_a_crash_too_many_is_refuted():
    """Whoever crashes beside those who may."""
    schedule = schedule_of(CRASH)
    crashed = {event.node for event in schedule.events if isinstance(event, Fault)}
    other = min(set(range(4)) - crashed)
    end = schedule.horizon + 1
    later = replace(schedule, events=(*schedule.events, Fault(end, other, "crash")), horizon=end)
    verdict = replay_schedule(later)
    assert "are already" in verdict.reason


@pytest.mark.parametrize("settings", [
    {"network": "synchronous"}, {"network": "reliable"}, {"budget": "0-3:3"}, {"byzantine": "1"},
    {"timeout": "9"}, {"gossip": "true"}, {"cut": "3"},
])  # fmt: skip
def test_a_schedule_that_promises_something_else_is_no_run_of_the_instance(
    settings: dict[str, str],
):
    """The recount compares the promises with the instance's."""
    schedule = schedule_of(LIAR)
    other = replace(schedule, settings=schedule.settings | settings)
    verdict = room_of("pbft").recount(parse_instance(LIAR), other, 2)
    assert "promises something else" in verdict.reason


def test_one_block_is_no_fork():
    """A run with one block is worth nothing where the fewest faults of a fork are asked for."""
    instance = parse_instance("dbft2-strict-n4-v1-b2-e2-faults_fork")
    one = schedule_of("dbft2-strict-n4-v1-b1-e2-forks")
    same = replace(one, settings=one.settings | {"budget": "0-3:2", "byzantine": "2"})
    assert not room_of("dbft2").recount(instance, same, 1)
