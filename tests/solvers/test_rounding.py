"""From a solver's floating-point numbers to integers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from solvers.judge import round_bound, round_point


@pytest.mark.parametrize(
    ("bound", "maximise", "expected"),
    [
        (9.999, True, 9),
        (9.001, False, 10),
        (9.0000001, True, 9),
        (8.9999999, True, 9),
        (9.0000001, False, 9),
        (-3.5, True, -4),
        (-3.5, False, -3),
        (1e8 - 0.05, True, 10**8),
        (math.inf, True, None),
        (-1e300, False, None),
        (math.nan, True, None),
        (None, True, None),
    ],
)
def test_bound(bound: float | None, maximise: bool, expected: int | None):
    """A bound goes down for a maximum and up for a minimum, but for a hair's breadth."""
    assert round_bound(bound, maximise) == expected


def test_point():
    """A point goes to the nearest integers; one that is no number has none."""
    rounded = round_point(np.array([0.9999999, -2.0000001, 5.0]))
    assert rounded is not None
    assert rounded.tolist() == [1, -2, 5]
    for bad in (np.nan, np.inf, 1e300):
        assert round_point(np.array([0.0, bad])) is None
