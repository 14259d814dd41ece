"""Every option of strict dBFT 2.0 with every objective, against the enumeration of its replicas.

The enumeration knows dBFT 2.0 without the return rule that counts lost nodes; dBFT 1.0 and 2.1 and
that rule are held against replay alone.
"""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.instance import DbftInstance
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.solve import solve

WORDS = ("", "never", "own-view", "agreement", "nofetch", "never-nofetch", "own-view-agreement")
GOALS = ("forks", "undecided", "steps_lock", "steps_fork", "faults_lock", "faults_fork")
LIMIT = 30_000


def grid(protocol: str, words: tuple[str, ...], sizes: tuple[int, ...] = (4, 7)) -> list[str]:
    """Return the names of the instances of a grid that there are."""
    found = []
    faults = ("", "-c1", "-b1-e2", "-c1-b1", "-c2")
    for n, views, faulty, goal, word in product(sizes, (1, 2), faults, GOALS, words):
        name = f"{protocol}-strict-n{n}-v{views}{faulty}-{goal}{'-' * bool(word)}{word}"
        try:
            parse_instance(name)
        except InputError:
            continue
        found.append(name)
    return found


ENUMERATED = grid("dbft2", WORDS)
REPLAYED = (
    grid("dbft1", ("", "agreement", "nofetch"), (4,))
    + grid("dbft2", ("committed-or-lost", "committed-or-lost-nofetch"), (4,))
    + grid("dbft21", ("", "nofetch"), (4,))
)
QUICK = [name for name in ENUMERATED if "-n4-v1" in name and "-b1" not in name][::9]


def found(name: str) -> tuple[DbftInstance, int | None]:
    """Return an instance and its proven optimum, its run replayed; None where there is no run."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    result = solve(instance)
    assert result.solution.status in ("optimal", "infeasible"), result.solution
    assert all(result.checks), [check.reason for check in result.checks]
    return instance, result.solution.objective


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


def agrees(name: str) -> None:
    """Hold a value against the enumeration, as far as that sees everything."""
    instance, value = found(name)
    if not instance.objective.name.startswith("faults"):
        other, capped = enumerated(instance, instance.crashes, instance.byzantine)
        assert capped or other == value
        return
    # The fewest faults: a number of them is enough, and one fewer is not, however it is made up.
    for crashes, byzantine in product(range(instance.crashes + 1), range(instance.byzantine + 1)):
        other, capped = enumerated(instance, crashes, byzantine)
        if value is None or crashes + byzantine < value:
            assert capped or other is None, (crashes, byzantine)
    if value is not None:
        pairs = [(c, value - c) for c in range(value + 1)]
        fits = [p for p in pairs if p[0] <= instance.crashes and p[1] <= instance.byzantine]
        runs = [enumerated(instance, *pair) for pair in fits]
        assert any(other is not None or capped for other, capped in runs)


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
    found(name)
