"""Messages of dBFT 2.0 and 2.1 lost per node and tick: where ticks do not matter, as counted."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from tests.proven import same

WORDS = ("", "-own-view", "-never", "-agreement", "-nofetch")
GOALS = ("losses_lock", "undecided", "steps_lock", "faults_lock")
NAMES = [
    f"dbft2-strict-n4-v1{crash}-{{}}{goal}{word}-lossy{most}"
    for word, crash, goal, most in product(WORDS, ("", "-c1"), GOALS, (1, 2, 4))
]
STAGED = [
    f"dbft21-strict-n4-v1{crash}-{{}}{goal}{word}-lossy{most}"
    for word, crash, goal, most in product(("", "-nofetch"), ("", "-c1"), GOALS, (1, 2, 4))
]


TWO_VIEWS = [
    f"{protocol}-strict-n4-v2{crash}-{{}}{goal}{word}-lossy{most}"
    for protocol, words, numbers in (
        ("dbft2", WORDS, (1, 2, 4)),
        ("dbft1", ("", "-nofetch"), (3, 6)),
    )
    for word, crash, goal, most in product(words, ("", "-c1"), GOALS, numbers)
]


@pytest.mark.parametrize("name", [*NAMES[2::40], "dbft21-strict-n4-v1-{}steps_lock-lossy2"])
def test_a_sample_is_as_counted(name: str):
    """One of 40, and the six acts that lock dBFT 2.1 with two lost messages."""
    same(name, 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES + STAGED)
def test_every_option_and_objective_is_as_counted(name: str):
    """One view, with and without a crash."""
    same(name, 6)


def test_seven_acts_and_two_lost_messages_lock_two_views():
    """Of four nodes, in eight ticks too."""
    same("dbft2-strict-n4-v2-{}steps_lock-lossy2", 8)


@pytest.mark.slow
@pytest.mark.parametrize("name", TWO_VIEWS)
def test_two_views_are_as_counted(name: str):
    """Change views are lost one by one here; the counted table counts who asked in both views."""
    same(name, 10)


@pytest.mark.parametrize("protocol", ["dbft1", "dbft2"])
def test_three_views_in_ticks_are_refused(protocol: str):
    """They were not compared: no counted table has them."""
    with pytest.raises(InputError, match="views"):
        parse_instance(f"{protocol}-strict-n4-v3-t8-losses_lock-lossy2")
