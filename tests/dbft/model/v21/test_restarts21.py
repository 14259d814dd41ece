"""Nodes of dBFT 2.1 that start again, and messages that are lost: tables, replicas, enumeration."""

from __future__ import annotations

from itertools import product

import pytest

from tests.dbft.asking import GOALS, agrees, allowed

AGAIN = ("amnesia1", "amnesia2", "reload1", "reload2", "lossy1", "lossy2", "lossy4")
LIMIT = 150_000


def grid(views: int) -> list[str]:
    """Return the names of the instances of four nodes that there are."""
    return allowed(
        f"dbft21-strict-n4-v{views}{crash}-{goal}{word}-{again}"
        for crash, goal, word, again in product(("", "-c1"), GOALS, ("", "-nofetch"), AGAIN)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # Four correct nodes lock with nine acts where nothing is lost.
        pytest.param("dbft21-strict-n4-v1-steps_lock-lossy1", 9, marks=pytest.mark.slow),
        ("dbft21-strict-n4-v1-steps_lock-lossy2", 6),
        ("dbft21-strict-n4-v1-faults_lock-reload1", 0),
        pytest.param("dbft21-strict-n4-v1-steps_lock-amnesia1", 9, marks=pytest.mark.slow),
        pytest.param("dbft21-strict-n4-v1-c1-steps_lock-amnesia1", 8, marks=pytest.mark.slow),
    ],
)
def test_one_view_is_as_enumerated(name: str, value: int):
    """Known values: two lost messages spare three acts, and a restart none."""
    assert agrees(name, LIMIT, "cpsat") == (value, True)


@pytest.mark.slow
@pytest.mark.parametrize("name", grid(1))
def test_every_option_and_objective_is_as_enumerated(name: str):
    """All of one view, as far as the enumeration sees everything."""
    agrees(name, LIMIT, "cpsat")


@pytest.mark.slow
@pytest.mark.parametrize("name", grid(2))
def test_reloads_in_two_views_are_as_enumerated(name: str):
    """All of two views, as far as the enumeration comes."""
    agrees(name, 20_000, "cpsat")
