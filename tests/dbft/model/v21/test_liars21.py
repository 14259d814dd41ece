"""Byzantine nodes of dBFT 2.1 beside lost messages or restarts: tables, replicas, enumeration."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.dbft.enumerate.staged.explore import explore_staged
from milpbft.dbft.enumerate.staged.search import Faults
from milpbft.dbft.reference.rules import Rules
from tests.dbft.asking import GOALS, agrees, allowed
from tests.proven import proven, refused

PREFIX = "dbft21-strict-"
RULES = Rules.of(4, agreement=False)
BESIDE = ("lossy1", "lossy2", "lossy4", "amnesia1", "amnesia2")
LIMIT = 400_000
GRID = allowed(
    f"{PREFIX}n4-v1{crash}-b1{values}-{goal}{word}-{beside}"
    for beside, crash, values, word, goal in product(
        BESIDE, ("", "-c1"), ("", "-e2"), ("", "-nofetch"), GOALS
    )
)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(byzantine=1), marks=pytest.mark.slow),
        Faults(byzantine=1, losses=2),
        pytest.param(Faults(byzantine=1, restarts=1), marks=pytest.mark.slow),
    ],
)
def test_three_acts_lock_and_neither_losses_nor_restarts_spare_one(faults: Faults):
    """The search of replicas sees all runs with fewer acts."""
    found = explore_staged(RULES, faults=faults, until="lock", limit=LIMIT)
    assert found.lock == 3
    word = f"-lossy{faults.losses}" if faults.losses else ""
    word += f"-amnesia{faults.restarts}" if faults.restarts else ""
    assert proven(f"{PREFIX}n4-v1-b1-steps_lock{word}", "cpsat") == 3


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("n4-v2-b1-steps_lock-lossy1", "byzantine"),
        ("n4-v2-b1-steps_lock-reload1", "byzantine"),
        ("n4-v2-b1-t9-ticks_fork-amnesia1", "byzantine"),
        ("n4-v1-b1-e2-steps_lock-lossy1", "values"),
        ("n4-v1-b1-p3-amnesia1", "objective"),
    ],
)
def test_what_was_not_compared_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(PREFIX + name) == field


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_every_option_and_objective_is_as_enumerated(name: str):
    """All of one view, as far as the enumeration sees everything."""
    agrees(name, LIMIT, "cpsat")
