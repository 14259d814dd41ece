"""Every option of strict dBFT 2.0 with every objective, against the enumeration of its replicas.

The enumeration knows dBFT 2.0 without the return rule that counts lost nodes, and dBFT 1.0
(`test_dbft1_enumerated.py`); dBFT 2.1 and that rule are held against replay alone.
"""

from __future__ import annotations

from functools import partial

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.instance import DbftInstance
from milpbft.question.files import parse_instance
from milpbft.question.objective import Goal
from tests.covering import covering
from tests.proven import as_enumerated, proven

FAULTS = ("", "-c1", "-b1", "-b1-e2", "-c1-b1", "-c2")
GOALS = ("forks", "undecided", "steps_lock", "steps_fork", "faults_lock", "faults_fork",
         "p1", "p3", "p6")  # fmt: skip
WORDS = ("", "never", "own-view", "agreement", "nofetch", "never-nofetch", "own-view-agreement")
OTHERS = {
    "dbft1": ("", "agreement", "nofetch", "agreement-nofetch"),
    "dbft2": ("committed-or-lost", "committed-or-lost-nofetch", "agreement-committed-or-lost"),
    "dbft21": ("", "nofetch", "pool", "nofetch-pool"),
}
LIMIT = 30_000


def named(protocol: str, n: int, views: int, faults: str, *words: str) -> str:
    """Name an instance of the grid."""
    return "-".join((f"{protocol}-strict-n{n}-v{views}{faults}", *filter(None, words)))


def grid(protocol: str, words: tuple[str, ...], n: int) -> list[str]:
    """Return instances in which every two option values occur: each word with every objective."""
    return covering(((protocol,), (n,), (1, 2), FAULTS, GOALS, words), named)


ENUMERATED = [name for n in (4, 7) for name in grid("dbft2", WORDS, n)]
REPLAYED = [name for n in (4, 7) for key, words in OTHERS.items() for name in grid(key, words, n)]
QUICK = [name for name in ENUMERATED if "-n4-v1" in name and "-b1" not in name][::4]


def enumerated(instance: DbftInstance, crashes: int, byzantine: int) -> tuple[int | None, bool]:
    """Return the value of all executions of the replicas, and whether not all were seen."""
    seen = explore(
        rules_of(instance),
        views=instance.views,
        crashes=crashes,
        byzantine=byzantine,
        fetch=instance.fetch,
        limit=LIMIT,
    )
    goal = instance.objective.name
    if goal == "forks":
        blocks = ({block[1:] for block in one} for one in seen.decisions)
        return max(map(len, blocks)), seen.capped
    if goal == "undecided":
        return max(0, seen.undecided), seen.capped
    witness = seen.lock if goal.endswith("lock") else seen.fork
    return (None if witness is None else len(witness.acts)), seen.capped


def agrees(name: str) -> str:
    """Hold a value against the enumeration, as far as that sees everything; return how far."""
    instance, value = parse_instance(name), proven(name)
    assert isinstance(instance, DbftInstance)
    if not isinstance(instance.objective, Goal):
        return "not enumerated"
    most = instance.crashes, instance.byzantine
    ended = as_enumerated(instance, value, most, partial(enumerated, instance))
    return "agrees" if ended else "open"


@pytest.mark.parametrize("name", QUICK)
def test_one_view_is_as_enumerated(name: str):
    """A sample of the grid at n = 4 in one view."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENUMERATED)
def test_every_option_with_every_objective(name: str):
    """The whole grid at n = 4 and 7: proven, replayed, and as enumerated where that has an end."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", REPLAYED)
def test_every_option_of_the_others_is_replayed(name: str):
    """DBFT 1.0, dBFT 2.1 and the rule that counts lost nodes: proven and replayed."""
    proven(name)
