"""Random runs have what their kinds say: lies of every form, restarts, late timers."""

from __future__ import annotations

from collections import Counter

import pytest

from milpbft.driver.benches import bench_of
from milpbft.driver.conform import record, rerun
from milpbft.driver.recording import Recording
from milpbft.driver.runs import KINDS, STEPS
from milpbft.driver.serve import act
from milpbft.driver.wire import Step
from milpbft.sim.bench import Setup

SEVEN = Setup("dbft2", 7, 70, 1000, "neo-go")


def runs(kind: str, count: int = 3, steps: int = STEPS) -> list[Recording]:
    first = KINDS.index(kind)
    return list(record(SEVEN, range(first, first + count * len(KINDS), len(KINDS)), steps))


def test_every_kind_has_its_turn():
    assert [one.kind for one in record(SEVEN, range(6), steps=3)] == list(KINDS)


@pytest.mark.parametrize(
    ("kind", "has"),
    [
        ("crashfree", {"deliver", "timeout"}),
        ("byzantine", {"deliver", "timeout", "forge"}),
        ("restart", {"deliver", "timeout", "restart"}),
        ("timed", {"deliver", "timeout", "now"}),
        ("mixed", {"deliver", "timeout", "forge", "restart"}),
        ("late", {"deliver", "timeout", "forge", "restart", "now"}),
    ],
)
def test_a_kind_has_its_inputs(kind: str, has: set[str]):
    assert {step["op"] for one in runs(kind, 5) for step in one.steps} == has


def test_liars_are_at_most_f_and_say_everything():
    liars = [one.model_dump().get("byzantine", []) for one in runs("mixed", 12, steps=1)]
    assert {len(some) for some in liars} == {0, 1, 2}
    said = Counter(
        step["kind"] for one in runs("byzantine", 6) for step in one.steps if step["op"] == "forge"
    )
    assert len(said) == 6


def test_forged_recovery_messages_carry_one_message_of_a_sender_and_kind():
    carried = [
        step["sent"][0]["inner"]
        for one in runs("byzantine", 6)
        for step in one.steps
        if step.get("kind") == "RecoveryMessage"
    ]
    assert any(len(inner) > 3 for inner in carried)
    for inner in carried:
        senders = [(one.split("/")[0], one.split("/")[2]) for one in inner]
        assert len(set(senders)) == len(senders)


def test_late_timers_expire_late_and_others_exactly_when_they_are_due():
    for kind, late in (("timed", False), ("late", True)):
        delays = set[int]()
        for one in runs(kind):
            now, due = 0, [state["due_ms"] for state in one.start]
            for step in one.steps:
                now = step.get("now_ms", now)
                if step["op"] == "timeout":
                    delays.add(now - due[step["node"]])
                if "state" in step:
                    due[step["node"]] = step["state"]["due_ms"]
        assert min(delays) == 0
        assert (max(delays) > 0) == late


def test_one_node_has_no_liars_among_it():
    assert [one.kind for one in record(Setup("dbft2", 1, 10, 1000, "neo-go"), range(6))]


def test_a_shorter_run_carries_what_is_left_by_its_new_number():
    right = Setup("dbft2", 4, 40, 1000, "neo-go")
    wrong = Setup("dbft2", 4, 40, 1000, "neo-go", {"word": "sender"})
    bench, made = bench_of(right), []
    original = Recording(
        kind="byzantine", n=4, height=40, start=bench.start()["states"], steps=made
    )
    for step in (
        {"op": "timeout", "node": 3},
        {"op": "timeout", "node": 0},
        {"op": "deliver", "node": 1, "msg": 1},
        {"op": "forge", "node": 2, "kind": "RecoveryMessage", "view": 0, "carries": [0, 1, 2]},
        {"op": "deliver", "node": 3, "msg": 3},
    ):
        made.append({**step, **act(bench, Step.model_validate(step))})
    found = rerun(original, made[1:], bench_of(right), bench_of(wrong))
    assert found is not None
    assert [step["op"] for step in found[0].steps] == ["timeout", "deliver", "forge", "deliver"]
    assert found[0].steps[2]["carries"] == [0, 1]
    assert found[0].steps[2]["sent"][0]["inner"] == ["PrepareRequest/0/0", "PrepareResponse/0/1"]


def test_a_lie_is_about_nothing_where_a_shorter_run_has_no_such_proposal():
    """Without the restart the primary's second timer makes it ask for recovery, not propose."""
    right = Setup("dbft2", 4, 40, 1000, "neo-go")
    wrong = Setup("dbft2", 4, 40, 1000, "neo-go", {"extends": "no"})
    bench, made = bench_of(right), []
    begun = bench.start()["states"]
    original = Recording(kind="byzantine", n=4, height=40, start=begun, steps=made)
    for step in (
        {"op": "timeout", "node": 0},
        {"op": "restart", "node": 0},
        {"op": "timeout", "node": 0},
        {"op": "forge", "node": 3, "kind": "Commit", "view": 0, "about": 1, "nonce": 1},
        {"op": "deliver", "node": 1, "msg": 2},
    ):
        made.append({**step, **act(bench, Step.model_validate(step))})
    assert made[2]["sent"][0]["kind"] == "PrepareRequest"
    found = rerun(original, made[:1] + made[2:], bench_of(right), bench_of(wrong))
    assert found is not None
    assert found[0].steps[1]["sent"][0]["kind"] == "RecoveryRequest"
    assert found[0].steps[2]["about"] == -1
