"""Other runs of a proven value: whichever a solver finds, replicas do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.solve import replay_schedule
from solvers import Limits
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from collections.abc import Collection

VALUES = {
    "sbft-n5-v2-b2-e2-forks": 2,
    "dbft21-strict-n5-v2-b1-e2-forks": 2,
    "dbft21-strict-n4-v2-b1-e2-undecided": 3,
}
"""Runs of these were refuted: ties of shares, and what is known of a dBFT 2.1 proposal."""
REFUTED = {
    "dbft21-strict-n4-v2-b1-c1-undecided": (3, 7),
    "dbft21-strict-n7-v2-b3-e2-forks": (2, 2),
    "linear-n7-v2-b3-faults_lock-gossip": (3, 2),
}
"""Value and number of a run that was refuted: with a liar's help one node asks in a later view; a
node in cv3 knows its request; what liars ask for is everybody's with gossip."""
MORE = {
    "sbft-n7-f1-v2-b2-e2-forks": 2,
    "dbft21-strict-n7-v2-b2-e2-undecided": 5,
    "dbft21-strict-n5-v2-b2-e2-undecided": 3,
}


def runs_are_replayed(name: str, value: int, runs: Collection[int]) -> None:
    """Replay some of the runs of a value that are tried, by their numbers."""
    instance = parse_instance(name)
    model = room_of(instance.protocol).model(instance)
    for number, problem in zip(range(max(runs) + 1), model.others(value), strict=False):
        if number not in runs:
            continue
        solution = solve_problem(problem, "cpsat", Limits(seconds=60))
        assert solution.values is not None
        verdict = replay_schedule(model.schedule(solution.values, f"run {number}"))
        assert verdict, (number, verdict.reason)


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_the_first_runs_of_a_value_are_runs_of_replicas(name: str, value: int):
    """The shortest, and one of random weights."""
    runs_are_replayed(name, value, range(2))


@pytest.mark.parametrize(("name", "value", "run"), [(n, *r) for n, r in REFUTED.items()])
def test_runs_that_were_refuted_are_runs_of_replicas(name: str, value: int, run: int):
    """The one that replicas did not do, or the one that is found now instead."""
    runs_are_replayed(name, value, [run])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"), [*VALUES.items(), *MORE.items(), *((n, v) for n, (v, _) in REFUTED.items())]
)
def test_every_run_of_a_value_is_one_of_replicas(name: str, value: int):
    """All that are tried before a value is called a limit."""
    runs_are_replayed(name, value, range(12))
