"""Options of the family that no shipped file uses, with every objective, at n = 4 and 7."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from tests.covering import covering

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
FAULTS = ("", "-c1", "-b1", "-c1-b1", "-c2")
GOALS = ("undecided", "steps_lock", "faults_lock", "steps_fork")
READINGS = [
    "-".join(filter(None, words))
    for words in product(("", "asked"), ("", "later"), ("", "stepwise"))
]
WORDS = ["-".join(filter(None, words)) for words in product(["nofetch", ""], READINGS)]
WORDS += ["status", "gossip", "nofetch-status", "gossip-nofetch"]


def named(protocol: str, n: int, views: int, faults: str, *words: str) -> str:
    """Name an instance of the grid."""
    return "-".join((f"{protocol}-n{n}-v{views}{faults}", *filter(None, words)))


OPTIONS = (PROTOCOLS, (4,), (1, 2), FAULTS, GOALS, WORDS)
GRID = [named(*values) for values in product(*OPTIONS)]
SEVEN = covering((PROTOCOLS, (7,), *OPTIONS[2:]), named)
"""At n = 7 every two option values occur together."""
# What was wrong once, and what is true.
NOT_FETCHED = {
    "linear-n4-v2-undecided-nofetch": 0,
    "linear-n4-v2-b1-faults_lock-nofetch": 1,
    "sbftfast-n4-v1-c1-undecided-nofetch": 1,
    "sbft-n4-v1-c1-steps_lock-nofetch": 8,
    "pbft-n4-v2-c1-undecided-nofetch-asked": 2,
    "linear-n4-v2-c1-undecided-nofetch-later-stepwise": 2,
    "pbft-n4-v2-c1-undecided-gossip-nofetch": 2,
}
# Who follows a new view only after asking for it is not locked by one Byzantine primary.
ASKED = {
    "pbft-n4-v2-b1-steps_lock-asked": None,
    "pbft-n4-v2-b1-e2-undecided-asked": 0,
    "linear-n4-v2-c2-b1-faults_lock-asked": 2,
    "pbft-n31-v2-c11-b1-faults_lock-asked": 11,
    "sbft-n4-v2-b1-undecided-asked": 0,
}


def found(name: str) -> int | None:
    """The proven optimum of an instance, replayed; None where there is no such run."""
    result = solve(parse_instance(name))
    assert result.solution.status in ("optimal", "infeasible"), result.solution
    assert all(result.checks), [check.reason for check in result.checks]
    return result.solution.objective


@pytest.mark.parametrize(("name", "value"), [*NOT_FETCHED.items(), *ASKED.items()])
def test_what_decided_nodes_do_and_who_follows_matters(name: str, value: int | None):
    """Without block fetch, and where new views are not followed freely."""
    assert found(name) == value


@pytest.mark.parametrize("name", [n for n in GRID if "-v1-" in n and "lock" not in n][::60])
def test_one_view_is_as_enumerated(name: str):
    """A sample of the grid in one view, against the enumeration of the replicas."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_every_option_with_every_objective(name: str):
    """The whole grid: proven, replayed, and as enumerated where that has an end."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SEVEN)
def test_options_of_seven_nodes_are_replayed(name: str):
    """A sample at n = 7, where enumeration has no end: proven and replayed."""
    found(name)


def agrees(name: str, limit: int = 30_000) -> None:
    """Two views have half a million states: what ends there by then are fewest acts."""
    value = found(name)
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    if "faults" not in name and (instance.views == 1 or (value and "steps" in name)):
        answer = ask(instance, limit)
        if not answer.enumeration.capped:
            assert answer.value == value
