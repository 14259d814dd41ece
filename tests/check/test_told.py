"""What a schedule says beside its events: replay holds it to what replicas say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.errors import InputError
from milpbft.room import room_of
from milpbft.schedule import Deliver, Schedule, Send
from milpbft.simulate import Plan, simulate
from milpbft.solve import replay_schedule

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def told() -> Schedule:
    """A run of four nodes in which view changes and a recovery message occur, told in full."""
    plan = Plan("dbft2", 4, 60, chances={"expire": 0.2})
    runs = (room_of("dbft2").detail(simulate(plan, seed).schedule) for seed in range(20))
    return next(run for run in runs if all(map(_one(run), ("new_view", "carries", "about"))))


def _one(run: Schedule) -> Callable[[str], Send | None]:
    sends = [event for event in run.events if isinstance(event, Send)]
    return lambda field: next((e for e in sends if getattr(e, field) is not None), None)


def edited(field: str, change: Callable[[Any], Any]) -> Schedule:
    """The run, with what one message says changed."""
    run = told()
    event = _one(run)(field)
    assert event is not None
    other = replace(event, **{field: change(getattr(event, field))})
    return replace(run, events=tuple(other if e is event else e for e in run.events))


def test_what_replicas_say_is_confirmed_however_messages_are_numbered():
    run = told()
    assert replay_schedule(run)
    most = max(e.id for e in run.events if isinstance(e, Send) and e.id is not None)

    def other(number: int | None) -> int | None:
        return None if number is None else most - number

    def turned(event: Any) -> Any:
        if isinstance(event, Deliver):
            return replace(event, msg=other(event.msg))
        if isinstance(event, Send):
            carries = None if event.carries is None else tuple(map(other, event.carries))
            return replace(event, id=other(event.id), about=other(event.about), carries=carries)
        return event

    assert replay_schedule(replace(run, events=tuple(map(turned, run.events))))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("new_view", lambda view: view + 1),
        ("reason", lambda reason: reason + "s"),
        ("about", lambda number: number + 1),
        ("nonce", lambda nonce: nonce + 1),
        ("carries", lambda carried: carried[1:] or (carried[0] + 1,)),
    ],
)
def test_a_message_that_says_something_else_is_refuted(field: str, change: Callable[[Any], Any]):
    verdict = replay_schedule(edited(field, change))
    assert verdict.status == "refuted"
    assert f"whose {field} is" in verdict.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [("f", 0), ("quorum", 2), ("height", 9), ("rotation", "height"), ("profile", "neo-go")],
)
def test_other_sizes_and_rules_are_refuted(field: str, value: object):
    detail = told().detail
    assert detail is not None
    verdict = replay_schedule(replace(told(), detail=replace(detail, **{field: value})))
    assert verdict.reason.startswith(f"{field} is {value} in the schedule")


def test_another_final_state_is_refuted_and_none_is_not():
    detail = told().detail
    assert detail is not None
    first, *others = detail.final
    assert first is not None
    for final, holds in (
        ((), True),
        (({"view": first["view"]}, *others), True),
        (({**first, "view": first["view"] + 1}, *others), False),
        ((None, *others), False),
        (tuple(others), False),
    ):
        run = replace(told(), detail=replace(detail, final=final))
        assert (replay_schedule(run).status == "confirmed") is holds


@pytest.mark.parametrize(
    ("protocol", "name"),
    [("dbft2", "agreement"), ("dbft2", "rest"), ("pbft", "follows"), ("pbft", "blind")],
)
def test_settings_of_no_known_word_are_refused(protocol: str, name: str):
    run = Schedule(protocol, 4, (), (), (), 0, settings={name: "perhaps"})
    with pytest.raises(InputError, match=f"settings.{name}: 'perhaps' is not allowed"):
        replay_schedule(run)
