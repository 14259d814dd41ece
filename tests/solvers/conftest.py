"""Problems small enough to solve by hand, one too hard for a second, and misbehaving backends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from solvers import registry
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.milp.problem import Problem


@pytest.fixture
def build() -> Callable[..., Problem]:
    """Build a problem from lists."""
    return problem


@pytest.fixture
def knapsack() -> Problem:
    """Weights 3, 4, 5 in a sack of 7, worth 4, 5, 7: the first two fit, worth 9."""
    return problem([[3, 4, 5]], [-1], [7], [1, 1, 1], [4, 5, 7])


@pytest.fixture
def split() -> Problem:
    """Market split: five shops, forty products, halve every shop's demand; minutes to prove."""
    rng = np.random.default_rng(1)
    demand = rng.integers(0, 100, (5, 40))
    slack = np.eye(5, dtype=np.int64)
    return problem(
        np.hstack([demand, slack, -slack]),
        [0] * 5,
        demand.sum(axis=1) // 2,
        [1] * 40 + [5000] * 10,
        [0] * 40 + [1] * 10,
        sense="min",
    )


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Name a function of ``misbehaving.py`` as a solver."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))

    def register(function: str) -> str:
        monkeypatch.setitem(registry.BACKENDS, function, f"misbehaving:{function}")
        return function

    return register
