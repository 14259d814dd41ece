"""Nodes of the PBFT family that reload their logs: tables, replicas, enumeration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import solve
from tests.covering import covering
from tests.pbft.asking import agrees
from tests.pbft.model.test_pbft_amnesia_locks import FAULTS, LIMIT, PROTOCOLS
from tests.proven import refused

WORDS = ("", "-nofetch", "-blind", "-asked", "-later", "-stepwise")
GOALS = ("-undecided", "-faults_lock", "-forks")


def named(*parts: str) -> str:
    """Name an instance of the grid."""
    protocol, views, faults, goal, word, again = parts
    return f"{protocol}-n4{views}{faults}{goal}{word}{again}"


GRID = covering(
    (PROTOCOLS, ("-v1", "-v2"), FAULTS, GOALS, WORDS, ("-reload1", "-reload2", "-reload3")),
    named,
    3,
)
"""Every three option values occur together."""
QUICK = {
    "sbftfast-n4-v1-undecided-reload2": 0,
    "sbftfast-n4-v1-undecided-reload4": 4,
    "sbftfast-n4-v1-c2-faults_lock-reload2": 2,
}


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_one_view_is_as_enumerated(name: str, value: int | None):
    """A sample of four nodes, with and without crashes."""
    assert agrees(name, LIMIT, "cpsat")[0] == value


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_options_and_objectives_are_as_enumerated(name: str):
    """One and two views, every three option values together."""
    agrees(name, LIMIT, "cpsat")


LOCK = "sbftfast-n4-v1-undecided-reload4"


def test_a_lock_rests_on_what_reloads_lost():
    """Without its reloads the run is none at rest, and with one fewer it spends too much."""
    result = solve(parse_instance(LOCK), solver="cpsat")
    assert result.schedule is not None
    schedule = result.schedule
    faults = [e for e in schedule.events if isinstance(e, Fault)]
    assert {e.fault for e in faults} == {"reload"}
    assert ROOM.replay(schedule), ROOM.replay(schedule).reason
    events = tuple(e for e in schedule.events if e not in faults)
    refuted = ROOM.replay(replace(schedule, events=events))
    assert not refuted
    assert "once all is delivered" in refuted.reason
    few = schedule.settings | {"reloads": str(len(faults) - 1)}
    refuted = ROOM.replay(replace(schedule, settings=few))
    assert not refuted
    assert "reloads its log, and" in refuted.reason


def test_the_enumerated_lock_replays():
    """What enumeration finds is a run, which rests on its reloads."""
    instance = parse_instance(LOCK)
    assert isinstance(instance, PbftInstance)
    found = ask(instance).enumeration.lock
    assert found is not None
    assert any(isinstance(e, Fault) and e.fault == "reload" for e in found.schedule.events)
    rest = found.schedule.settings | {"rest": "fetch"}
    assert ROOM.replay(replace(found.schedule, settings=rest))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("pbft-n4-v1-b1-undecided-reload1", "byzantine"),
        ("pbft-n4-v1-undecided-amnesia1-reload1", "amnesia"),
        ("pbft-n4-v1-undecided-lossy1-reload1", "losses"),
        ("pbft-n4-v1-steps_lock-reload1", "reloads"),
        ("pbft-n4-v1-undecided-gossip-reload1", "reloads"),
        ("pbft-n4-v1-undecided-status-reload1", "status"),
        ("pbft-n4-v1-c2-undecided-reload3", "reloads"),
        ("dbft21-strict-n4-v1-b1-forks-reload1", "byzantine"),
        ("dbft2-strict-n4-v1-b1-undecided-neo-go-reload1", "byzantine"),
    ],
)
def test_what_was_not_compared_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(name) == field
