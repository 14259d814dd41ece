"""Several heights: every optimum is that of exhaustion on nodes, tick by tick."""

from __future__ import annotations

import pytest

from milpbft.pov.enumerate.heights import Width, best
from milpbft.pov.heights import ChainInstance
from milpbft.question.files import parse_instance
from milpbft.solve import solve

NARROW = Width(cycles=2, moments=(0, 3, -2))
"""Who is shown what is chosen as a cycle begins, before a block is published, and at its end."""
TWICE = Width(cycles=3, moments=(0, 3, -2))
"""The same, for a cycle more: each butler is on duty at both heights."""
ALWAYS = Width(cycles=2)
"""The same at every tick."""


def differs(name: str, width: Width) -> dict[str, tuple[int | None, int | None]]:
    """Return the objectives whose optimum is another than that of exhaustion, with both."""
    instance = parse_instance(name)
    assert isinstance(instance, ChainInstance)
    found = {}
    for objective, wanted in best(instance, width).items():
        told = ChainInstance.make(instance.model_dump() | {"objective": objective})
        result = solve(told)
        assert result.solution.status in {"optimal", "infeasible"}
        assert all(result.checks)
        if result.solution.objective != wanted:
            found[objective] = result.solution.objective, wanted
    return found


@pytest.mark.parametrize("words", ["", "-lock"])
def test_one_height_is_that_of_exhaustion(words: str):
    """A commissioner and an honest butler, shown any of the blocks of a Byzantine one."""
    assert not differs(f"povchain-nc1-nb2-h1-bb1-halt{words}", NARROW)


@pytest.mark.slow
@pytest.mark.parametrize("words", ["", "-fetch", "-lock", "-fetch-lock"])
@pytest.mark.parametrize(
    ("sizes", "width"),
    [
        ("nc1-nb2-h1-bb1", ALWAYS),
        ("nc1-nb2-h2-bb1", TWICE),
        ("nc2-nb2-h1-bb1", Width(cycles=2, stamps=3, moments=(0, 3, -2))),
        ("nc2-nb2-h1-bc1", NARROW),
    ],
)
def test_small_chains_are_those_of_exhaustion(sizes: str, width: Width, words: str):
    """Every objective, with every repair, for every R that can be drawn."""
    assert not differs(f"povchain-{sizes}-halt{words}", width)
