"""What a run comes to, read off its events, against what a model says that it is worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.check.recount import recount
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.schedule import Decide, Event, Fault, Schedule
from milpbft.simulate import Plan, simulate

DELAYED = "pbft-n4-v2-t9-delay_{}-gst0-delta1-timer6"


def run(*events: Event, byzantine: tuple[int, ...] = ()) -> Schedule:
    """Return a run of four nodes."""
    return Schedule("pbft", 4, byzantine, (0,), events, 20)


TWO = run(Decide(5, 1, 0), Decide(7, 2, 0), Fault(0, 0, "crash"), Decide(3, 0, 0))
"""Two of three correct nodes decide, and one that crashes before."""
NOBODY = run(byzantine=(0,))


@pytest.mark.parametrize(("name", "schedule", "right"), [
    ("pbft-n4-v2-c1-faults_lock", run(Fault(0, 0, "crash"), byzantine=(1,)), 2),
    (DELAYED.format("first"), TWO, 5),
    (DELAYED.format("last"), TWO, 10),
    (DELAYED.format("last"), replace(TWO, byzantine=(3,)), 7),
    (DELAYED.format("first"), NOBODY, 10),
    ("pbft-n4-v2-b1-undecided", NOBODY, 3),
    ("pbft-n4-v2-b1-undecided-nofetch", replace(TWO, byzantine=(0,)), 1),
])  # fmt: skip
def test_value_is_that_of_the_events(name: str, schedule: Schedule, right: int):
    """One number passes, the next does not."""
    instance = parse_instance(name)
    assert recount(instance, schedule, right)
    wrong = recount(instance, schedule, right + 1)
    assert wrong.status == "refuted"
    assert wrong.reason.endswith(f"{right} in the run, {right + 1} in the model")


@pytest.mark.parametrize("objective", ["steps_lock", "faults_lock", "undecided"])
def test_a_lock_in_which_a_node_decides_is_none(objective: str):
    """The others can fetch its block; without fetch they cannot."""
    lock = parse_instance(f"pbft-n4-v2-b1-{objective}")
    assert not recount(lock, TWO, 1)
    assert recount(parse_instance(f"{lock.name}-nofetch"), TWO, 1)


def test_runs_that_need_not_rest_pass():
    """With nobody left undecided for good any run will do; forks and weights have no count."""
    assert recount(parse_instance("pbft-n4-v2-b1-undecided"), NOBODY, 0)
    for name in ("pbft-n4-v2-b1-e2-forks", "dbft2-strict-n4-v2-p1", "dbft2-n4-t5-p1"):
        assert recount(parse_instance(name), TWO, 99)


@pytest.mark.parametrize(("protocol", "seed"), [("pbft", 25), ("linear", 6)])
def test_a_request_that_two_views_decide_on_is_one_block(protocol: str, seed: int):
    """It is no fork: random adversaries met such runs, which had been counted as two blocks."""
    plan = Plan(protocol, ticks=40, chances={"deliver": 0.4, "expire": 0.1}, recovery=False)
    run = simulate(plan, seed)
    assert {e.view for e in run.schedule.events if isinstance(e, Decide)} == {0, 1}
    for goal, value in (("forks", 1), ("steps_fork", -1)):
        instance = parse_instance(f"{protocol}-n4-v2-{goal}")
        schedule = replace(run.schedule, settings=instance.promises())
        room = room_of(protocol)
        assert room.recount(instance, schedule, value)
        assert room.recount(instance, schedule, 2).status == "refuted"
