"""Every option of the family with every objective, at n = 4 and 7, against enumeration."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from tests.covering import covering
from tests.pbft import asking
from tests.proven import proven

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
FAULTS = ("", "-c1", "-b1", "-c1-b1", "-c2", "-b1-e2", "-b2-e2")
GOALS = ("undecided", "forks", "steps_lock", "steps_fork", "faults_lock", "faults_fork",
         "losses_lock")  # fmt: skip
READINGS = [
    "-".join(filter(None, words))
    for words in product(("", "asked"), ("", "later"), ("", "stepwise"))
]
WORDS = ["-".join(filter(None, words)) for words in product(["nofetch", ""], READINGS)]
WORDS += ["status", "gossip", "nofetch-status", "gossip-nofetch"]
WORDS += ["calm", "calm-nofetch", "calm-fastpath", "blind", "blind-nofetch", "lossy2", "lossy4"]


def named(protocol: str, n: int, views: int, faults: str, *words: str) -> str:
    """Name an instance of the grid."""
    return "-".join((f"{protocol}-n{n}-v{views}{faults}", *filter(None, words)))


OPTIONS = (PROTOCOLS, (4,), (1, 2), FAULTS, GOALS, WORDS)
GRID = covering(OPTIONS, named)
"""At n = 4 every two option values occur together: each word with every objective."""
SEVEN = covering((PROTOCOLS, (7,), *OPTIONS[2:]), named)
"""So they do at n = 7."""
ENUMERATED = ("undecided", "forks", "steps_lock", "steps_fork", "losses_lock")
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


@pytest.mark.parametrize(("name", "value"), [*NOT_FETCHED.items(), *ASKED.items()])
def test_what_decided_nodes_do_and_who_follows_matters(name: str, value: int | None):
    """Without block fetch, and where new views are not followed freely."""
    assert proven(name) == value


QUICK = [name for name in GRID if "-v1" in name and "lock" not in name][::15]


@pytest.mark.parametrize("name", QUICK)
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
    """At n = 7, where enumeration seldom ends: proven and replayed."""
    proven(name)


def agrees(name: str, limit: int = 30_000) -> str:
    """Hold a value against the enumeration; return how far that saw."""
    if "-calm" in name:
        proven(name)
        return "not enumerated"
    return "agrees" if asking.agrees(name, limit)[1] else "open"


@pytest.mark.parametrize("name", ["pbft-n4-v2-c1-p1", "sbftfast-n4-v1-c2-p3", "linear-n4-v2-t6-p5"])
def test_weighted_runs_are_refused(name: str):
    """The tables leave out what nodes do after their decision, which views and messages count."""
    with pytest.raises(InputError, match="objective"):
        parse_instance(name)
