"""Delays of profiles: the models against all runs of replicas with clocks, and random ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from milpbft.check.network import keeps
from milpbft.check.replay import replay
from milpbft.dbft.enumerate.delays import Clock, all_delays, random_delay
from milpbft.dbft.reference.production.timed import TimedReference
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.schedule import Timeout
from milpbft.solve import solve

if TYPE_CHECKING:
    from milpbft.result import Result

PREFIX = "dbft2-strict-"


@cache
def solved(name: str) -> Result:
    return solve(parse_instance(PREFIX + name))


def name_of(clock: Clock) -> str:
    faults = f"-c{clock.crashes}" if clock.crashes else ""
    network = f"gst{clock.gst}-delta{clock.delta}-timer{clock.timeout}"
    sizes = f"n{clock.n}-v2{faults}-t{clock.horizon}"
    return f"{sizes}-delay_first-{network}-{clock.profile}"


QUICK = [
    (Clock("neo-go", crashes=1, horizon=23), 22),
    (Clock("neo-cs", crashes=1, horizon=14), 13),
]
GRID = [
    (Clock("neo-go", horizon=9), 6),
    (Clock("neo-cs", horizon=9), 6),
    (Clock("neo-go", crashes=1, timeout=4, horizon=17), 16),
    (Clock("neo-cs", crashes=1, timeout=4, horizon=12), 10),
]


@pytest.mark.parametrize(
    ("clock", "latest"), [*QUICK, *(pytest.param(*one, marks=pytest.mark.slow) for one in GRID)]
)
def test_the_latest_decision_is_that_of_all_runs(clock: Clock, latest: int):
    """Production decides at tick 22 where the paper decides at 12: it asks for recovery first."""
    result = solved(name_of(clock))
    assert (result.solution.status, result.solution.objective) == ("optimal", latest)
    assert all(result.checks), result.checks
    assert max(all_delays(clock).first) == latest


def test_no_random_run_is_later():
    clock, latest = QUICK[0]
    found = {random_delay(clock, seed) for seed in range(60)}
    assert max(found) == latest


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
def test_with_longer_delays_random_runs_reach_the_bound_and_none_beats_it(profile: str):
    clock = Clock(profile, delta=2, horizon=24)
    result = solved(name_of(clock))
    assert (result.solution.status, result.solution.objective) == ("optimal", 9)
    assert all(result.checks), result.checks
    assert max(random_delay(clock, seed) for seed in range(150)) == 9


def test_a_timer_that_expires_too_early_or_too_late_is_refuted():
    schedule = solved(name_of(QUICK[0][0])).schedule
    assert schedule is not None
    reference = TimedReference(4, "neo-go", height=4, timeout=6)
    assert keeps(schedule, reference)
    early = tuple(
        replace(e, tick=5) if isinstance(e, Timeout) and e.tick == 6 else e for e in schedule.events
    )
    verdict = keeps(replace(schedule, events=early), reference)
    assert "tick 5: the timer of node 1 expires" in verdict.reason
    late = tuple(event for event in schedule.events if event.tick < 6)
    verdict = keeps(replace(schedule, events=late), reference)
    assert verdict.reason == "tick 6: the timer of node 1 should have expired at tick 6"


def test_the_run_is_none_of_another_profile_or_of_other_timers():
    schedule = solved(name_of(QUICK[0][0])).schedule
    assert schedule is not None
    assert replay(schedule, TimedReference(4, "neo-go", height=4, timeout=6))
    assert not replay(schedule, TimedReference(4, "neo-cs", height=4, timeout=6))
    assert not keeps(schedule, TimedReference(4, "neo-go", height=4, timeout=8))


@pytest.mark.parametrize(
    "name",
    [
        "n4-v3-t23-delay_first-gst0-delta1-timer6-neo-go",
        "n4-v2-t23-delay_first-gst0-delta1-neo-go",
        "n4-v2-t23-delay_first-timer6-neo-go",
        "n4-v2-b1-t23-delay_first-gst0-delta1-timer6-neo-go",
        "n4-v2-t23-undecided-gst0-delta1-timer6-neo-go",
    ],
)
def test_what_the_timed_model_does_not_have_is_refused(name: str):
    with pytest.raises(InputError):
        parse_instance(PREFIX + name)
