from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Detail, Event, Fault, Schedule, Send, Timeout
from milpbft.schedule.files import read_schedule
from milpbft.schedule.itf import from_itf, to_itf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS = st.sampled_from(["PrepareRequest", "Commit"]) | st.text(max_size=5)


@st.composite
def schedules(draw: st.DrawFn):
    """Draw any valid schedule, sensible or not."""
    n, horizon = draw(st.integers(1, 7)), draw(st.integers(0, 20))
    nodes, ticks, views = st.integers(0, n - 1), st.integers(0, horizon), st.integers(0, 9)
    faults = st.sampled_from(["byzantine", "crash", "omission"])
    events = st.one_of(
        st.builds(Fault, ticks, nodes, faults),
        st.builds(Deliver, ticks, nodes, nodes, KINDS, views),
        st.builds(Timeout, ticks, nodes, views),
        st.builds(Send, ticks, nodes, KINDS, views),
        st.builds(Decide, ticks, nodes, views),
    )
    return Schedule(
        protocol=draw(st.text(max_size=5)),
        n=n,
        byzantine=tuple(draw(st.lists(nodes, unique=True))),
        primaries=tuple(draw(st.lists(nodes, max_size=5))),
        events=tuple(draw(st.lists(events, max_size=30))),
        horizon=horizon,
        view_ticks=draw(st.integers(0, 25)),
        source=draw(st.text(max_size=5)),
        settings=draw(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)),
    )


@st.composite
def detailed_schedules(draw: st.DrawFn):
    """Draw a schedule with all that a driver needs."""
    plain = draw(schedules())
    sends = [event for event in plain.events if isinstance(event, Send)]
    some = st.none() | st.integers(0, 9)
    number = st.sampled_from(range(len(sends))) if sends else st.nothing()
    numbered: list[Event] = []
    for k, event in enumerate(sends):
        numbered.append(
            replace(
                event,
                id=k,
                about=draw(st.none() | number),
                nonce=draw(some),
                new_view=draw(some),
                reason=draw(st.none() | st.text(min_size=1, max_size=3)),
                carries=draw(st.none() | st.lists(number, max_size=3).map(tuple)),
            )
        )
        numbered.append(
            Deliver(plain.horizon, 0, event.node, event.kind, event.view, msg=draw(st.just(k)))
        )
    state = st.fixed_dictionaries(
        {"view": st.integers(0, 3), "done": st.booleans()},
        optional={"committed": some, "preps": st.none() | st.lists(st.integers(0, 6))},
    )
    detail = st.builds(
        Detail,
        st.integers(0, 9),
        st.integers(1, 9),
        st.integers(1, 99),
        st.sampled_from(["view", "height", "listed"]),
        st.text(max_size=3),
        st.sampled_from(["together", "one"]),
        st.lists(st.none() | state, max_size=4).map(tuple),
        some,
        some,
        some,
    )
    return replace(plain, events=tuple(numbered), detail=draw(detail))


@pytest.mark.parametrize(
    ("write", "read"),
    [(Schedule.to_json, Schedule.from_json), (to_itf, from_itf)],
    ids=["json", "itf"],
)
@given(schedule=schedules() | detailed_schedules())
def test_written_schedules_are_read_back(
    write: Callable[[Schedule], str], read: Callable[[str], Schedule], schedule: Schedule
):
    """Both formats keep every field and the order of events, exactly."""
    assert read(write(schedule)) == schedule


def test_events_are_sorted_by_tick_and_phase():
    """Within a tick, faults come first, then deliveries, timeouts, sends and decisions."""
    events = [
        Decide(1, 0, 0),
        Send(1, 0, "a", 0),
        Timeout(1, 0, 0),
        Deliver(1, 0, 1, "a", 0),
        Fault(1, 1, "crash"),
        Send(0, 1, "a", 0),
    ]
    schedule = Schedule("toy", 2, (), (), tuple(events), 1)
    assert schedule.events == tuple(reversed(events))


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (Send(3, 0, "a", 0), "tick"),
        (Send(-1, 0, "a", 0), "tick"),
        (Send(0, 2, "a", 0), "node"),
        (Deliver(0, 0, 2, "a", 0), "node"),
    ],
)
def test_event_outside_the_run_is_refused(event: Event, field: str):
    """Ticks end at the horizon and nodes at n; the error names the field."""
    with pytest.raises(InputError) as caught:
        Schedule("toy", 2, (), (), (event,), 2)
    assert caught.value.field == field


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"protocol": "toy", "events": [{"tick": 0}]}'])
def test_text_that_is_no_schedule_is_refused_in_one_line(text: str):
    """Whatever is wrong with a file, the error is one line."""
    with pytest.raises(InputError) as caught:
        Schedule.from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("events", "field"),
    [
        ((Send(0, 0, "a", 0, id=0), Send(0, 1, "a", 0, id=0)), "id"),
        ((Send(0, 0, "a", 0, id=-1),), "id"),
        ((Send(0, 0, "a", 0, id=0, about=1),), "about"),
        ((Send(0, 0, "a", 0, id=0, carries=(0, 4)),), "carries"),
        ((Send(0, 0, "a", 0, reason=""),), "reason"),
        ((Send(0, 0, "a", 0, id=0), Deliver(0, 1, 0, "a", 1, msg=0)), "msg"),
        ((Send(0, 0, "a", 0, id=0), Deliver(0, 1, 0, "a", 0, msg=1)), "msg"),
    ],
)
def test_numbers_of_messages_that_make_no_sense_are_refused(events: tuple[Event, ...], field: str):
    """Each message has a number of its own, and others name messages that are sent."""
    with pytest.raises(InputError) as caught:
        Schedule("toy", 2, (), (), events, 2)
    assert caught.value.field == field


def test_a_file_of_the_version_before_is_read_as_this_one():
    """It has no numbers of messages and no detail."""
    schedule = Schedule("toy", 2, (), (0,), (Send(0, 1, "a", 0),), 1)
    text = schedule.to_json()
    assert '"milpbft-schedule-2"' in text
    assert Schedule.from_json(text.replace("schedule-2", "schedule-1")) == schedule
    with pytest.raises(InputError, match="milpbft-schedule-2"):
        Schedule.from_json(text.replace("schedule-2", "schedule-3"))


def test_correct_nodes_are_those_not_byzantine():
    """A crash does not make a node Byzantine."""
    schedule = Schedule("toy", 4, (2,), (), (Fault(0, 1, "crash"),), 0)
    assert schedule.correct == (0, 1, 3)


@pytest.mark.parametrize(("name", "write"), [("s.json", Schedule.to_json), ("s.itf.json", to_itf)])
def test_file_is_read_by_its_ending(tmp_path: Path, name: str, write: Callable[[Schedule], str]):
    """``.itf.json`` is read as a trace, any other file as JSON."""
    schedule = Schedule("toy", 2, (), (0,), (Send(0, 1, "a", 0),), 1)
    path = tmp_path / name
    path.write_text(write(schedule), encoding="utf-8")
    assert read_schedule(path) == schedule
