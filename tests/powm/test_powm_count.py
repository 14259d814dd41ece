"""The recount: values come from events, and a schedule with one thing changed is no such run."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.powm.count import again, count
from milpbft.powm.enumerate.answer import answer
from milpbft.powm.reference.replay import replay
from milpbft.powm.room import POWM
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Fault, Schedule, Send
from milpbft.solve import solve
from solvers import Limits
from tests.powm.optima import optimum
from tests.powm.tables import FAMILIES, draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.question.part import Question
    from milpbft.schedule import Event

A5 = "powmassign-u7-p1-c1-g2-ticks-costs-1_2"
B1 = "powmfail-g2-d1-e1-x8-ec3-m1-b1-time-managers-rates-1x2"
B2 = "powmfail-g2-d1-e1-x8-ec3-m1-b1-time-rates-1x2"
B4 = "powmfail-g2-d1-e1-x8-ec3-m1-b2-time-managers-rates-1x2"
B7 = "powmfail-g2-d1-e1-t8-m1-b1-twice-rates-1x2"
B10 = "powmfail-g3-d1-e1-t8-m1-b1-lost-rates-2_1"
SOLO = "powmfail-g3-d1-e1-x12-ec3-m0-b1-time-managers-solo-rates-1x4"
FORGOT = "powmfail-g2-d1-e1-t8-m1-b1-twice-amnesia1-rates-1x2"
GONE = "powmfail-g3-d1-e1-t8-m1-lost-amnesia1-rates-2_1"
MISSED = "powmfail-g3-c1-d1-e1-t8-m1-lost-reload1-rates-2_1"
SLOWED = "powmfail-g2-c1-d1-e1-x8-m1-time-amnesia1-rates-1x2"
C1 = "powmcut-g2-d1-e1-t12-w6-twice-rates-1x2"
C3 = "powmcut-g2-d1-e1-t12-w6-twice-eclipse-rates-1x3"
D2 = "powmelect-w2-a1-k2-v1-managed"
D4 = "powmelect-w5-k1-v1-share"
VALUES = {
    A5: 8,
    B2: 8,
    B4: 14,
    B7: 4,
    B10: 4,
    SOLO: 13,
    FORGOT: 8,
    GONE: 4,
    MISSED: 6,
    SLOWED: 7,
    C1: 4,
    C3: 6,
    D2: 78,
    D4: 3,
}


def believed(question: Question, schedule: Schedule, value: int) -> bool:
    """Whether the pipeline's checks of a schedule, replay and recount, pass for a value."""
    verdict = replay(schedule)
    return bool(verdict) and bool(POWM.recount(question, schedule, value))


@pytest.mark.parametrize("name", VALUES)
def test_the_recount_refutes_a_wrong_value(name: str):
    """What the events come to is the optimum, and no other value passes."""
    question, schedule, value = parse_instance(name), optimum(name), VALUES[name]
    assert count(question, schedule) == value
    for wrong in (value - 1, value + 1, 0, None):
        verdict = POWM.recount(question, schedule, wrong)
        assert verdict.status == "refuted"
        assert f"{value} in the run" in verdict.reason


@pytest.mark.parametrize("name", [FORGOT, GONE, MISSED, SLOWED])
def test_restarts_that_are_not_promised_are_refuted(name: str):
    """Fewer than the schedule has, a second one, and more than the instance allows."""
    question, schedule = parse_instance(name), optimum(name)
    setting = "reloads" if name == MISSED else "restarts"
    none = replace(schedule, settings=schedule.settings | {setting: "0"})
    assert ", and 0 nodes have" in replay(none).reason
    bare = {key: text for key, text in schedule.settings.items() if key != setting}
    assert replay(replace(schedule, settings=bare)).status == "refuted"
    [again] = [e for e in schedule.events if isinstance(e, Fault) and e.fault != "crash"]
    more = replace(again, node=again.node - 1 if name == FORGOT else schedule.n - 1, tick=6)
    two = replace(
        schedule, events=(*schedule.events, more), settings=none.settings | {setting: "2"}
    )
    assert count(question, two) is None
    kept = tuple(event for event in schedule.events if event != again)
    assert replay(replace(schedule, events=kept)).status == "refuted"


@pytest.mark.parametrize("name", VALUES)
def test_a_wrong_value_in_the_schedule_is_refuted(name: str):
    """Settings that claim one more, or one less, are not believed."""
    schedule = optimum(name)
    for value in (VALUES[name] - 1, VALUES[name] + 1):
        said = replace(schedule, settings=schedule.settings | {"value": str(value)})
        assert not replay(said)


def with_events(schedule: Schedule, change: Callable[[Event], Event | None]) -> Schedule:
    """Change or drop events."""
    changed = (change(event) for event in schedule.events)
    return replace(schedule, events=tuple(event for event in changed if event is not None))


def without(schedule: Schedule, kind: type, number: int) -> Schedule:
    """Drop the event of a kind with a number."""
    gone = [event for event in schedule.events if isinstance(event, kind)][number]
    return with_events(schedule, lambda event: None if event is gone else event)


def told(schedule: Schedule, **settings: str) -> Schedule:
    """Change settings."""
    return replace(schedule, settings=schedule.settings | settings)


def late(schedule: Schedule) -> Schedule:
    """Let every crash come a tick later."""
    return with_events(
        schedule, lambda e: replace(e, tick=e.tick + 1) if isinstance(e, Fault) else e
    )


def shifted(schedule: Schedule) -> Schedule:
    """Move the first grant's nonces up by one, where it is sent and where it arrives."""
    first = next(e.kind for e in schedule.events if isinstance(e, Send) and "#" in e.kind)
    lo, hi = map(int, first.removeprefix("Grant#").split("-"))

    def change(event: Event) -> Event:
        if isinstance(event, (Send, Deliver)) and event.kind == first:
            return replace(event, kind=f"Grant#{lo + 1}-{hi + 1}")
        return event

    return with_events(schedule, change)


def extra(schedule: Schedule) -> Schedule:
    """Let one more node crash."""
    gone = {event.node for event in schedule.events if isinstance(event, Fault)}
    node = max(node for node in range(schedule.n) if node not in gone)
    return replace(schedule, events=(*schedule.events, Fault(1, node, "crash")))


SCHEDULES = {
    "no first grant": (lambda s: without(s, Send, 0), (A5, B7, C1, C3)),
    "no first delivery": (lambda s: without(s, Deliver, 0), (A5, B2, B4, B7, B10, C1, C3)),
    "a grant of other nonces": (shifted, (A5, B2, B4, B7, B10, C1, C3)),
    "one more crash": (extra, (B2, B4, B7, B10, SOLO, C1)),
    "a crash a tick later": (late, (B2, B4, B7, B10)),
    "no crash": (lambda s: without(s, Fault, 0), (B2, B4, B7, B10, SOLO)),
    "a manager more": (lambda s: told(s, promoted="1,1"), (B4,)),
    "another side": (lambda s: told(s, side="2,3"), (C1,)),
    "a cut a tick later": (lambda s: told(s, begin=str(int(s.settings["begin"]) + 1)), (C1, C3)),
    "no redraw": (lambda s: told(s, drops=""), (D2,)),
    "a redraw more": (lambda s: told(s, drops=s.settings["drops"].replace(":1:1", ":1:2")), (D2,)),
    "more tickets": (lambda s: told(s, coalition="4"), (D4,)),
}  # fmt: skip
BROKEN = [(what, name) for what, (_, names) in SCHEDULES.items() for name in names]


@pytest.mark.parametrize(("what", "name"), BROKEN)
def test_a_broken_schedule_is_not_believed(what: str, name: str):
    """One event or one choice is changed: replay or recount refutes it."""
    schedule = SCHEDULES[what][0](optimum(name))
    assert schedule != optimum(name)
    assert not believed(parse_instance(name), schedule, VALUES[name])


# A schedule of the first instance is a run, but not of the second, which promises something else.
PROMISES = [
    (A5, A5.replace("g2", "g1"), "sets are larger"),
    (A5, A5.replace("p1", "p2"), "ports"),
    (A5, A5.replace("-g2", "-g2-t7"), "the horizon is passed"),
    (B2, B2.replace("-time-", "-time-managers-"), "a miner fails"),
    (B2, B2.replace("b1", "b1-f1"), "it fails before t0"),
    (B4, B4.replace("b2", "b1"), "two failures"),
    (B1, B1.replace("-managers", "-miners"), "a manager fails"),
    (B4, B4.replace("m1", "m2"), "another team"),
    (B4, B4.replace("ec3", "ec2"), "a slower election"),
    (B7, B7.replace("t8", "t9"), "another horizon"),
    (B7, B7.replace("twice-", "twice-before-"), "Sync comes after"),
    (B10, B10.replace("lost", "twice"), "another objective"),
    (SOLO, SOLO.replace("-solo", ""), "all mine alone"),
    (C1, C1.replace("w6", "w5"), "a longer cut"),
    (C1, C1.replace("twice-", "twice-eclipse-"), "another shape"),
    (C3, C3.replace("d1", "d2"), "another detection"),
    (D2, D2.replace("a1", "a0"), "a smaller coalition"),
    (D2, D2.replace("v1", "v0"), "fewer redraws"),
    (D4, D4.replace("k1", "k2"), "fewer elections"),
]


@pytest.mark.parametrize(("name", "other"), [pytest.param(a, b, id=c) for a, b, c in PROMISES])
def test_a_schedule_of_something_else_is_no_run(name: str, other: str):
    """Failures, victims, sizes and objectives that an instance does not allow."""
    assert replay(optimum(name))
    assert count(parse_instance(other), optimum(name)) is None


def test_nonces_count_each_time_that_they_are_granted_again():
    """Three times is twice again."""
    assert again([(0, 4), (2, 6), (3, 4)]) == 3
    assert again([]) == 0


def agree(family: str, seed: int) -> None:
    """The recount of a random instance's run is what its search finds."""
    question = draw(family, Random(seed))
    schedule = solve(question, "cpsat", Limits(seconds=120)).schedule
    assert schedule is not None
    assert count(question, schedule) == answer(question), question.name


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("block", range(4))
def test_the_recount_agrees_with_the_search(family: str, block: int):
    """A hundred instances of each family."""
    for seed in range(5000 + 25 * block, 5025 + 25 * block):
        agree(family, seed)
