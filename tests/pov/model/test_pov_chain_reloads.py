"""Several heights whose honest nodes reload their logs: what a lost block costs for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pov.enumerate.heights import Width
from milpbft.pov.reference.chains import perform, worth, written
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import solve
from tests.pov.enumerate.test_pov_heights import differs
from tests.witness import schedule_of

VALUES = [
    # Half of four commissioners miss a block, and there is no quorum on either side.
    ("nc4-nb3-h3-halt-reload2", 1),
    ("nc4-nb3-h3-halt-reload1", 3),
    ("nc4-nb3-h3-faults_halt-reload7", 2),
    # Three of five miss it, and the butlers have it: these are a quorum without a butler.
    ("nc5-nb3-h3-faults_halt-reload8", 3),
    # A quorum and a butler miss it, and make another.
    ("nc4-nb3-h3-faults_branches-reload7", 4),
    # Under a lock it takes the butler on duty alone, and nobody makes another.
    ("nc4-nb3-h3-faults_halt-lock-reload7", 1),
    ("nc4-nb3-h3-faults_branches-lock-reload7", None),
]


@pytest.mark.parametrize(("words", "value"), VALUES)
def test_a_block_that_is_lost_is_lost_for_ever(words: str, value: int | None):
    """Cases by hand, performed on nodes and replayed message by message."""
    result = solve(parse_instance(f"povchain-{words}"), "highs")
    assert result.solution.objective == value
    assert all(result.checks)


def test_replay_holds_a_run_to_its_logs():
    """So many nodes reload, and no more; with none of them nothing is lost."""
    schedule = schedule_of("povchain-nc4-nb3-h3-faults_halt-reload7")
    run = perform(schedule)
    assert worth(run, "faults_halt") == 2
    told = written(run, schedule)
    assert sum(isinstance(e, Fault) and e.fault == "reload" for e in told.events) == 2
    assert POV.replay(told)
    fewer = replace(told, settings=told.settings | {"reloads": "1"})
    assert "reloads its log" in POV.replay(fewer).reason
    kept = tuple(e for e in told.events if not isinstance(e, Fault))
    assert "has not arrived" in POV.replay(replace(told, events=kept)).reason
    plan = tuple(e for e in schedule.events if not isinstance(e, Fault))
    assert perform(replace(schedule, events=plan), seeds=1).difference


def test_one_height_is_that_of_exhaustion():
    """Any nodes reload at any tick at which something is under way to them."""
    assert not differs("povchain-nc1-nb2-h1-halt-reload2", Width(cycles=2))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "cycles"),
    [
        ("nc1-nb2-h1-halt-reload3", 3),
        ("nc1-nb2-h1-halt-lock-reload3", 3),
        ("nc2-nb2-h1-halt-reload4", 3),
        ("nc2-nb2-h1-halt-lock-reload4", 3),
        ("nc3-nb2-h1-halt-reload2", 2),
        ("nc3-nb2-h1-halt-lock-reload1", 2),
        ("nc1-nb2-h2-halt-reload3", 5),
        ("nc1-nb2-h2-halt-lock-reload2", 4),
        ("nc2-nb2-h2-halt-reload2", 3),
    ],
)
def test_small_chains_are_those_of_exhaustion(words: str, cycles: int):
    """Every objective, for every R that can be drawn."""
    assert not differs(f"povchain-{words}", Width(cycles=cycles))


@pytest.mark.parametrize(
    "words",
    ["h3-bb1-halt-reload1", "h3-halt-fetch-reload1", "h3-halt-special-reload1",
     "h3-halt-term2-reload1", "h3-halt-reload8"],
)  # fmt: skip
def test_what_is_not_modelled_is_refused(words: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match="reloads"):
        parse_instance(f"povchain-nc4-nb3-{words}")
