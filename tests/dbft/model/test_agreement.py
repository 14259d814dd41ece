"""The MILP and the enumeration of the replicas agree, though they share no code."""

from __future__ import annotations

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.returns import ReturnRule
from milpbft.question.files import parse_instance
from milpbft.solve import solve

LOCKS = [
    ("", ReturnRule.ANY_VIEW, 0, 0, 2),
    ("-agreement", ReturnRule.ANY_VIEW, 0, 0, 2),
    pytest.param("", ReturnRule.ANY_VIEW, 1, 0, 2, marks=pytest.mark.slow),
    ("-own-view", ReturnRule.OWN_VIEW, 0, 0, 2),
    pytest.param("-never", ReturnRule.NEVER, 0, 0, 2, marks=pytest.mark.slow),
    ("", ReturnRule.ANY_VIEW, 0, 1, 1),
    ("", ReturnRule.ANY_VIEW, 1, 0, 1),
]


@pytest.mark.parametrize(("suffix", "returns", "crashes", "byzantine", "views"), LOCKS)
def test_locks_and_their_fewest_acts_agree(
    suffix: str, returns: ReturnRule, crashes: int, byzantine: int, views: int
):
    """At n = 4: whether there is a lock, and how few acts lead to the nearest one."""
    faults = (f"-c{crashes}" if crashes else "") + (f"-b{byzantine}" if byzantine else "")
    instance = parse_instance(f"dbft2-strict-n4-v{views}{faults}-steps_lock{suffix}")
    solution = solve(instance).solution
    rules = Rules.of(4, returns=returns, agreement="agreement" in suffix)
    found = explore(rules, views=views, crashes=crashes, byzantine=byzantine)
    assert not found.capped
    if found.lock is None:
        assert solution.status == "infeasible"
    else:
        assert solution.status == "optimal"
        assert solution.objective == found.lock.steps


@pytest.mark.parametrize("byzantine", [1, 2])
def test_forks_agree(byzantine: int):
    """At n = 4, one Byzantine node forks nothing and two do, in as many acts."""
    found = explore(Rules.of(4, agreement=False), views=1, byzantine=byzantine)
    instance = parse_instance(f"dbft2-strict-n4-v1-b{byzantine}-e2-steps_fork")
    solution = solve(instance).solution
    assert (solution.status == "infeasible") == (found.fork is None)
    if found.fork is not None:
        assert solution.objective == found.fork.steps


@pytest.mark.parametrize(
    ("suffix", "returns"),
    [
        ("-never", ReturnRule.NEVER),
        pytest.param("-own-view", ReturnRule.OWN_VIEW, marks=pytest.mark.slow),
    ],
)
def test_most_undecided_agree(suffix: str, returns: ReturnRule):
    """At n = 4 without faults, all four correct nodes stay undecided in both."""
    found = explore(Rules.of(4, returns=returns, agreement=False), views=2)
    instance = parse_instance(f"dbft2-strict-n4-v2-undecided{suffix}")
    assert found.undecided == solve(instance).solution.objective == 4
