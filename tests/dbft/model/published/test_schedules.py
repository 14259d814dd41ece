"""Published schedules: on one clock, and postponed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.dbft.model.published.model import PublishedModel
from milpbft.dbft.model.published.postpone import postpone
from milpbft.dbft.model.published.schedules import schedule_of_traffic, traffic_of_schedule
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.schedule import Decide, Deliver, Schedule, Send
from milpbft.solve import replay_schedule
from tests.dbft.model.published.published import dbft2, solve
from tests.dbft.model.published.test_direct import good_case


@pytest.mark.parametrize("objective", ["p1", "p4", "p7"])
@pytest.mark.parametrize("encoding", ["compact", "direct"])
def test_a_schedule_is_worth_what_its_point_is(objective: str, encoding: str):
    """Point to schedule to JSON to point keeps every row and the value."""
    horizon = 3 if encoding == "direct" else 6
    model = PublishedModel(dbft2(4, horizon, objective, encoding=encoding))
    x = solve(model.problem)
    schedule = Schedule.from_json(model.schedule(x, "test").to_json())
    y = model.point(schedule)
    assert y is not None
    assert model.problem.value(y) == model.problem.value(x)


def test_the_good_case_replays():
    """The hand-made run is what replicas do."""
    assert replay_schedule(schedule_of_traffic(good_case(), "by hand"))


@pytest.mark.parametrize("event", [Decide(5, 1, 0), Send(4, 2, "Commit", 0)])
def test_the_good_case_without_an_event_is_refuted(event: Decide | Send):
    """Silence counts: a replica that has cause to act does so."""
    schedule = schedule_of_traffic(good_case(), "by hand")
    assert event in schedule.events
    fewer = tuple(e for e in schedule.events if e != event)
    assert replay_schedule(replace(schedule, events=fewer)).status == "refuted"


def test_deliveries_move_to_the_act_that_needs_them():
    """A response that arrives early is delivered with the commit, a late one at the view's end."""
    events = (
        Deliver(3, 1, 0, "PrepareResponse", 0),
        Deliver(5, 1, 2, "PrepareResponse", 0),
        Send(4, 1, "Commit", 0),
        Deliver(3, 1, 0, "ChangeView", 0),
        Deliver(3, 2, 0, "PrepareRequest", 0),
    )
    schedule = Schedule("dbft2", 4, (3,), (0,), events, horizon=24, view_ticks=6)
    moved = {e.kind + str(e.sender): e.tick for e in postpone(schedule).events if e.event != "send"}
    assert moved == {
        "PrepareResponse0": 4,
        "PrepareResponse2": 6,
        "ChangeView0": 7,
        "PrepareRequest0": 6,
    }


def test_what_the_model_has_not_is_no_traffic():
    """A schedule with more views than the model has cannot be a point."""
    late = Schedule("dbft2", 4, (3,), (0,), (Send(1, 0, "ChangeView", 9),), horizon=9)
    assert traffic_of_schedule(late, Sizes(4, 5)) is None
