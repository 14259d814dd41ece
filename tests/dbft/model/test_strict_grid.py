"""Optima of strict dBFT with equivocating nodes are runs of the replicas, not the first one only.

A replay of the one run that a solver happens to return says little about how names are given back:
most questions have many optima. So the optimum is found first, and then others of the same value,
by rules that cost or earn at random.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.automaton.counted.encoding import Step
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model import strict
from milpbft.dbft.model.strict import strict_model
from milpbft.dbft.model.unfold import DbftUnfolding
from milpbft.solve import replay_schedule
from solvers import Limits
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.milp.problem import Problem
    from milpbft.verdict import Verdict

LIMITS = Limits(seconds=100)
GOALS = ("forks", "faults_fork", "steps_fork", "undecided", "steps_lock")
RETURNS = ("", "-own-view", "-never", "-committed-or-lost", "-agreement")
MOST = 9
"""Most that a rule costs in a shaken objective."""
QUICK = [
    ("dbft2-strict-n4-v2-b2-e2-forks", 1),
    ("dbft2-strict-n4-v2-c1-b1-e2-undecided-agreement", 4),
    ("dbft2-strict-n4-v2-b2-e2-faults_fork", 1),
    ("dbft2-strict-n4-v1-b2-e2-steps_fork-own-view", 1),
    ("dbft2-strict-n4-v2-b1-e2-steps_lock-committed-or-lost", 1),
    ("dbft1-strict-n4-v2-b1-e2-steps_fork", 1),
    ("dbft2-strict-n7-v1-b3-e2-forks", 1),
    ("dbft2-strict-n5-v2-b2-e2-forks-own-view", 1),
    # A node that returned by three lies of its own view counts them for its block.
    ("dbft2-strict-n7-v2-b3-e2-undecided-own-view", 1),
    ("dbft2-strict-n7-v2-c1-b3-e2-undecided-own-view", 1),
]


def grid() -> Iterator[str]:
    """Yield every name of the grid: sizes, views, faults, objectives and return rules."""
    sizes = ((4, 5, 6, 7), (1, 2), (1, 2, 3), (0, 1))
    for n, views, byzantine, crashes, goal in product(*sizes, GOALS):
        if byzantine > (n - 1) // 3 + 1:
            continue
        crashed = "-c1" if crashes else ""
        rest = f"strict-n{n}-v{views}{crashed}-b{byzantine}-e2-{goal}"
        yield f"dbft1-{rest}"
        yield from (f"dbft2-{rest}{returns}" for returns in RETURNS)


def shaken(problem: Problem, seed: int) -> Problem:
    """Let each rule cost or earn something at random, less in sum than the objective's least step.

    With an even seed no rule earns, so that runs are short; with an odd one they may be long.
    """
    random = np.random.default_rng(seed)
    costs = np.zeros_like(problem.objective)
    for block in problem.blocks:
        if block.name.startswith("y_"):
            costs[block.start : block.stop] = random.integers(-3 * (seed % 2), MOST, endpoint=True)
    step = 2 * int(np.abs(costs) @ problem.upper) + 1
    return replace(
        problem,
        objective=step * problem.objective + (costs if problem.sense == "min" else -costs),
    )


def replayed(name: str, seed: int) -> Verdict | None:
    """Replay an optimum that a seed picks; None where there is no run."""
    model = strict_model(DbftInstance.parse(name))
    solution = solve_problem(shaken(model.problem, seed), "cpsat", LIMITS)
    if solution.status == "infeasible":
        return None
    assert solution.values is not None, f"{name}: {solution.status}"
    return replay_schedule(model.schedule(solution.values, name))


@pytest.mark.parametrize(("name", "seed"), QUICK)
def test_optima_are_runs_of_the_replicas(name: str, seed: int):
    """There is a run, and replicas produce it."""
    verdict = replayed(name, seed)
    assert verdict, verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", list(grid()))
def test_optima_of_the_grid_are_runs_of_the_replicas(name: str):
    """Likewise all over the grid, wherever there is a run."""
    verdicts = [replayed(name, seed) for seed in (1, 2)]
    assert all(verdict is None or verdict for verdict in verdicts), verdicts


def scripted(name: str, liars: tuple[str, ...], run: tuple[str, ...]) -> Verdict:
    """Replay a run that is given as rules, one node each, with these Byzantine primaries."""
    instance = DbftInstance.parse(name)
    model = strict_model(instance)
    flags = {f"F_{view}": int(f"F_{view}" in liars) for view in range(instance.views)}
    values = {"N": instance.n, "T": instance.f, "F": instance.byzantine} | flags
    steps = [Step(slot, rule, 1) for slot, rule in enumerate(run)]
    quiet = model.instance.objective.name == "undecided"
    return replay_schedule(model.unfold(steps, values, name, quiet=quiet))


def test_a_lie_told_before_a_proposal_is_no_commit_to_it():
    """Two nodes accept two proposals of view 1, after one returned in view 0 by lies."""
    run = (
        *("ask_b_0I", "enter_b_0I", "respond_b_0W", "enter_b_0X"),
        *("respond_b_1I_a0", "respond_b_1Is", "ask_b_1P_a0", "ask_b_1Ps"),
        *("commit_b_1X", "commit_b_1Xss", "accept_b_1C", "accept_b_1Css"),
    )
    assert scripted("dbft2-strict-n4-v2-b2-e2-forks", ("F_0", "F_1"), run)


def test_lies_last_as_long_as_the_adversary_likes(monkeypatch: pytest.MonkeyPatch):
    """A node returns in view 0 by a lie, and is locked in view 1, where the lie would free it.

    With the commit of view 1 it is one of more than f. It is dropped with the request of its view.
    """
    name = "dbft2-strict-n4-v2-c1-b1-e2-undecided-agreement"
    run = (
        *("ask_p1_0I", "ask_b_0I", "enter_b_0I", "enter_p1_0W", "propose_p1_1I", "respond_b_1I"),
        *("commit_p1_1P", "ask_b_1P", "respond_b_0W", "enter_b_0X", "ask_b_1I"),
    )
    assert scripted(name, ("F_0",), run)
    monkeypatch.setattr(DbftUnfolding, "_drop_lies", lambda self, node: None)
    assert scripted(name, ("F_0",), run).status == "refuted"


def test_a_run_in_which_somebody_decides_is_no_lock():
    """With its own commit and two that let it return, a node of four has a quorum.

    The schedule of a lock says of nobody that it decides, and the replicas tell.
    """
    run = ("respond_b_0I", "respond_b_0I", "ask_b_0P", "commit_b_0P", "commit_b_0Xm", "ask_p1_0I")
    verdict = scripted("dbft2-strict-n4-v2-b1-e2-undecided-own-view", ("F_0",), run)
    assert verdict.status == "refuted"
    assert "decides in view 0" in verdict.reason


BEFORE = (
    *("respond_b_0I", "respond_b_0I", "respond_b_0I", "ask_b_0P", "commit_b_0P", "commit_b_0P"),
    *("commit_b_0X", "ask_p1_0I", "ask_b_0I", "enter_p1_0W"),
)
"""Three nodes commit in view 0, one of which asked before; two others ask, and one goes on."""


@pytest.mark.parametrize("known", ["", "_o"])
def test_who_knows_another_proposal_counts_no_commits_to_the_first(known: str):
    """A node in view 1 has the request and three commits of view 0: it owes a response.

    Not if the Byzantine primary of view 0 showed it its other proposal.
    """
    after = (f"enter_b_0W{known}", "propose_p1_1I", f"ask_b_1I{known}", "ask_p1_1P")
    verdict = scripted("dbft2-strict-n7-v2-b2-e2-undecided", ("F_0",), BEFORE + after)
    assert bool(verdict) == bool(known), verdict


@pytest.mark.parametrize(
    "name",
    [
        "dbft2-strict-n4-v2-b1-e2-steps_state-1c0.1v0.1v1",
        pytest.param("dbft2-strict-n7-v2-b2-e2-steps_state-3c0.2v1", marks=pytest.mark.slow),
        pytest.param("dbft2-strict-n7-v2-b2-e2-steps_state-2c0.1v0.2v1", marks=pytest.mark.slow),
        pytest.param("dbft2-strict-n7-v2-b1-e2-undecided-own-view", marks=pytest.mark.slow),
    ],
)
def test_nobody_commits_to_second_proposals_with_few_byzantine_nodes(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    """The table without them has the optimum of that with them, for states that few runs reach."""
    few = solve_problem(strict_model(DbftInstance.parse(name)).problem, "cpsat", LIMITS)
    monkeypatch.setattr(strict, "_equivocates", lambda instance: False)
    model = strict_model(DbftInstance.parse(name))
    assert "com_0s" in model.table.automaton.counters
    both = solve_problem(model.problem, "cpsat", LIMITS)
    assert (few.status, few.objective) == (both.status, both.objective)
