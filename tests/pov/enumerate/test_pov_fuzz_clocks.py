"""Rounds with other clocks, or another time server, drawn: every optimum is that of exhaustion."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from tests.agreeing import hold
from tests.pov.enumerate.test_pov_fuzz_rounds import drawn
from tests.pov.exhausted import wrong

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1000
"""Ticks that exhaustion may run, of all runs together."""


def small(
    word: str, seed: int, *left_out: str, draw: Callable[[Random], dict[str, int]]
) -> RoundInstance:
    """Draw a round of three commissioners at most and two butlers, with fields that `draw` adds."""
    random = Random(f"{word} {seed}")
    while True:
        base = drawn(random.randrange(10**6))
        said = base.model_dump(exclude={"encoding", "overlay", *left_out}) | {
            "objective": base.objective.name,
            "commissioners": random.choice([1, 1, 2, 2, 3]),
            "butlers": 2,
            **draw(random),
        }
        if not said.get("delta"):
            said.pop("late", None)
        try:
            return RoundInstance.make(said)
        except InputError:
            continue


def skewed(seed: int) -> RoundInstance:
    """Draw a small round, and let its clocks differ."""
    return small("skew", seed, "fetch", draw=lambda random: {
        "cycle": random.randint(2, 4),
        "horizon": random.randint(3, 6),
        "skew": random.choice([1, 1, 1, 2, 3]),
    })  # fmt: skip


def stamped(seed: int) -> RoundInstance:
    """Draw a small round, and let its time server be late, or its clock be off, or both."""
    return small("server", seed, "stamps", draw=lambda random: {
        "cycle": random.randint(2, 5),
        "horizon": random.randint(4, 9),
        "late": random.choice([0, 1, 2, 3]),
        "off": random.choice([0, 1, 2, 3]),
    })  # fmt: skip


def withheld(seed: int) -> RoundInstance:
    """Draw a small round whose time server answers when it likes; its clock may be off, too."""
    return small("withheld", seed, "stamps", "late", draw=lambda random: {
        "cycle": random.randint(2, 5),
        "horizon": random.randint(4, 9),
        "delta": random.choice([1, 1, 2]),
        "withholding": True,
        "off": random.choice([0, 0, 1, 2]),
    })  # fmt: skip


def agrees(instance: RoundInstance) -> str | None:
    """Return what is wrong with the optimum of an instance, None where it is too large."""
    return wrong(instance, most=MOST)


@pytest.mark.parametrize("seed", [0, 2, 4, 5])
def test_a_few_optima_are_those_of_exhaustion(seed: int):
    """All clocks, all networks, all Byzantine sets."""
    assert agrees(skewed(seed)) == ""


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_few_optima_with_other_time_servers_are_those_of_exhaustion(seed: int):
    """All that the time server may answer, and when."""
    assert agrees(stamped(seed)) == ""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_few_optima_with_a_faulty_time_server_are_those_of_exhaustion(seed: int):
    """Whom it answers, and when."""
    assert agrees(withheld(seed)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("draw", [skewed, stamped, withheld])
@pytest.mark.parametrize("block", range(25))
def test_hundreds_of_optima_are_those_of_exhaustion(
    block: int, draw: Callable[[int], RoundInstance]
):
    """The same for 500 instances of each, those that are too large not counted."""
    hold(lambda seed: agrees(draw(seed)), 1000 * block, 20)
