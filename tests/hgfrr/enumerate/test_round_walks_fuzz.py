"""Rounds of Proof of Vote over several contacts and by gossip: every optimum is exhaustion's."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.carried import paths_of
from milpbft.hgfrr.wiring import normal
from tests.agreeing import hold
from tests.pov.enumerate.test_pov_fuzz_rounds import drawn
from tests.pov.exhausted import wrong

if TYPE_CHECKING:
    from milpbft.pov.instance import RoundInstance


def carried(seed: int) -> RoundInstance:
    """Draw a round over an overlay, and give it one with several contacts, or a gossip."""
    random, number = Random(f"walks {seed}"), 1000 * seed
    while True:
        instance, number = drawn(number), number + 1
        n = instance.commissioners + instance.butlers + 1
        word = random.choice([
            f"r{random.choice([6, 7])}k{random.randint(2, 3)}s{random.randint(0, 9)}c2w2",
            f"r9k2s{random.randint(0, 9)}c3w{random.randint(1, 3)}",
            f"g{random.randint(1, max(1, min(3, n - 1)))}s{random.randint(0, 20)}",
        ])  # fmt: skip
        try:
            paths_of(n, word)
        except InputError:
            continue
        if instance.overlay:
            return instance.model_copy(update={"overlay": normal(word)})


def agrees(seed: int) -> str | None:
    """Return what is wrong with the optimum of a drawn instance, None where it is too large."""
    return wrong(carried(seed))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_few_optima_are_those_of_exhaustion(seed: int):
    """All Byzantine sets, delays, and everything that Byzantine nodes can send."""
    assert agrees(seed) in {"", None}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(25))
def test_hundreds_of_optima_are_those_of_exhaustion(block: int):
    """The same for 500 instances, those that are too large not counted."""
    hold(agrees, 100 + 1000 * block, 20)
