"""Scripted adversaries give starts: real runs that are published solutions."""

from __future__ import annotations

import pytest

from milpbft.check.replay import replay
from milpbft.dbft.model.published.model import PublishedModel
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.dbft.room import DBFT2 as ROOM
from milpbft.dbft.script import Script, run, runs
from milpbft.solve import with_runs
from tests.dbft.model.published.published import dbft2


@pytest.mark.parametrize("encoding", ["compact", "direct"])
@pytest.mark.parametrize(
    ("n", "objective", "optimum"),
    [(4, "p1", 1400), (4, "p2", 900), (4, "p3", 100), (7, "p1", 1700), (10, "p1", 2000)],
)
def test_runs_reach_the_optimum_where_messages_have_no_weight(
    n: int, objective: str, optimum: int, encoding: str
):
    """The best start of P1 to P3 is optimal already."""
    instance = dbft2(n, 5, objective, encoding=encoding)
    problem = with_runs(PublishedModel(instance), ROOM, instance)
    assert problem.value(problem.starts[0]) == optimum


@pytest.mark.parametrize("objective", ["p4", "p5", "p6", "p7"])
@pytest.mark.parametrize("n", [4, 7])
def test_weighted_objectives_have_a_start(n: int, objective: str):
    """Some run of a script satisfies every row."""
    instance = dbft2(n, 5, objective)
    assert with_runs(PublishedModel(instance), ROOM, instance).starts


@pytest.mark.parametrize("loud", [False, True])
@pytest.mark.parametrize("ending", ["decide", "lose", "stall"])
@pytest.mark.parametrize("changes", [0, 2, 6])
def test_runs_replay(changes: int, ending: str, loud: bool):
    """What the world recorded, the replay confirms."""
    schedule = run(Script(changes, ending, loud), Sizes(7, 5))
    verdict = replay(schedule, ROOM.reference(schedule))
    assert verdict, verdict.reason


def test_short_horizons_have_no_runs():
    """Below 5 instants a view has no room for a run of replicas."""
    assert not list(runs(dbft2(4, 4, "p1")))
