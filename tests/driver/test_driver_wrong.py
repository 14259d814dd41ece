"""A deliberately wrong driver per option of neo-go, in a process of its own: each is caught."""

from __future__ import annotations

import pytest

from milpbft.dbft.reference.production.profile import NEO_GO, PAPER
from milpbft.driver.client import Driver
from milpbft.driver.recording import Recording, play
from tests.dbft.reference.production.test_production_driven import regained
from tests.dbft.reference.production.test_production_recordings import FIRST, OPTIONS, recordings
from tests.driver.drivers import ours

QUICK = {"regained"}


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
    recording = regained() if option == "regained" else recordings()[FIRST.get(option, 0)]
    assert played(recording)
    assert not played(recording, "--set", f"{option}={getattr(PAPER, option)}")
    assert getattr(NEO_GO, option) != getattr(PAPER, option)
