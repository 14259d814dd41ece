"""Models of broadcasts over rings that change: small optima, mutants, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.model import live
from milpbft.hgfrr.model.histories import histories
from milpbft.hgfrr.model.rings import State, joined, removed, rings_of
from milpbft.hgfrr.room import HGFRR
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault, Send
from milpbft.solve import replay_schedule, solve
from tests.hgfrr.counting import counted_alone
from tests.hgfrr.overlays import two_levels
from tests.witness import schedule_of

STAYS = ["hgfrr-n12-r4-k2-s0-b1-t9-coverage-crash", "hgfrr-n12-r4-k2-s0-b1-t9-ticks"]


@pytest.mark.parametrize("name", STAYS)
def test_without_changes_the_optimum_is_that_of_rings_that_stay(name: str):
    """The same question in both families has one answer."""
    there = solve(parse_instance(name)).solution.objective
    here = solve(parse_instance(name.replace("hgfrr", "churn"))).solution.objective
    assert here == there


def test_all_that_elections_can_come_to():
    """Contact 3 of its ring and of the one above: either of two, and then any of three."""
    topology = two_levels()
    outcomes = list(removed(topology, rings_of(topology), 3))
    assert len({rings for rings, _ in outcomes}) == len(outcomes) == 2 * 3
    assert {elected for _, elected in outcomes} == {
        (low, high) for low in (4, 5) for high in (0, low, 6)
    }
    [(rings, elected)] = removed(topology, rings_of(topology), 4)
    assert elected == ()
    assert rings[1] == State((3, 5), (3,))


def test_a_newcomer_changes_its_ring_alone():
    """Nobody is elected."""
    topology = two_levels()
    [(rings, elected)] = joined(topology, rings_of(topology), 9, 1, 2)
    assert elected == ()
    assert rings[1] == State((3, 4, 9, 5), (3,))
    assert rings[0] == rings_of(topology)[0]


LEAVE = "churn-n9-r4-k2-s0-b1-t6-coverage-leave"
BEAT = "churn-n9-r4-k2-s0-b1-t9-ticks-crash-beat2-again2"
PERIOD = "churn-n12-r4-k2-s0-t9-messages-handover-period2"
BOTH = "churn-n9-r4-k2-s0-b1-t9-coverage-crash-handover-beat1-period4-again5"
JOIN = "churn-n9-r6-k2-s0-j1-t6-messages"
SILENT = "churn-n9-r6-k2-s0-j1-t6-coverage-newcomer-silent"
PRESENT = "churn-n9-r6-k2-s0-j1-t6-messages-present"
KNOWN = "churn-n12-r4-k2-s0-t12-coverage-period2-news2"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        (LEAVE, {"budget": "0-8:0"}),
        (BEAT, {"removed": "no"}),
        (BEAT, {"beat": "3"}),
        (BEAT, {"starts": "0"}),
        (PERIOD, {"period": "3"}),
        (PERIOD, {"handover": "no"}),
        (PERIOD, {"seed": "1"}),
        (BOTH, {"period": "3"}),
        (BOTH, {"removed": "no"}),
        (BOTH, {"seed": "1"}),
        (JOIN, {"joins": ""}),
        (SILENT, {"budget": "0-8:0"}),
        (KNOWN, {"news": "0"}),
        (PRESENT, {"trees": "begun"}),
    ],
)
def test_a_broken_promise_is_refuted(name: str, settings: dict[str, str]):
    """Fewer faults, sooner or later changes, another reading: the run is another one."""
    schedule = schedule_of(name)
    assert replay_schedule(schedule)
    verdict = replay_schedule(replace(schedule, settings=schedule.settings | settings))
    assert verdict.status == "refuted"


@pytest.mark.parametrize(
    "settings",
    [
        {"joins": "1:0"},
        {"joins": "1:0:0,2:0:0"},
        {"starts": "x"},
        {"beat": ""},
        {"handover": "maybe"},
        {"trees": "old"},
        {"removed": "maybe"},
    ],
)
def test_unreadable_settings_are_refused(settings: dict[str, str]):
    """More newcomers than may join are no run either."""
    schedule = schedule_of(JOIN)
    with pytest.raises(InputError, match="settings"):
        replay_schedule(replace(schedule, settings=schedule.settings | settings))


@pytest.mark.parametrize("name", [LEAVE, BEAT, PERIOD, BOTH, JOIN, SILENT, PRESENT, KNOWN])
def test_every_objective_is_counted_again(name: str):
    """One number passes, those beside it do not, and another question counts nothing."""
    instance, schedule, value = counted_alone(name)
    assert isinstance(instance, ChurnInstance)
    for field, other in (
        ("horizon", 5),
        ("again", 1),
        ("k", 3),
        ("news", 7),
        ("handover", "other"),
    ):
        text = {"no": "yes", "yes": "no"}[instance.handover] if other == "other" else other
        asked = ChurnInstance.make(instance.model_dump() | {field: text})
        assert not HGFRR.recount(asked, schedule, value)


def test_a_node_that_sends_nothing_is_noticed():
    """A sending of a correct node that is not in the schedule is missed."""
    schedule = schedule_of(JOIN)
    first = next(event for event in schedule.events if isinstance(event, Send))
    events = tuple(event for event in schedule.events if event != first)
    assert replay_schedule(replace(schedule, events=events)).status == "refuted"
    more = (*schedule.events, Fault(0, 3, "crash"))
    assert replay_schedule(replace(schedule, events=more)).status == "refuted"


def test_a_model_without_the_handover_is_refuted(monkeypatch: pytest.MonkeyPatch):
    """Had the model no row for what is handed on, replay would see the messages."""
    assert solve(parse_instance(PERIOD)).verdict("replay")
    monkeypatch.setattr(live.Live, "_hands", lambda *_: [live.ZERO] * 9)
    verdict = solve(parse_instance(PERIOD)).verdict("replay")
    assert verdict is not None
    assert verdict.status == "refuted"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("churn-n12-r4-k2-s0-b1-t9-coverage-beat2", "beat"),
        ("churn-n12-r4-k2-s0-b1-t9-coverage-leave-beat2", "beat"),
        ("churn-n12-r4-k2-s0-j1-t9-coverage-period2", "period"),
        ("churn-n12-r4-k2-s0-b3-t9-coverage-leave", "faults"),
        ("churn-n12-r4-k2-s0-t9-coverage-leave", "faults"),
        ("churn-n12-r4-k2-s0-j2-t9-coverage", "joins"),
        ("churn-n12-r4-k2-s0-t9-coverage-again10", "again"),
        ("churn-n12-r4-k2-s0-b12-t9-coverage", "faults"),
        ("churn-n12-r4-k2-s0-src12-t9-coverage", "source"),
        ("churn-n12-r6-k2-c2-w3-s0-t9-coverage", "serving"),
        ("churn-n12-r4-k2-s0-coverage", "horizon"),
        ("churn-n12-r4-k2-s0-t9-coverage-newcomer-silent", "newcomer"),
        ("churn-n12-r6-k2-s0-b1-j1-t9-coverage-leave-newcomer-crash", "newcomer"),
        ("churn-n12-r6-k2-s0-j1-t9-coverage-leave", "faults"),
    ],
)
def test_what_does_not_go_together_is_refused(name: str, field: str):
    """The error names the field that is in the way."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("churn-n9-r4-k2-s0-b2-t4-coverage-leave", "faults"),
        ("churn-n12-r4-k2-s0-j1-t4-coverage", "joins"),
        ("churn-n24-r9-k2-s0-b2-t24-coverage-leave", "horizon"),
    ],
)
def test_rings_that_merge_or_split_or_are_too_many_are_refused(name: str, field: str):
    """Rings of three of which two leave, rings of four that are full, and too many histories."""
    with pytest.raises(InputError) as error:
        _ = HGFRR.model(parse_instance(name)).problem
    assert error.value.field == field


def test_a_newcomer_fails_once_it_is_there():
    """Schedules in which it crashes before it comes, or fails in another way, are no runs."""
    name = "churn-n9-r6-k2-s0-j1-t6-messages-crash-beat2-newcomer-crash"
    instance, schedule = parse_instance(name), schedule_of(name)
    value = HGFRR.count(instance, schedule)
    assert value is not None
    joins = {**schedule.settings, "joins": "3:0:0"}
    others = tuple(e for e in schedule.events if not isinstance(e, Fault))
    early = replace(schedule, settings=joins, events=(*others, Fault(2, 9, "crash")))
    assert HGFRR.count(instance, early) is None
    silent = replace(schedule, settings=joins, events=(*others, Fault(0, 9, "omission")))
    assert HGFRR.count(instance, silent) is None


def test_histories_are_told_apart_by_what_becomes_of_the_rings():
    """Of three rings of three a leaving node that is no contact has one history per tick."""
    instance = ChurnInstance.parse(LEAVE)
    found = histories(instance, HGFRR.model(instance).turned)
    contacts = set(HGFRR.model(instance).turned[0].contact_nodes)
    plain = [h for h in found if h.since[0][0] not in contacts]
    others = set(range(9)) - contacts - {instance.source}
    assert len(plain) == len(others) * (instance.horizon + 1)
