"""The reference with the rules of neo-go does what the Go library did, input by input."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.dbft.reference.production.profile import NEO_GO, PAPER, values
from milpbft.driver.recording import Recording, play, read_recordings

FILE = Path(__file__).parent / "nspcc-dbft.jsonl.gz"
STATE = {
    *("view", "primary", "committed", "done", "changing", "request"),
    *("preps", "commits", "cvs", "nc", "nf", "due_ms"),
}
OPTIONS = [name for name in values() if getattr(NEO_GO, name) != getattr(PAPER, name)]
SHOWN_BY_HAND = {"regained"}
"""What none of these shows; `test_production_driven.py` has a run that does."""
FIRST = {
    "carries": 0, "word": 1, "recovered": 1, "entry": 2, "agreement": 2, "forgets": 2,
    "later": 2, "commits": 182, "early": 196, "stray": 260, "inputs": 37, "done": 1,
}  # fmt: skip
"""The first recording that fails where an option has the paper's value; 0 where it is not here."""


@cache
def recordings() -> tuple[Recording, ...]:
    return tuple(read_recordings(FILE))


def fails(recording: Recording, **options: str) -> bool:
    setup = recording.setup("neo-go", options)
    return play(recording, ProductionBench(setup)) is not None


def test_recordings_are_all_there_and_say_the_whole_state():
    assert len(recordings()) == 458
    assert sum(len(one.steps) for one in recordings()) == 71190
    assert {one.kind for one in recordings()} == {"crashfree", "byzantine", "restart", "timed"}
    assert all(state.keys() == STATE for one in recordings() for state in one.start)
    bench = ProductionBench(recordings()[0].setup("neo-go"))
    assert all(state.keys() == STATE for state in bench.start()["states"])


@pytest.mark.parametrize("part", range(4))
def test_reference_reproduces_every_twelfth_recording(part):
    for number in range(3 * part, len(recordings()), 12 * 4):
        one = recordings()[number]
        assert play(one, ProductionBench(one.setup("neo-go"))) is None, number


@pytest.mark.slow
def test_reference_reproduces_every_step_of_every_recording():
    for number, one in enumerate(recordings()):
        assert play(one, ProductionBench(one.setup("neo-go"))) is None, number


@pytest.mark.parametrize("option", [name for name in OPTIONS if name not in SHOWN_BY_HAND])
def test_with_the_papers_value_of_any_option_a_recording_fails(option):
    recording = recordings()[FIRST.get(option, 0)]
    assert fails(recording, **{option: getattr(PAPER, option)})


def test_a_changed_recording_is_noticed():
    one = recordings()[0].model_copy(deep=True)
    number = next(k for k, step in enumerate(one.steps) if step.get("sent"))
    one.steps[number]["sent"] = []
    difference = play(one, ProductionBench(one.setup("neo-go")))
    assert difference is not None
    assert difference.at == number

    other = recordings()[0].model_copy(deep=True)
    other.steps[5]["state"]["nf"] += 1
    difference = play(other, ProductionBench(other.setup("neo-go")))
    assert difference is not None
    assert difference.at == 5
    assert "nf" in difference.what


@pytest.mark.parametrize("name", ["paper", "neo-cs"])
def test_other_profiles_are_other_protocols(name):
    one = recordings()[0]
    assert play(one, ProductionBench(one.setup(name, {"rotation": "height"}))) is not None
