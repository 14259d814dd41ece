"""DBFT 1.0 against the enumeration of its replicas: options, faults, objectives and restarts."""

from __future__ import annotations

from itertools import product

import pytest

from tests.dbft.asking import agrees, allowed

FAULTS = ("", "-c1", "-b1-e2", "-c2")
GOALS = ("forks", "undecided", "steps_lock", "steps_fork", "faults_lock", "faults_fork")
WORDS = ("", "-agreement", "-nofetch")
AGAIN = ("", "-amnesia1", "-amnesia2", "-reload1", "-reload2")
LIMIT = 20_000


def grid(views: int) -> list[str]:
    """Return the names of the instances with so many views that there are."""
    return allowed(
        "dbft1-strict-n4-v{}{}-{}{}{}".format(views, *parts)
        for parts in product(FAULTS, GOALS, WORDS, AGAIN)
    )


ONE, TWO = grid(1), grid(2)


@pytest.mark.parametrize("name", ONE[::25])
def test_one_view_is_as_enumerated(name: str):
    """A sample of four nodes in one view."""
    agrees(name, LIMIT, "cpsat")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_every_option_objective_and_restart_is_as_enumerated(name: str):
    """The whole grid of one and two views."""
    agrees(name, LIMIT, "cpsat")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # A primary that proposes two blocks, and one who prepared both.
        ("dbft1-strict-n4-v1-b1-e2-steps_fork-amnesia1", 7),
        ("dbft1-strict-n4-v1-b1-e2-steps_fork", None),
        ("dbft1-strict-n4-v1-faults_lock-reload2", None),
        ("dbft1-strict-n4-v1-c1-faults_lock-reload1", None),
    ],
)
def test_restarts_in_one_view(name: str, value: int | None):
    """Known values, enumerated too."""
    assert agrees(name, LIMIT, "cpsat")[0] == value
