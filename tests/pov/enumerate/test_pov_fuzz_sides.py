"""Rounds with three sides or a two-faced time server, drawn: optima are those of exhaustion."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.agreeing import hold
from tests.pov.drawing import drawn_of, habits, network
from tests.pov.exhausted import wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.pov.instance import RoundInstance

AIMS = ["cycles", "last", "blocks", "blocks", "faults_fork", "faults_stop"]
"""What is asked for."""


def sided(seed: int) -> RoundInstance:
    """Draw a round of three commissioners or four, on three sides."""
    random = Random(f"sides {seed}")

    def fields() -> dict[str, object]:
        sides = random.choice(["1x1x1", "1x1x1", "2x1x1", "1x1x2"])
        horizon, isolated = random.randint(3, 7), random.random() < 0.25
        cut = random.choice([None, 0, random.randint(0, horizon)])
        healed = cut is not None and random.random() < 0.5
        liar = not isolated and random.random() < 0.3
        return {
            "protocol": "povround",
            "commissioners": sum(map(int, sides.split("x"))),
            "butlers": 2,
            "cycle": random.randint(2, 6),
            "horizon": horizon,
            "sides": sides,
            "cut": cut,
            "heal": cut + random.randint(1, 4) if cut is not None and healed else None,
            "isolated": isolated,
            "posted": random.choice([0, 0, 1, 2]),
            "byzantine_commissioners": int(liar and random.random() < 0.5),
            "byzantine_butlers": int(liar and random.random() < 0.7),
            "delta": random.choice([0, 1, 1, 2]),
            "lock": random.random() < 0.3,
            "objective": random.choice(AIMS),
        }

    return drawn_of(fields)


def twofaced(seed: int) -> RoundInstance:
    """Draw a small round whose time server gives a header several times, and its butlers lie."""
    random = Random(f"faces {seed}")

    def fields() -> dict[str, object]:
        habit = habits(random, 0.3)
        return {
            "protocol": "povround",
            "commissioners": random.choice([1, 1, 2]),
            "butlers": 2,
            "cycle": random.randint(2, 6),
            "horizon": random.randint(4, 7),
            "byzantine_butlers": random.choice([1, 1, 2]),
            "byzantine_commissioners": random.choice([0, 0, 0, 1]),
            "stamps": random.choice([2, 2, 3]),
            **network(random, random.choice([1, 1, 2])),
            "off": random.choice([1, 1, 2]),
            "twofaced": True,
            **habit,
            "forwarding": False,
            "objective": random.choice(AIMS),
        }

    return drawn_of(fields)


@pytest.mark.parametrize(("draw", "seed"), [(sided, 0), (sided, 2), (twofaced, 0), (twofaced, 2)])
def test_a_few_optima_are_those_of_exhaustion(draw: Callable[[int], RoundInstance], seed: int):
    """Who is on which side, what crosses when, and every time that a header is given."""
    assert wrong(draw(seed)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("draw", [sided, twofaced])
@pytest.mark.parametrize("block", range(25))
def test_hundreds_of_optima_are_those_of_exhaustion(
    block: int, draw: Callable[[int], RoundInstance]
):
    """The same for 500 instances of each, those that are too large not counted."""
    hold(lambda seed: wrong(draw(seed)), 1000 * block, 20)
