"""Throughput and confirmation time: by hand where all delays are equal, and within bounds else."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.pov.pace import measure
from milpbft.pov.reference.rules import Rules

RULES = Rules(4, 3, rounds=5)


def test_equal_delays_are_counted_by_hand():
    """Five delays from proposal to a node's block, four to the butler's own, of 80 ms each.

    The next butler proposes when the block comes, or at once where it made the block itself, so
    blocks are four or five delays apart.
    """
    found = measure(RULES, [0.08], cycle=2)
    assert found.blocks == 5
    assert found.late == 0
    assert found.slowest == pytest.approx(0.4)
    assert 0.32 < found.confirmation < 0.4
    assert 0.32 <= found.interval <= 0.4 + 1e-9
    assert found.throughput(1000) == pytest.approx(1000 / found.interval)


def test_mixed_delays_stay_between_the_extremes():
    """With delays from 20 to 100 ms confirmation is between five of the one and of the other."""
    found = measure(RULES, [0.02, 0.05, 0.1], cycle=2, seed=3)
    assert 0.08 <= found.confirmation <= found.slowest <= 0.5 + 1e-6


def test_a_cycle_without_room_makes_no_block():
    with pytest.raises(InputError, match="no block came in time"):
        measure(RULES, [0.5], cycle=1)


@pytest.mark.parametrize("delays", [[], [0.1, 0.0], [-1.0]])
def test_delays_are_positive(delays: list[float]):
    with pytest.raises(InputError, match="delays"):
        measure(RULES, delays, cycle=2)
