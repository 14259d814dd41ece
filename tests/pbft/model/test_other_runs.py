"""Other runs of a proven value: whichever a solver finds, replicas do it."""

from __future__ import annotations

from itertools import islice

import pytest

from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.solve import replay_schedule
from solvers import Limits
from solvers import solve as solve_problem

VALUES = {
    "sbft-n5-v2-b2-e2-forks": 2,
    "dbft21-strict-n5-v2-b1-e2-forks": 2,
    "dbft21-strict-n4-v2-b1-e2-undecided": 3,
}
"""Runs of these were refuted: ties of shares, and what is known of a dBFT 2.1 proposal."""
MORE = {
    "sbft-n7-f1-v2-b2-e2-forks": 2,
    "dbft21-strict-n7-v2-b2-e2-undecided": 5,
    "dbft21-strict-n5-v2-b2-e2-undecided": 3,
}


def runs_are_replayed(name: str, value: int, count: int) -> None:
    """Replay so many runs of a value, and find that there are any."""
    instance = parse_instance(name)
    model = room_of(instance.protocol).model(instance)
    others = list(islice(model.others(value), count))
    assert others
    for seed, problem in enumerate(others):
        solution = solve_problem(problem, "cpsat", Limits(seconds=60))
        assert solution.values is not None
        verdict = replay_schedule(model.schedule(solution.values, f"run {seed}"))
        assert verdict, (seed, verdict.reason)


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_the_first_runs_of_a_value_are_runs_of_replicas(name: str, value: int):
    """The shortest, and one of random weights."""
    runs_are_replayed(name, value, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), [*VALUES.items(), *MORE.items()])
def test_every_run_of_a_value_is_one_of_replicas(name: str, value: int):
    """All that are tried before a value is called a limit."""
    runs_are_replayed(name, value, 12)
