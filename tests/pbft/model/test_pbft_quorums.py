"""Sizes and quorums of one's own in the PBFT family: forks where quorums do not share a node."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from tests.covering import covering
from tests.pbft import asking

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
FAULTS = ("", "-c1", "-b1", "-c1-b1", "-b2")
GOALS = ("undecided", "steps_lock", "e2-steps_fork", "e2-forks")
QUORUMS = ("", "-quorum-2f+1", "-quorum-n", "-quorum-2", "-quorum-n-1")
CHANGES = ("", "-viewquorum-1", "-viewquorum-2", "-viewquorum-f+2", "-viewquorum-n")
QUICK = [
    "pbft-n5-v1-b1-e2-steps_fork-quorum-2f+1",
    "linear-n5-v1-b1-e2-steps_fork-quorum-2f+1",
    "sbft-n5-v1-b1-e2-forks-quorum-n-f",
]
SLOW = [
    "pbft-n4-v2-steps_lock-viewquorum-n",
    "pbft-n4-v2-c1-undecided-nofetch-viewquorum-1",
    "pbft-n5-v1-b1-undecided-nofetch-quorum-2f+1",
]


def named(protocol: str, n: int, views: int, *words: str) -> str:
    """Name an instance of the grid."""
    return f"{protocol}-n{n}-v{views}{''.join(words)}"


GRID = covering(
    (
        *(PROTOCOLS, (4, 5), (1, 2), FAULTS, [f"-{goal}" for goal in GOALS]),
        *(("", "-nofetch", "-asked"), QUORUMS, CHANGES),
    ),
    named,
)
"""Every two option values occur together."""


def agrees(name: str, limit: int = 20_000) -> str:
    """Hold an instance against the enumeration of the replicas; return whether that has an end."""
    return "agrees" if asking.agrees(name, limit)[1] else "open"


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("protocol", ["pbft", "linear", "sbft"])
def test_quorums_of_2f_plus_1_fork_where_n_is_not_3f_plus_1(protocol: str, n: int):
    """With f Byzantine nodes: at n = 5, 6, 8 and 9, not at 4 and 7; nowhere with n - f."""
    name = f"{protocol}-n{n}-v1-b{(n - 1) // 3}-e2-forks"
    for quorum, forks in (("2f+1", 1 if n in (4, 7) else 2), ("n-f", 1)):
        result = solve(parse_instance(name, quorum=quorum))
        assert (result.solution.status, result.solution.objective) == ("optimal", forks)
        assert all(result.checks), [check.reason for check in result.checks]


def test_a_new_view_accepted_from_anybody_forks_in_ten_acts():
    """At n = 4: five for a decision in view 0, five in the view that a Byzantine primary opens."""
    name = "pbft-n4-v2-b1-e2-steps_fork"
    for quorum, acts in (("1", 10), ("2f+1", None), ("n-f", None)):
        result = solve(parse_instance(name, view_quorum=quorum))
        assert result.solution.objective == acts
        assert all(result.checks), [check.reason for check in result.checks]


@pytest.mark.parametrize("name", QUICK)
def test_quorums_are_as_enumerated(name: str):
    """A sample of the grid, against the enumeration of the replicas."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SLOW, *GRID])
def test_the_grid_of_quorums_is_as_enumerated(name: str):
    """Every two option values together: proven, replayed, and as enumerated."""
    agrees(name)


def test_per_node_quorums_share_a_correct_node():
    """Per node and tick one value competes, which is right only where no decision is missed."""
    name = "pbft-n4-v2-b1-t5-undecided-viewquorum-1"
    with pytest.raises(InputError, match="view_quorum"):
        solve(parse_instance(name))


@pytest.mark.parametrize(
    ("counted", "ticks"),
    [
        ("linear-n5-v1-c1-undecided", "linear-n5-v1-c1-t6-undecided"),
        pytest.param(
            *("pbft-n5-v2-c1-steps_lock", "pbft-n5-v2-c1-t8-steps_lock"), marks=pytest.mark.slow
        ),
    ],
)
@pytest.mark.parametrize("quorum", ["2f+1", "n"])
def test_encodings_agree_on_own_quorums(counted: str, ticks: str, quorum: str):
    """With as many ticks as it takes, per node and counted."""
    values = [solve(parse_instance(name, quorum=quorum)) for name in (counted, ticks)]
    assert values[0].solution.objective == values[1].solution.objective
    assert all(all(result.checks) for result in values)
