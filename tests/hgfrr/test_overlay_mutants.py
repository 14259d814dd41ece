"""Mutants of overlays: a promise or a count that is broken is refuted, each by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.hgfrr.model.layout import Layout
from milpbft.hgfrr.room import HGFRR
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import replay_schedule, solve
from tests.hgfrr.counting import counted_alone
from tests.witness import schedule_of

SILENT = "hgfrr-n12-r4-k2-s0-b1-coverage"
CRASH = "hgfrr-n12-r4-k2-s0-b1-coverage-crash"
FREE = "hgfrr-n12-r4-k2-s0-messages"
SLOW = "hgfrr-n12-r4-k2-s0-b1-l5-ticks"
FEW = "hgfrr-n12-r4-k2-s0-b1-p1-ticks"
FORGETS = "hgfrr-n12-r4-k2-s0-messages-amnesia1"
RELOADS = "hgfrr-n12-r4-k2-s0-coverage-reload1"
TREE = "besttree-n10-p1-ticks-kary"


BROKEN = [
    (SILENT, {"budget": "0-11:0"}, "is faulty"),
    (CRASH, {"budget": "0-0:1"}, "may not be"),
    (FREE, {"k": "3"}, "receives Down"),
    (FREE, {"ring": "8"}, "happen"),
    (FREE, {"seed": "1"}, "level"),
    (FREE, {"latency": "5"}, "does not happen"),
    (FREE, {"ports": "1"}, "does not happen"),
    (SLOW, {"latency": "7"}, "the schedule"),
    (FEW, {"ports": "2"}, "the schedule"),
    (FORGETS, {"restarts": "0"}, "starts again, and 0 nodes have"),
    (RELOADS, {"reloads": "0"}, "reloads its log, and 0 nodes have"),
    (FORGETS, {"latency": "5"}, "does not happen"),
    (TREE, {"k": "4"}, "does not know"),
    (TREE, {"graph": "cycle"}, "does not know"),
    ("besttree-n10-p3-ticks", {"ports": "2"}, "more than 2 calls"),
]


@pytest.mark.parametrize(("name", "settings", "words"), BROKEN)
def test_a_broken_promise_is_refuted(name: str, settings: dict[str, str], words: str):
    """A run with more faults than it says, over other rings, or with more calls than ports."""
    schedule = schedule_of(name)
    verdict = replay_schedule(replace(schedule, settings=schedule.settings | settings))
    assert verdict.status == "refuted"
    assert words in verdict.reason


REPLACED = "hgfrr-n12-r6-k2-c2-w2-s0-b1-ticks-crash-repair20"
GOSSIP = "povround-nc4-nb2-tb8-t15-cycles-delta1-overlay-g3s0"


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        (REPLACED, {"contacts": "1", "serving": "1"}, "does not happen"),
        (REPLACED, {"serving": "1"}, "does not happen"),
        ("hgfrr-n7-r6-k2-c2-w2-s0-messages-chosen", {"serving": "1"}, "does not happen"),
        (GOSSIP, {"overlay": "g2s5"}, "has not arrived"),
        (GOSSIP, {"overlay": "r4k2s0"}, "has not arrived"),
        (GOSSIP, {"overlay": "r6k2s0c2w2"}, "has not arrived"),
    ],
)
def test_a_run_over_other_contacts_is_refuted(name: str, settings: dict[str, str], words: str):
    """Fewer contacts send less, and another network has other walks."""
    schedule = schedule_of(name)
    assert replay_schedule(schedule)
    verdict = replay_schedule(replace(schedule, settings=schedule.settings | settings))
    assert verdict.status == "refuted"
    assert words in verdict.reason


@pytest.mark.slow
def test_a_relay_that_is_found_sooner_brings_what_was_lost():
    """A lock of heartbeats of six ticks is none of two: what is sent after them is owed."""
    schedule = schedule_of("pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h6")
    assert replay_schedule(schedule)
    for word in ("r4k2s0h2", "r4k2s0h4"):
        verdict = replay_schedule(
            replace(schedule, settings={**schedule.settings, "overlay": word})
        )
        assert verdict.status == "refuted"


def test_trees_have_no_faults():
    """A crash in a broadcast by calls is one too many."""
    schedule = schedule_of(TREE)
    verdict = replay_schedule(replace(schedule, events=(*schedule.events, Fault(0, 3, "crash"))))
    assert "node 3 is faulty" in verdict.reason


def test_settings_without_a_budget_are_no_run_of_the_instance():
    """What promises less than the instance does is not counted."""
    for name, value in ((SILENT, solved(SILENT)), (TREE, solved(TREE))):
        schedule = schedule_of(name)
        said = {key: text for key, text in schedule.settings.items() if key != "budget"}
        verdict = HGFRR.recount(parse_instance(name), replace(schedule, settings=said), value)
        assert "promises something else" in verdict.reason


def solved(name: str) -> int | None:
    return solve(parse_instance(name)).solution.objective


COUNTS = (
    SILENT,
    CRASH,
    TREE,
    "hgfrr-n12-r4-k2-s0-b1-ticks",
    FORGETS,
    RELOADS,
    "hgfrr-n12-r4-k2-s0-ticks-amnesia1",
    "hgfrr-n12-r4-k2-s0-faults_half-amnesia9",
    SLOW,
    FEW,
    FREE,
    "hgfrr-n12-r4-k2-s0-b2-faults_half",
    "hgfrr-n12-r8-k2-s0-b1-cost-crash-repair20",
    "hgfrr-n12-r8-k2-s0-b1-coverage-crash-repair20",
    "hgfrr-n12-r6-k2-c2-s0-b1-cost-crash-repair20",
    "hgfrr-n12-r6-k2-c2-w2-s0-b1-ticks-crash-repair20",
    "hgfrr-n7-r6-k2-c2-w2-s0-b1-coverage-chosen",
    "hgfrr-n7-r6-k2-c2-w2-s0-messages-chosen",
    "hgfrr-n12-r4-k2-s0-b3-faults_half-change30",
)


@pytest.mark.parametrize(
    "name",
    [*COUNTS[:8], *(pytest.param(name, marks=pytest.mark.slow) for name in COUNTS[8:])],
)
def test_every_objective_is_counted_again(name: str):
    """One number passes, those beside it do not."""
    counted_alone(name)


@pytest.mark.parametrize("name", ["hgfrr-n12-r4-k2-s0-coverage", "hgfrr-n12-r4-k2-s0-b1-ticks"])
def test_a_model_whose_horizon_is_too_short_is_refuted(name: str, monkeypatch: pytest.MonkeyPatch):
    """Before the broadcast has ended fewer hold the message; replay alone does not see that."""
    instance = parse_instance(name)
    right = solve(instance)
    assert right.verdict("replay")
    monkeypatch.setattr(Layout, "ticks_most", 2)
    wrong = solve(instance)
    assert wrong.solution.objective != right.solution.objective
    verdict = wrong.verdict("replay")
    assert verdict is not None
    assert verdict.status == "refuted"
