"""Messages of profiles that are lost for good, node by node and tick by tick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.check.network import keeps
from milpbft.dbft.enumerate.delays import Clock, all_delays
from milpbft.dbft.reference.production.timed import TimedReference
from milpbft.schedule import Deliver, Send
from milpbft.schedule.losses import LOST, lost_in
from tests.dbft.profile_runs import Run, admits, hold_runs, latest, name_of
from tests.proven import refused, solved

SLOW = pytest.mark.slow
PREFIX = "dbft2-strict-n4-v2"


@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
def test_recovery_brings_what_one_loss_takes_where_it_is_answered(profile: str):
    """One loss delays no first decision; in neo-cs who has its block answers nobody."""
    assert all_delays(Clock(profile, timeout=4, horizon=9, losses=1)).first == {5}
    found = all_delays(Clock(profile, timeout=4, horizon=19, losses=1), "last").first
    assert found == ({5, 17} if profile == "neo-go" else {5, 20})


def test_two_lost_requests_delay_all():
    """Found by all runs of replicas: who misses it asks for recovery, or for the next view."""
    assert all_delays(Clock("neo-go", timeout=4, horizon=10, losses=2)).first == {5, 7, 9}
    assert all_delays(Clock("neo-cs", timeout=4, horizon=13, losses=2)).first == {5, 7, 12}


@SLOW
@pytest.mark.parametrize(
    ("clock", "what", "value"),
    [
        (Clock("neo-go", timeout=4, horizon=10, losses=2), "first", 9),
        (Clock("neo-cs", timeout=4, horizon=13, losses=2), "first", 12),
        (Clock("neo-go", timeout=4, horizon=18, losses=1), "last", 17),
        # One past the horizon: that decision need not come.
        (Clock("neo-cs", timeout=4, horizon=12, losses=1), "last", 13),
    ],
    ids=str,
)
def test_the_latest_decision_is_that_of_all_runs(clock: Clock, what: str, value: int):
    """Whichever messages are lost, recovery messages too, and each order of each inbox."""
    assert latest(clock, what) == value
    assert max(all_delays(clock, "last" if what == "last" else "first").first) == value


def test_a_run_that_loses_messages_is_one_of_the_model_and_with_fewer_losses_is_none():
    clock = Clock("neo-cs", timeout=4, horizon=8, losses=3)
    run = next(run for run in (Run(clock, seed) for seed in range(50)) if run.lost == 3)
    assert admits(clock, run)
    act = next(act for act in run.facts if act[0] == "responded")
    run.facts[act] -= 1
    assert not admits(clock, run)


RUNS = [
    Clock("neo-go", timeout=4, horizon=14, losses=2),
    Clock("neo-cs", timeout=4, horizon=14, losses=2),
    Clock("neo-go", timeout=4, horizon=16, losses=5),
    Clock("neo-cs", timeout=4, horizon=16, losses=5),
    Clock("neo-go", timeout=4, horizon=14, crashes=1, losses=3),
    Clock("neo-cs", timeout=4, horizon=14, crashes=1, losses=3),
    Clock("neo-go", timeout=4, horizon=12, delta=2, losses=4),
    Clock("neo-cs", timeout=4, horizon=12, delta=2, gst=3, losses=4),
]


@SLOW
@pytest.mark.parametrize("clock", RUNS, ids=str)
def test_every_random_run_of_replicas_is_one_of_the_model(clock: Clock):
    """With crashes, delays of several ticks, and whatever is lost on the way, recovery too."""
    hold_runs(clock)


@SLOW
def test_a_schedule_says_what_it_loses_and_is_held_to_it():
    """No more than it may, nothing that arrives, and all the rest in time."""
    clock = Clock("neo-go", timeout=4, horizon=10, losses=2)
    schedule = solved(name_of(clock), "cpsat").schedule
    assert schedule is not None
    reference = TimedReference(4, "neo-go", height=4, timeout=4)
    assert keeps(schedule, reference)
    assert len(lost_in(schedule)) == 2
    few = replace(schedule, settings=schedule.settings | {"lossy": "1"})
    assert keeps(few, reference).reason == "2 messages are lost, 1 may be"
    first = str(min(lost_in(schedule)))
    less = replace(schedule, settings=schedule.settings | {LOST: first})
    assert "has not arrived" in keeps(less, reference).reason
    loss = min(lost_in(schedule))
    sent = next(e for e in schedule.events if isinstance(e, Send) and e.kind == loss.kind)
    came = Deliver(sent.tick + 1, loss.receiver, loss.sender, loss.kind, loss.view)
    more = tuple(sorted((*schedule.events, came), key=lambda event: event.tick))
    assert "was delivered" in keeps(replace(schedule, events=more), reference).reason


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("t9-delay_first-gst0-delta1-timer6-lossy1", "losses"),
        ("t9-delay_first-gst0-delta1-timer6-neo-go-amnesia1-lossy1", "losses"),
        ("t9-delay_first-gst0-delta1-timer6-neo-go-reload1-lossy1", "losses"),
        ("t9-delay_first-gst0-delta1-timer6-neo-go-lossy1-failed=nobody", "options"),
        ("t9-losses_lock-gst0-delta1-timer6-neo-go-lossy1", "objective"),
        ("t9-delay_first-timer6-neo-go-lossy1", "network"),
        ("b1-t9-delay_first-gst0-delta1-timer6-neo-cs-lossy1", "byzantine"),
    ],
)
def test_what_was_not_compared_is_refused(name: str, field: str):
    """Paper profiles lose messages where these have all the time that they want."""
    assert refused(f"{PREFIX}-{name}") == field
