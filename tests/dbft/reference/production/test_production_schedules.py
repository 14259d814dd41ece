"""Optimal schedules of `neo-go` as the Go library did them: its locks are locks there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.driver.recording import Recording, play, read_recordings

FILE = Path(__file__).parent / "nspcc-dbft-schedules.jsonl.gz"
LOCKS = ("steps_lock", "steps_state", "undecided")


@cache
def runs() -> dict[str, Recording]:
    """By the name of the instance, the run of its schedule, and what settling did after it."""
    return {one.model_dump()["schedule"]: one for one in read_recordings(FILE)}


def is_lock(name: str) -> bool:
    return any(f"-{question}-" in name for question in LOCKS)


def states(one: Recording) -> list[dict[str, object]]:
    """Return the last state of each node, without when its timer is due."""
    last = list(one.start)
    for step in one.steps:
        if "state" in step:
            last[step["node"]] = step["state"]
    return [{k: v for k, v in state.items() if k != "due_ms"} for state in last]


def test_runs_are_all_there():
    assert len(runs()) == 26
    assert sum(is_lock(name) for name in runs()) == 14
    assert {one.n for one in runs().values()} == {4, 7, 10}


@pytest.mark.parametrize("n", [4, 7, 10])
def test_reference_does_what_the_library_did(n: int):
    for name, one in runs().items():
        if one.n == n:
            assert play(one, ProductionBench(one.setup("neo-go"))) is None, name


def test_locks_of_the_library_free_nobody():
    """All that correct nodes sent reached all of them, timers expire twice, and nothing changes."""
    for name, one in runs().items():
        if not is_lock(name):
            continue
        up = {step["node"] for step in one.steps if "settling" in step and step["op"] == "timeout"}
        assert len(up) >= one.n - 1, name
        assert not any(states(one)[node]["done"] for node in up), name
        last = max(k for k, step in enumerate(one.steps) if step["op"] == "timeout")
        sent = {
            m["id"]: m["sender"] for step in one.steps[: last - one.n] for m in step.get("sent", [])
        }
        given = {(step["node"], step["msg"]) for step in one.steps if step["op"] == "deliver"}
        missing = {
            (node, msg)
            for msg, sender in sent.items()
            for node in up
            if sender in up and node != sender and (node, msg) not in given
        }
        assert not missing, name
        rounds = [
            k for k, step in enumerate(one.steps) if step["op"] == "timeout" and "settling" in step
        ]
        before = one.model_copy(update={"steps": one.steps[: rounds[-len(up)]]})
        assert states(one) == states(before), name


def test_the_state_of_four_and_three_is_reached_without_a_fault():
    """Issue 2552 of neo-go, in the library: four committed in view 0, and three are in view 1."""
    one = runs()["dbft2-strict-n7-v2-steps_state-neo-go-4c0.3v1"]
    committed = [state["committed"] for state in states(one)]
    assert committed.count(0) == 4
    assert [s["view"] for s in states(one) if s["committed"] is None] == [1, 1, 1]
    assert not {step["op"] for step in one.steps} - {"deliver", "timeout"}
