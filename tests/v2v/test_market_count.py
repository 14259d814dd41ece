"""The recount: a witness is worth what the state machine says, to its own instance alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.schedule import Send
from milpbft.solve import replay_schedule, solve
from milpbft.v2v.catalogue import market_of
from tests.in_process import solve_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.result import Result
    from milpbft.schedule import Schedule

NAMES = (
    "v2vmatch-cost-a1", "v2vmatch-welfare-a2", "v2vstable-cost-d2", "v2vstable-pairs-d2",
    "v2vworst-n2-l2-worst-k1", "v2vworst-n2-l2-gap", "v2vworst-n1-pairs-lots",
    "v2vorder-p3-victim-c1", "v2vorder-p1-gain-c3", "v2vorder-p1-blocking-d2",
)  # fmt: skip


@cache
def solved(name: str) -> Result:
    """Solve an instance once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["milpbft.solve"], "solve_problem", solve_here)
        return solve(parse_instance(name))


def schedule_of(name: str) -> Schedule:
    """Return the witness of an instance."""
    schedule = solved(name).schedule
    assert schedule is not None
    return schedule


def verdict(name: str, schedule: Schedule, value: int | None = None) -> Any:
    """Recount a schedule against a value, by default the optimum."""
    result = solved(name)
    said = result.solution.objective if value is None else value
    question = parse_instance(name)
    return room_of(question.protocol).recount(question, schedule, said)


def setting(schedule: Schedule, **settings: str) -> Schedule:
    """Change settings of a schedule."""
    return replace(schedule, settings=schedule.settings | settings)


@pytest.mark.parametrize("name", NAMES)
def test_the_optimum_is_counted_again(name: str):
    """What the solver found is what the run is worth; any other value is refuted."""
    value = solved(name).solution.objective
    assert value is not None
    assert verdict(name, schedule_of(name))
    for wrong in (value + 1, value - 1):
        refused = verdict(name, schedule_of(name), wrong)
        assert f"{value} in the run, {wrong} in the model" in refused.reason


def other_market(schedule: Schedule) -> Schedule:
    """Say that the run is on another market, with the same names."""
    data = market_of("c1")
    orders = (data.orders[0].model_copy(update={"price": 11}), *data.orders[1:])
    changed = data.model_copy(update={"orders": orders})
    return setting(schedule, market=changed.model_dump_json(exclude_defaults=True))


def without_last(schedule: Schedule) -> Schedule:
    """Leave the last order out."""
    return replace(schedule, events=schedule.events[:-1])


def a_stranger(schedule: Schedule) -> Schedule:
    """Execute an order that the market does not have."""
    return replace(schedule, events=(*schedule.events, Send(9, 0, "s9", 0)))


MUTANTS: list[tuple[str, Callable[[Schedule], Schedule]]] = [
    ("v2vorder-p3-victim-c1", other_market),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, market="{}")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, patience="4")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, timer="each")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, seat="True")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, batch="2")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, objective="gain")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, unit="100000")),
    ("v2vorder-p3-victim-c1", lambda s: setting(s, unit="0")),
    ("v2vorder-p1-blocking-d2", without_last),
    ("v2vorder-p3-victim-c1", a_stranger),
    ("v2vmatch-cost-a1", lambda s: setting(s, matches="b1:s2:1")),
    ("v2vmatch-cost-a1", lambda s: setting(s, matches="b1:s1:0,b2:s2:0")),
    ("v2vmatch-welfare-a2", lambda s: setting(s, matches="b2:s2:0")),
    ("v2vstable-cost-d2", lambda s: setting(s, matches="b1:s2:1,b2:s1:0")),
    ("v2vstable-pairs-d2", lambda s: setting(s, matches="b1:s1:0")),
    ("v2vworst-n2-l2-gap", lambda s: replace(s, protocol="v2vmatch")),
]


@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
def test_another_run_is_refuted(name: str, mutant: Callable[[Schedule], Schedule]):
    """Other markets, rules, objectives, units, orders and matchings."""
    assert not verdict(name, mutant(schedule_of(name)))


@pytest.mark.parametrize("changes", [{"node": 1}, {"view": 1}])
def test_only_the_primary_orders_requests(changes: dict[str, int]):
    """Who is no primary of view 0 puts nothing in its place."""
    schedule = schedule_of("v2vorder-p3-victim-c1")
    first, *others = schedule.events
    other = replace(schedule, events=(replace(first, **changes), *others))
    assert "is proposed by node" in replay_schedule(other).reason


@pytest.mark.parametrize("settings", [{"timer": "x"}, {"rule": "x"}])
def test_words_that_it_does_not_know_are_refused(settings: dict[str, str]):
    with pytest.raises(InputError, match="settings"):
        replay_schedule(setting(schedule_of("v2vorder-p3-victim-c1"), **settings))


def worst(name: str, **changes: Any) -> Any:
    """Recount a worst market of which the first sell is changed."""
    import json

    schedule = schedule_of(name)
    market = json.loads(schedule.settings["market"])
    market["orders"][0] |= changes
    return verdict(name, setting(schedule, market=json.dumps(market)))


@pytest.mark.parametrize("changes", [{"x": 3000}, {"x": 500}, {"price": 2}, {"quantity": 2000},
                                     {"y": 1}, {"use": 1}])  # fmt: skip
def test_a_worst_market_is_one_of_its_setting(changes: dict[str, int]):
    """A site off the line, another price, quantity, position or vehicle."""
    assert worst("v2vworst-n2-l2-gap")
    assert not worst("v2vworst-n2-l2-gap", **changes)
