"""Messages of dBFT 1.0 that are lost for good: tables, replicas, enumeration."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile
from tests.dbft.asking import agrees
from tests.proven import proven, same

WORDS = ("", "-agreement", "-nofetch")
GOALS = ("steps_lock", "losses_lock", "undecided", "faults_lock", "forks", "steps_fork")
ONE, TWO = (
    [
        f"dbft1-strict-n4-v{views}{crash}-{goal}{word}-lossy{most}"
        for crash, word, most, goal in product(faults, WORDS, numbers, GOALS)
    ]
    for views, faults, numbers in (
        (1, ("", "-c1", "-c2"), (2, 3, 8)),
        (2, ("", "-c1"), (1, 2, 4, 6)),
    )
)
IN_TICKS = [
    f"dbft1-strict-n4-v1{crash}-{{}}{goal}{word}-lossy{most}"
    for word, crash, goal, most in product(WORDS, ("", "-c1"), GOALS[:4], (2, 3, 8))
]
LIMIT = 100_000


@pytest.mark.parametrize("name", ONE[4::25])
def test_a_sample_is_as_enumerated(name: str):
    """One of 25 of the instances of one view, all of whose runs are seen."""
    assert agrees(name, LIMIT, "cpsat")[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE + TWO)
def test_every_option_and_objective_is_as_enumerated(name: str):
    """One view and two, with crashes."""
    assert agrees(name, LIMIT, "cpsat")[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # All four ask, and each misses two of three others.
        ("dbft1-strict-n4-v1-losses_lock-lossy8", 8),
        ("dbft1-strict-n4-v1-losses_lock-lossy7", None),
        # Two are in each view; those in view 0 miss two change views each.
        ("dbft1-strict-n4-v2-losses_lock-lossy6", 4),
        ("dbft1-strict-n4-v2-c1-losses_lock-lossy6", 2),
        ("dbft1-strict-n4-v2-steps_lock-lossy6", 5),
        ("dbft1-strict-n4-v2-steps_lock-lossy4", 7),
    ],
)
def test_four_nodes_by_hand(name: str, value: int | None):
    """Who asked for a view change takes no part in its view: it waits for change views alone."""
    assert proven(name, "cpsat") == value


@pytest.mark.parametrize(("n", "value"), [(5, 4), (6, 4), (7, 9), (8, 9), (13, 25)])
def test_larger_networks_lose_a_square(n: int, value: int):
    """M - 1 nodes are in view 1, one too few for view 2; f + 1 in view 0 miss f + 1 each."""
    assert proven(f"dbft1-strict-n{n}-v2-losses_lock-lossy30", "cpsat") == value


@pytest.mark.parametrize("name", IN_TICKS[5::36])
def test_a_sample_in_ticks_is_as_counted(name: str):
    """One of 36."""
    same(name, 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_TICKS)
def test_every_option_and_objective_in_ticks_is_as_counted(name: str):
    """One view, with and without a crash."""
    same(name, 6)


def test_the_table_of_the_page_is_that_of_the_files():
    """Every row of the table in the docs is the proven value of an instance file."""
    root = Path(__file__).parents[3]
    text = (root / "docs" / "losses.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+, `(dbft1-strict-\S+)` \| (\d+) \|$", text, re.M)
    assert len(rows) == 8
    for name, value in rows:
        expected = InstanceFile.read(root / "instances/strict/dbft1" / f"{name}.toml").expected
        assert expected is not None
        assert (expected.status, expected.objective) == ("optimal", int(value)), name
