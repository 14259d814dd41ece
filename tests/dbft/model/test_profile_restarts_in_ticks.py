"""Nodes of profiles that start again, node by node and tick by tick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.check.network import keeps
from milpbft.dbft.enumerate.delays import Clock, all_delays
from milpbft.dbft.reference.production.timed import TimedReference
from milpbft.schedule import Fault
from tests.dbft.profile_runs import Run, admits, hold_runs, latest, name_of
from tests.proven import solved

SLOW = pytest.mark.slow


@SLOW
def test_a_primary_that_reloads_before_it_proposes_delays_all():
    """It waits anew, and backups ask for view 1 the tick before its proposal comes."""
    clock = Clock("neo-cs", timeout=4, horizon=11, reloads=1)
    assert latest(clock) == 10
    assert all_delays(clock).first == {5, 6, 10}


@SLOW
@pytest.mark.parametrize(
    ("clock", "what", "value"),
    [
        (Clock("neo-go", horizon=12, restarts=1), "first", 9),
        (Clock("neo-go", horizon=12, reloads=1), "first", 9),
        (Clock("neo-cs", horizon=14, restarts=1), "first", 13),
        (Clock("neo-cs", horizon=14, reloads=1), "first", 13),
        # One past the horizon from here on: that decision need not come.
        (Clock("neo-go", timeout=4, horizon=10, restarts=1), "last", 11),
        (Clock("neo-go", timeout=4, horizon=10, reloads=1), "last", 11),
        (Clock("neo-cs", timeout=4, horizon=10, reloads=1), "last", 11),
        (Clock("neo-go", timeout=4, horizon=12, crashes=1, reloads=1), "first", 13),
        (Clock("neo-cs", timeout=4, horizon=12, crashes=1, reloads=1), "first", 13),
        (Clock("neo-go", timeout=4, horizon=10, crashes=1, restarts=1), "first", 11),
    ],
)
def test_the_latest_decision_is_that_of_all_runs(clock: Clock, what: str, value: int):
    """Who restarts or reloads and when, who crashes and when, and each order of each inbox."""
    assert latest(clock, what) == value
    assert max(all_delays(clock, "last" if what == "last" else "first").first) == value


RUNS = [
    Clock("neo-go", timeout=4, horizon=14, crashes=1, restarts=1),
    Clock("neo-cs", timeout=4, horizon=14, crashes=1, restarts=1),
    Clock("neo-go", timeout=4, horizon=12, delta=2, restarts=1),
    Clock("neo-cs", timeout=4, horizon=12, delta=2, restarts=1),
    Clock("neo-go", timeout=4, horizon=14, delta=2, crashes=1, reloads=1),
    Clock("neo-cs", timeout=4, horizon=14, delta=2, crashes=1, reloads=1),
    Clock("neo-go", timeout=4, horizon=12, delta=2, restarts=2),
    Clock("neo-cs", timeout=4, horizon=12, gst=4, restarts=2),
]


def test_a_run_of_replicas_is_one_of_the_model_and_a_changed_one_is_none():
    """A bound that leaves runs out is none."""
    clock = Clock("neo-cs", timeout=4, horizon=8, restarts=1)
    run = Run(clock, 3)
    assert any(act == "restart" for act, _, _ in run.facts)
    assert admits(clock, run)
    act = next(act for act in run.facts if act[0] == "committed")
    run.facts[act] -= 1
    assert not admits(clock, run)


@SLOW
@pytest.mark.parametrize("clock", RUNS, ids=str)
def test_every_random_run_of_replicas_is_one_of_the_model(clock: Clock):
    """With crashes, delays of several ticks, proposals made twice and own messages regained."""
    hold_runs(clock)


@SLOW
def test_restarts_are_held_to_their_clocks():
    """A node that starts again expires when its new life says so, and no more than one may."""
    schedule = solved(name_of(Clock("neo-cs", timeout=4, horizon=11, reloads=1)), "cpsat").schedule
    assert schedule is not None
    reference = TimedReference(4, "neo-cs", height=4, timeout=4)
    assert keeps(schedule, reference)
    without = tuple(event for event in schedule.events if not isinstance(event, Fault))
    assert not keeps(replace(schedule, events=without), reference)
    assert not keeps(replace(schedule, settings=schedule.settings | {"reloads": "0"}), reference)
