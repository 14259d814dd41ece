"""Schedules say all that a driver needs: they are played on drivers in processes of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from cli import app
from milpbft.driver.benches import bench_of
from milpbft.driver.client import Driver
from milpbft.driver.meaning import setup_of
from milpbft.driver.play import play
from milpbft.question.files import parse_instance
from milpbft.room import with_detail
from milpbft.schedule import Decide, Deliver, Detail, Fault, Schedule, Send, Timeout
from milpbft.schedule.files import read_schedule
from milpbft.schedule.itf import to_itf
from milpbft.sim.faults import Faults
from milpbft.simulate import Plan, simulate
from milpbft.solve import replay_schedule, solve
from tests.driver.drivers import ours, script

if TYPE_CHECKING:
    from milpbft.driver.play import Played

PAGE = Path(__file__).parents[2] / "docs" / "drivers.md"
HELLO = Schedule(
    "hello",
    4,
    (3,),
    (2,),
    (
        Fault(0, 3, "byzantine"),
        Timeout(1, 2, 0),
        Send(1, 2, "Hello", 0, id=0),
        Decide(1, 2, 0),
        Send(2, 3, "Hello", 0, id=1),
        Deliver(3, 0, 3, "Hello", 0, msg=1),
        Decide(3, 0, 0),
        Deliver(4, 1, 2, "Hello", 0, msg=0),
        Decide(4, 1, 0),
    ),
    4,
    detail=Detail(
        f=1,
        quorum=3,
        height=6,
        rotation="height",
        inputs="one",
        final=(*[{"view": 0, "primary": 2, "done": True}] * 3, None),
    ),
)
"""A run of the driver that the page works out, written by hand: node 3 says Hello too."""


def worked_driver() -> str:
    text = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    return script(text[1])


def driven(schedule: Schedule, words: str) -> Played:
    with Driver(words, setup_of(schedule)) as driver:
        return play(schedule, driver)


def test_the_worked_driver_plays_a_schedule_from_its_file_alone(tmp_path: Path):
    """It knows nothing but what the commands say, and those are made of the file."""
    (tmp_path / "run.json").write_text(HELLO.to_json(), encoding="utf-8")
    (tmp_path / "run.itf.json").write_text(to_itf(HELLO), encoding="utf-8")
    for name in ("run.json", "run.itf.json"):
        done = CliRunner().invoke(
            app, ["replay", str(tmp_path / name), "--driver", worked_driver()]
        )
        assert done.exit_code == 0, done.output
        assert done.output.startswith("confirmed")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (replace(HELLO, events=HELLO.events[:-1]), "tick 4: the driver's node 1 decides"),
        (replace(HELLO, detail=replace(HELLO.detail, final=({"done": False},))), "node 0 has done"),
        (replace(HELLO, detail=replace(HELLO.detail, height=5)), None),
    ],
)
def test_what_a_driver_does_otherwise_is_told(wrong: Schedule, says: str | None):
    """Another height makes another node primary, which then plays the schedule's."""
    difference = driven(wrong, worked_driver()).difference
    assert difference == "" if says is None else difference.startswith(says)


QUESTIONS = [
    ("dbft2-strict-n4-v2-c1-undecided", "paper"),
    pytest.param("dbft2-n4-t5-p1", "paper", marks=pytest.mark.slow),
    ("dbft2-strict-n4-v2-b1-steps_lock-neo-cs", "neo-cs"),
    pytest.param("dbft2-strict-n4-v2-c1-steps_lock-neo-go", "neo-go", marks=pytest.mark.slow),
    pytest.param("dbft2-strict-n7-v2-b1-steps_lock-neo-go", "neo-go", marks=pytest.mark.slow),
    pytest.param(
        "dbft2-strict-n4-v2-t9-delay_first-gst0-delta1-timer6-neo-go",
        "neo-go",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("name", "profile"), QUESTIONS)
def test_optimal_schedules_run_on_nodes_of_their_profile(name: str, profile: str, tmp_path: Path):
    """Solved, written, read back, and played in another process, to the last state."""
    schedule = solve(parse_instance(name)).schedule
    assert schedule is not None
    told = with_detail(schedule, drivable=True)
    (tmp_path / "run.itf.json").write_text(to_itf(told), encoding="utf-8")
    read = read_schedule(tmp_path / "run.itf.json")
    assert read == told
    assert replay_schedule(read)
    played = driven(read, ours("dbft2", "--profile", profile))
    assert played.difference == ""
    assert played.settled
    assert read.detail is not None
    assert len(read.detail.final) == read.n
    if "rest" in read.settings:
        assert played.freed == []
        assert played.recording is not None
        assert any(step.get("settling") for step in played.recording.steps)


def test_the_recording_of_a_schedule_has_its_sizes_and_times():
    timed = replace(HELLO, detail=replace(HELLO.detail, period_ms=3000))
    recording = driven(timed, worked_driver()).recording
    assert recording is not None
    assert (recording.n, recording.height, recording.period_ms) == (4, 6, 3000)


@pytest.mark.parametrize(("gossip", "freed"), [("false", []), ("true", [1])])
def test_what_a_liar_told_one_node_frees_others_only_where_it_is_passed_on(
    gossip: str, freed: list[int]
):
    """Of the page's driver: node 3 says Hello to node 0 alone, and the primary crashed."""
    events = (
        Fault(0, 3, "byzantine"),
        Fault(0, 2, "crash"),
        Send(1, 3, "Hello", 0, id=0),
        Deliver(2, 0, 3, "Hello", 0, msg=0),
        Decide(2, 0, 0),
    )
    settings = {"gossip": gossip, "height": "6"}
    schedule = replace(HELLO, events=events, settings=settings, horizon=2, detail=None)
    played = driven(schedule, worked_driver())
    assert played.difference == ""
    assert played.settled
    assert played.freed == freed


@pytest.mark.parametrize("protocol", ["dbft2", "dbft1", "dbft21", "pbft", "linear", "sbft"])
@pytest.mark.parametrize("seed", [0, 2])
def test_more_views_than_nodes(protocol: str, seed: int):
    """Random runs with a liar, through far more views than there are nodes, replay and drive."""
    chances = {"expire": 0.4, "deliver": 0.25}
    plan = Plan(protocol, 4, 150, Faults(byzantine=frozenset({1})), chances=chances)
    schedule = with_detail(simulate(plan, seed).schedule)
    assert len(schedule.primaries) > 4
    assert replay_schedule(schedule)
    setup = setup_of(schedule)
    assert play(schedule, bench_of(setup)).difference == ""


def lie(schedule: Schedule) -> tuple[int, Send]:
    """Return the first response or commit of a Byzantine node, with its place."""
    return next(
        (place, event)
        for place, event in enumerate(schedule.events)
        if isinstance(event, Send) and event.node in schedule.byzantine and event.about is not None
    )


def test_which_proposal_a_lie_is_about_decides():
    """The same lie about a proposal that nobody made helps nobody to commit."""
    solved = solve(parse_instance("dbft2-strict-n4-v2-b1-steps_lock-neo-cs")).schedule
    assert solved is not None
    schedule = with_detail(solved)
    place, event = lie(schedule)
    events = list(schedule.events)
    events[place] = replace(event, about=None)
    changed = replace(schedule, events=tuple(events))
    setup = setup_of(schedule)
    assert play(schedule, bench_of(setup)).difference == ""
    assert "sends Commit of view 0 in the schedule" in play(changed, bench_of(setup)).difference


def test_reasons_and_contents_are_compared():
    """A change view for another reason, and a recovery message with less in it, are told."""
    plan = Plan("dbft2", 4, 150, profile="neo-go", chances={"expire": 0.3, "deliver": 0.3})
    schedule = with_detail(simulate(plan, 0).schedule)
    setup = setup_of(schedule)
    assert play(schedule, bench_of(setup)).difference == ""
    for name, value in (("reason", "change-agreement"), ("carries", ())):
        events = list(schedule.events)
        place, event = next(
            (k, e) for k, e in enumerate(events) if isinstance(e, Send) and getattr(e, name)
        )
        events[place] = replace(event, **{name: value})
        changed = replace(schedule, events=tuple(events))
        assert "says something else" in play(changed, bench_of(setup)).difference
