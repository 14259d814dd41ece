"""A deliberately wrong driver per option of neo-go, in a process of its own: each is caught."""

from __future__ import annotations

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.dbft.reference.production.profile import NEO_GO, PAPER
from milpbft.driver.client import Driver
from milpbft.driver.recording import Recording, play
from milpbft.driver.serve import act
from milpbft.driver.wire import Step
from milpbft.sim.bench import Setup
from tests.dbft.reference.production.test_production_recordings import FIRST, OPTIONS, recordings
from tests.driver.drivers import ours

QUICK = {"regained"}


def regaining() -> Recording:
    """A primary starts again, and is given its own request by a recovery: no recording has that."""
    setup = Setup("dbft2", 4, 40, 1000, "neo-go")
    bench = ProductionBench(setup)
    made = Recording(kind="restart", n=4, height=40, start=bench.start()["states"], steps=[])
    for step in (
        {"op": "timeout", "node": 0},
        {"op": "deliver", "node": 1, "msg": 0},
        {"op": "restart", "node": 0},
        {"op": "timeout", "node": 3},
        {"op": "deliver", "node": 1, "msg": 2},
        {"op": "deliver", "node": 0, "msg": 3},
    ):
        made.steps.append({**step, **act(bench, Step.model_validate(step))})
    return made


def played(recording: Recording, *options: str) -> bool:
    """Whether a driver does what a recording has."""
    words = ours("dbft2", "--profile", "neo-go", *options)
    with Driver(words, recording.setup("neo-go")) as driver:
        return play(recording, driver) is None


@pytest.mark.parametrize(
    "option",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in OPTIONS],
)
def test_a_driver_with_one_wrong_rule_is_caught(option: str):
    recording = regaining() if option == "regained" else recordings()[FIRST.get(option, 0)]
    assert played(recording)
    assert not played(recording, "--set", f"{option}={getattr(PAPER, option)}")
    assert getattr(NEO_GO, option) != getattr(PAPER, option)
