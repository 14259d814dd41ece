"""Messages of dBFT 2.0 and 1.0 lost beside Byzantine nodes: tables, replicas, enumeration."""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.returns import ReturnRule
from milpbft.question.files import parse_instance
from tests.dbft.asking import agrees
from tests.dbft.model.locked_states import PLACES, fewest_acts, text
from tests.proven import proven, refused

GOALS = ("steps_lock", "losses_lock", "undecided", "faults_lock")
WORDS = {"dbft1": ("", "-agreement", "-nofetch"), "dbft2": ("", "-never", "-agreement", "-nofetch")}
ONE, TWO = (
    [
        f"{protocol}-strict-n4-v{views}{faults}-{goal}{word}-lossy{most}"
        for protocol, words in WORDS.items()
        for faults, word, most, goal in product(("-b1", "-b2", "-c1-b1"), words, (1, 2, 3), GOALS)
    ]
    for views in (1, 2)
)
LIMIT = 60_000


@pytest.mark.parametrize("name", ONE[5::29])
def test_a_sample_of_one_view_is_as_enumerated(name: str):
    """All runs are seen."""
    assert agrees(name, LIMIT, "cpsat")[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_every_option_and_objective_is_as_enumerated(name: str):
    """As far as the enumeration comes, which is all of one view."""
    ended = agrees(name, LIMIT, "cpsat")[1]
    assert ended or name in TWO


@pytest.mark.slow
@pytest.mark.parametrize(
    ("returns", "byzantine", "losses"),
    [
        *product((ReturnRule.NEVER,), (1, 2), (1, 2)),
        *product((ReturnRule.ANY_VIEW,), (1, 2), (1, 2)),
    ],
)
def test_locks_and_their_fewest_acts_agree(returns: ReturnRule, byzantine: int, losses: int):
    """Each state of the correct nodes is a lock of the replicas if and only if it is in the MILP.

    Of two views at n = 4, seen to the end, with lies by which nodes return.
    """
    found = fewest_acts(4, byzantine, returns, losses)
    assert found
    word = "" if returns is ReturnRule.ANY_VIEW else f"-{returns.value}"
    for places in combinations_with_replacement(PLACES, 4 - byzantine):
        state = text(places)
        name = f"dbft2-strict-n4-v2-b{byzantine}-steps_state{word}-lossy{losses}-{state}"
        assert proven(name, "cpsat") == found.get(state), state


SHORTEST = {
    "dbft2-strict-n4-v2-b1-steps_lock-lossy1": 5,
    "dbft2-strict-n4-v2-b1-steps_lock-lossy2": 4,
    "dbft2-strict-n4-v2-b1-steps_lock-lossy3": 3,
    "dbft2-strict-n5-v2-b1-steps_lock-lossy2": 7,
    "dbft2-strict-n5-v2-b1-steps_lock-lossy3": 5,
    "dbft2-strict-n7-v1-b1-steps_lock-lossy2": 10,
    "dbft2-strict-n7-v1-b2-steps_lock-lossy2": 8,
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), SHORTEST.items())
def test_the_shortest_locks_are_those_of_all_runs(name: str, value: int):
    """Of larger networks too, all runs with as many acts are seen."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    found = explore(
        rules_of(instance),
        views=instance.views,
        byzantine=instance.byzantine,
        losses=instance.losses,
        limit=LIMIT,
        until="lock",
    )
    assert found.lock is not None
    assert found.lock.steps == value == proven(name, "cpsat")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft21-strict-n4-v2-b1-steps_lock-lossy1", "byzantine"),
        ("dbft2-strict-n4-v1-b1-t6-steps_lock-lossy1", "byzantine"),
        ("dbft2-strict-n4-v2-b1-steps_lock-own-view-lossy1", "returns"),
        ("dbft2-strict-n4-v2-b1-e2-steps_lock-lossy1", "values"),
        ("dbft2-strict-n4-v2-b1-p3-lossy1", "objective"),
    ],
)
def test_what_was_not_compared_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(name) == field
