"""The reference does what the Go library did when a driver gave it the inputs of `conform`."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.driver.recording import Recording, play, read_recordings
from milpbft.driver.runs import KINDS

HERE = Path(__file__).parent


@cache
def driven() -> tuple[Recording, ...]:
    return tuple(read_recordings(HERE / "nspcc-dbft-driven.jsonl.gz"))


@cache
def started() -> tuple[Recording, ...]:
    """Runs in which nodes that start again do what the library does then, and not at a height."""
    return tuple(read_recordings(HERE / "nspcc-dbft-started.jsonl.gz"))


def regained() -> Recording:
    """A primary starts again, and a recovery gives it back its own request."""
    return next(iter(read_recordings(HERE / "nspcc-dbft-regained.jsonl")))


def test_recordings_have_what_the_other_ones_lack():
    assert Counter(one.n for one in driven()) == {4: 48, 7: 48, 5: 36, 10: 24, 3: 6, 2: 6}
    assert set(Counter(one.kind for one in driven()).values()) == {28}
    assert {one.kind for one in driven()} == set(KINDS)
    steps = [step for one in driven() for step in one.steps]
    assert len(steps) == 24945
    forged = Counter(step["kind"] for step in steps if step["op"] == "forge")
    assert forged["RecoveryMessage"] == 162
    assert sum(len(one.byzantine) > 1 for one in driven() if hasattr(one, "byzantine")) == 8


@pytest.mark.parametrize("part", range(2))
def test_reference_reproduces_every_sixth_run(part):
    for number in range(3 * part, len(driven()), 12):
        one = driven()[number]
        assert play(one, ProductionBench(one.setup("neo-go"))) is None, number


@pytest.mark.slow
def test_reference_reproduces_every_run():
    for number, one in enumerate(driven()):
        assert play(one, ProductionBench(one.setup("neo-go"))) is None, number


def test_a_primary_that_answered_its_own_request_keeps_responses_unseen():
    """The first run in which the reference was wrong: it put the timer off, and checked them."""
    one = regained()
    assert play(one, ProductionBench(one.setup("neo-go"))) is None
    states = [step["state"] for step in one.steps if step.get("node") == 2]
    assert [state["preps"] for state in states[-4:]] == [[2, 3], [1, 2, 3], *[[0, 1, 2, 3]] * 2]
    assert {state["due_ms"] for state in states[-4:-1]} == {16666}
    assert states[-1]["committed"] is None
    kept = play(one, ProductionBench(one.setup("neo-go", {"regained": "kept"})))
    assert kept is not None
    assert kept.at == 5


def test_a_primary_that_starts_again_proposes_at_once():
    """The recordings begin at a height (`Reset`); what a node does as it starts is `Start`."""
    assert len(started()) == 14
    for number, one in enumerate(started()):
        assert any(_starts_proposing(one, step) for step in one.steps)
        said = one.setup("neo-go", {"start": "proposal"})
        assert play(one, ProductionBench(said)) is None, number
        assert play(one, ProductionBench(one.setup("neo-go"))) is not None, number


def _starts_proposing(one: Recording, step: dict[str, Any]) -> bool:
    if step["op"] != "restart" or step["node"] != one.height % one.n:
        return False
    return [message["kind"] for message in step["sent"]] == ["PrepareRequest"]
