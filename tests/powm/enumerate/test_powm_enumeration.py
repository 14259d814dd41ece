"""Searches that share no code with the models find the same optima."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.powm.enumerate.answer import answer
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from solvers import Limits
from tests.powm.tables import FAMILIES, TABLES, draw

LIMITS = Limits(seconds=120)
SLOW = ("x70",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(n, v, marks=[pytest.mark.slow] if any(s in n for s in SLOW) else [], id=n)
        for n, v in TABLES.items()
    ],
)
def test_the_tables_come_out_of_a_search(name: str, value: int):
    """Every hand-solved instance has its value by exhaustive search."""
    assert answer(parse_instance(name)) == value


def agree(family: str, seed: int) -> None:
    """Compare a random instance with its search, and replay its run."""
    instance = draw(family, Random(seed))
    result = solve(instance, "cpsat", LIMITS)
    assert result.solution.status == "optimal", instance.name
    assert result.solution.objective == answer(instance), instance.name
    for check in result.checks:
        assert check, (instance.name, check)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(2))
def test_few_random_instances_agree(family: str, seed: int):
    """A few of those of the slow suite."""
    agree(family, seed)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("block", range(10))
def test_random_instances_agree(family: str, block: int):
    """250 instances of each family, with all options and objectives, in ten blocks."""
    for seed in range(100 + 25 * block, 125 + 25 * block):
        agree(family, seed)
