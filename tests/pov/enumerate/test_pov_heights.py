"""Several heights: every optimum is that of exhaustion on nodes, tick by tick."""

from __future__ import annotations

import pytest

from milpbft.pov.enumerate.heights import Width
from milpbft.pov.enumerate.tallest import TooNarrow, best
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


def test_two_heights_with_a_lock_are_those_of_exhaustion():
    """A commissioner who holds back its signature, and locks that bind for a height each."""
    assert not differs("povchain-nc2-nb2-h2-bc1-halt-lock", NARROW)


def test_a_search_that_shows_proposals_too_late_reaches_less():
    """Shown as cycles begin and end alone, one is signed in time only if it was there before.

    So the Byzantine butler makes one block, and not both: the first search of two heights with a
    lock was as narrow as that. A search says so itself, for it makes no block that is not adopted.
    """
    instance = parse_instance("povchain-nc1-nb2-h2-bb1-halt-lock")
    assert isinstance(instance, ChainInstance)
    with pytest.raises(TooNarrow):
        best(instance, Width(cycles=3, moments=(0, -2)))
    assert solve(parse_instance("povchain-nc1-nb2-h2-bb1-duties-lock")).solution.objective == 2


EARLY = (0, 2, 4, -2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("nc1-nb2-h1-bb1-halt", ALWAYS),
        ("nc1-nb2-h1-bb1-halt-fetch", ALWAYS),
        ("nc1-nb2-h1-bb1-halt-lock", Width(cycles=2, moments=EARLY)),
        ("nc1-nb2-h1-bb1-halt-fetch-lock", Width(cycles=2, moments=EARLY)),
        ("nc2-nb2-h1-bb1-halt-fetch", Width(cycles=2, moments=EARLY)),
        ("nc2-nb2-h1-bc1-halt", NARROW),
        ("nc1-nb2-h2-bb1-halt", TWICE),
        ("nc1-nb2-h2-bb1-halt-fetch", TWICE),
        ("nc1-nb2-h2-bb1-halt-lock", TWICE),
        ("nc1-nb2-h2-bb1-halt-fetch-lock", TWICE),
        ("nc2-nb2-h2-bc1-halt-fetch-lock", NARROW),
    ],
)
def test_small_chains_are_those_of_exhaustion(name: str, width: Width):
    """Every objective, for every R that can be drawn."""
    assert not differs(f"povchain-{name}", width)
