"""Every option of strict dBFT 2.0 with every objective, against the enumeration of its replicas.

The enumeration knows dBFT 2.0 without the return rule that counts lost nodes, and dBFT 1.0
(`test_dbft1_enumerated.py`); dBFT 2.1 and that rule are held against replay alone.
"""

from __future__ import annotations

import pytest

from milpbft.question.files import parse_instance
from milpbft.question.objective import Goal
from tests.covering import covering
from tests.dbft import asking
from tests.proven import proven

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


def agrees(name: str) -> str:
    """Hold a value against the enumeration, as far as that sees everything; return how far."""
    if not isinstance(parse_instance(name).objective, Goal):
        proven(name)
        return "not enumerated"
    _, ended = asking.agrees(name, LIMIT)
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
