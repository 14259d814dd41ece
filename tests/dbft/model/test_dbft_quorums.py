"""Sizes and quorums of one's own in dBFT, against replicas and their enumeration."""

from __future__ import annotations

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import table_of
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.solve import solve


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("protocol", ["dbft1", "dbft2", "dbft21"])
def test_quorums_of_2f_plus_1_fork_where_n_is_not_3f_plus_1(protocol: str, n: int):
    """With f Byzantine nodes: at n = 5, 6, 8 and 9, not at 4 and 7; nowhere with n - f."""
    name = f"{protocol}-strict-n{n}-v1-b{(n - 1) // 3}-e2-forks"
    for quorum, forks in (("2f+1", 1 if n in (4, 7) else 2), ("n-f", 1)):
        result = solve(parse_instance(name, quorum=quorum))
        assert (result.solution.status, result.solution.objective) == ("optimal", forks)
        assert all(result.checks), [check.reason for check in result.checks]


@pytest.mark.parametrize(
    "name",
    [
        "dbft2-strict-n5-v1-b1-e2-steps_fork-quorum-2f+1",
        "dbft2-strict-n5-v1-c1-steps_lock-quorum-n",
        "dbft2-strict-n4-v1-c1-undecided-nofetch-viewquorum-2",
        "dbft2-strict-n5-v1-b1-e2-undecided-own-view-quorum-2f+1",
        pytest.param("dbft2-strict-n5-v2-c1-undecided-quorum-2f+1", marks=pytest.mark.slow),
        pytest.param("dbft2-strict-n4-v2-c1-steps_lock-viewquorum-2", marks=pytest.mark.slow),
        pytest.param("dbft2-strict-n4-v2-steps_lock-quorum-n", marks=pytest.mark.slow),
        pytest.param("dbft2-strict-n5-v2-steps_fork-never-quorum-2f+1", marks=pytest.mark.slow),
    ],
)
def test_own_quorums_are_as_enumerated(name: str):
    """The optimum is that of all executions of the replicas, and its run is one of them."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    result = solve(instance)
    assert all(result.checks), [check.reason for check in result.checks]
    found = explore(
        rules_of(instance),
        views=instance.views,
        crashes=instance.crashes,
        byzantine=instance.byzantine,
        fetch=instance.fetch,
    )
    assert not found.capped
    acts = {"steps_fork": found.fork, "steps_lock": found.lock}
    if (goal := instance.objective.name) in acts:
        witness = acts[goal]
        assert result.solution.objective == (None if witness is None else len(witness.acts))
    else:
        assert result.solution.objective == max(0, found.undecided if found.locks else 0)


def test_two_proposals_are_told_apart_where_both_can_be_committed_to():
    """Where 2 M <= n + b, nodes may commit to either, and the table has both."""
    for quorum, told in (("2f+1", True), ("n-f", False)):
        instance = parse_instance("dbft2-strict-n5-v1-b1-e2-undecided", quorum=quorum)
        assert isinstance(instance, DbftInstance)
        assert ("com_0s" in table_of(instance).automaton.counters) == told


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft2-strict-n7-v1-forks-quorum-f+1", "quorum"),
        ("dbft21-strict-n4-v1-forks-viewquorum-2", "view_quorum"),
    ],
)
def test_quorums_that_the_tables_do_not_have_are_refused(name: str, field: str):
    """Quorums that are met by what lets a node return, and stages of different sizes."""
    with pytest.raises(InputError, match=f"^{field}"):
        parse_instance(name)
