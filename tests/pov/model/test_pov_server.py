"""A time server that is late, or whose clock is off: proven optima, replayed; mutants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pov.model.acts import Sizes
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Send
from milpbft.solve import replay_schedule, solve
from tests.pov.model.test_pov_rounds import instance_of, schedule_of, solved

FORK = "povround-nc3-nb2-tb6-t15-blocks-delta1-late6-off4"
"""Two blocks, all nodes honest: the first is stamped after T_cut, with a time before it."""


@pytest.mark.parametrize(
    ("words", "value"),
    [("late6-off4", 2), ("late6", 1), ("off4", 1), ("late5-off3", 1), ("late6-off2", 1)],
)
def test_a_fork_takes_a_server_that_is_late_and_off(words: str, value: int):
    """Late requests alone are stamped too late; a clock that is off alone is asked in time."""
    name = FORK.replace("late6-off4", words)
    assert solved(name).solution.objective == value


@pytest.mark.parametrize(
    ("words", "value"), [("late1", 1), ("late2", 2), ("late3", 4), ("off2", 1), ("off3", 4)]
)
def test_a_block_needs_room_for_the_server(words: str, value: int):
    """With d = 1 and T_b = 6, a block is stamped at tick 3, out a tick later, and in time by 5."""
    name = f"povround-nc3-nb2-tb6-t15-cycles-delta1-{words}"
    assert solved(name).solution.objective == value


def test_highs_takes_a_request_that_is_due_at_the_horizon():
    """A row that named a variable twice was refused."""
    instance = instance_of("povround-nc3-nb2-tb6-t11-cycles-delta1-off3")
    assert solve(instance, "highs").solution.objective == 3


def test_a_schedule_says_how_far_the_clock_is_off():
    """Replay holds it to what it promises, and lateness likewise."""
    schedule = schedule_of(FORK)
    assert any("-" in e.kind for e in schedule.events if isinstance(e, Send))
    for promise in ({"off": "0"}, {"off": "1"}, {"slow": "5:4"}, {"slow": ""}):
        closer = replace(schedule, settings=schedule.settings | promise)
        assert replay_schedule(closer).status == "refuted", promise


def test_a_timestamp_without_its_reading_is_refuted():
    """The clock that is right says another time, and no block comes of it."""
    schedule = schedule_of(FORK)
    right = tuple(
        replace(e, kind="Timestamp") if isinstance(e, Send | Deliver) and "Timestamp" in e.kind
        else e
        for e in schedule.events
    )  # fmt: skip
    assert replay_schedule(replace(schedule, events=right)).status == "refuted"


@pytest.mark.parametrize("settings", [{"off": "5"}, {"slow": "5:7"}])
def test_another_server_is_another_question(settings: dict[str, str]):
    """The recount compares how late and how far off it may be."""
    schedule = schedule_of(FORK)
    assert POV.recount(instance_of(FORK), schedule, 2)
    other = replace(schedule, settings=schedule.settings | settings)
    assert "promises something else" in POV.recount(instance_of(FORK), other, 2).reason


def test_a_model_with_a_later_cutoff_is_refuted(monkeypatch: pytest.MonkeyPatch):
    """The mutant takes timestamps that are further off than they may be."""
    right, name = Sizes.latest, FORK.replace("off4", "off2")
    assert solve(parse_instance(name)).solution.objective == 1
    monkeypatch.setattr(Sizes, "latest", lambda self, view: min(right(self, view) + 2, 15))
    result = solve(parse_instance(name))
    verdict = result.verdict("replay")
    assert (result.solution.status, result.solution.bound) == ("limit", 2)
    assert verdict is not None
    assert verdict.status == "refuted"


@pytest.mark.parametrize("words", ["late2", "off6-delta1", "late1-delta1-overlay-r4k2s0"])
def test_what_no_server_does_is_refused(words: str):
    """One clear line for each."""
    with pytest.raises(InputError, match=r"late|off"):
        parse_instance(f"povround-nc3-nb2-tb6-t11-cycles-{words}")
    with pytest.raises(InputError, match="off"):
        parse_instance("povround-nc3-nb2-tb6-t11-bb1-s2-blocks-delta1-off1")


def test_random_adversaries_do_no_better():
    """They let the server be late and off as they like."""
    for name in (FORK, "povround-nc3-nb2-tb5-t9-bb1-cycles-delta1-late1-off1"):
        instance, best = instance_of(name), solved(name).solution.objective
        worths = [worth(random_run(instance, seed), instance) for seed in range(40)]
        assert best is not None
        assert max(worths) <= best
