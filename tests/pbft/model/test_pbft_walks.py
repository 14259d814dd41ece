"""Random runs of the rule tables, replayed: what a table allows, replicas do."""

from __future__ import annotations

import pytest

from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide, Send
from milpbft.solve import replay_schedule
from tests.pbft.model.pbft_walks import walk

NAMES = [
    "pbft-n4-v2-b1-e2-forks",
    "pbft-n4-v2-b2-e2-forks",
    "pbft-n7-v2-c1-b2-e2-forks",
    "pbft-n4-v3-b1-e2-forks",
    "pbft-n4-v2-b1-e2-forks-blind",
    "linear-n4-v2-b1-e2-forks",
    "linear-n7-v2-b2-e2-forks",
    "linear-n4-v2-b2-e2-forks-blind",
    "sbft-n4-v2-b1-e2-forks",
    "sbft-n6-r1-v2-b1-e2-forks",
    "sbft-n4-v2-b2-e2-forks",
    "sbft-n4-v2-b1-e2-forks-blind",
    "sbftfast-n6-r1-v2-b1-e2-forks",
    "sbft-n4-v3-b1-e2-forks",
    "sbft-n5-v2-b2-e2-forks",
]
# Decisions are rare there, and nodes go from view to view.
RESTLESS = [
    "pbft-n4-v3-b1-undecided",
    "pbft-n4-v2-b1-undecided-later",
    "linear-n7-v3-b2-undecided-asked",
    "linear-n7-v3-c2-b1-undecided",
    "sbft-n4-v3-b1-e2-forks",
    "sbft-n7-v3-c1-b1-undecided",
]
SEEDS = range(20)
LEAVING = {"ask": 1.0, "join": 1.0} | dict.fromkeys(("decide", "conclude", "shortcut"), 0.02)


@pytest.mark.parametrize("name", NAMES)
def test_replicas_do_what_random_runs_of_the_table_say(name: str):
    """Twenty runs each, seeds 0 to 19; some decide."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    runs = [walk(instance, seed) for seed in SEEDS]
    for seed, run in zip(SEEDS, runs, strict=True):
        verdict = replay_schedule(run)
        assert verdict, (seed, verdict.reason)
    assert any(isinstance(event, Decide) for run in runs for event in run.events)


@pytest.mark.parametrize("name", RESTLESS)
def test_replicas_leave_views_as_random_runs_of_the_table_say(name: str):
    """Nodes skip views, open them, and carry certificates and shares of different views."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    for seed in range(6):
        run = walk(instance, seed, weights=LEAVING)
        verdict = replay_schedule(run)
        assert verdict, (seed, verdict.reason)
        assert any(isinstance(event, Send) and event.view > 0 for event in run.events)
