"""Branches on the sum of a clique row, in proofs that are verified."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.cases import Case
from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.write import write_certificate
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from solvers import Limits
from solvers.certify.search import Search
from solvers.certify.task import ProofTask
from solvers.task import Task
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from milpbft.milp.certificate.steps import Step
    from milpbft.milp.problem import Problem

INSTANCES = Path(__file__).parents[3] / "instances"


def cliqued(dice: np.random.Generator) -> Problem:
    """Draw a problem of two cliques of three binaries, whose columns stand in four rows more."""
    clique = np.kron(np.eye(2, dtype=int), np.ones(3, dtype=int))
    rows = [*clique]
    for group, _ in product(range(2), range(4)):
        rows.append(dice.integers(1, 6, 6) * (clique[group] | (dice.random(6) < 0.4)))
    sides = [1, 1, *dice.integers(1, 6, 8)]
    relation = [-1, -1, *dice.choice([-1, 1, 1], 8)]
    return problem(rows, relation, sides, [1] * 6, dice.integers(1, 9, 6), sense="min")


def search_of(made: Problem, value: int | None) -> Search:
    task = Task.of(made, Limits(), "", chatty=False)
    return Search(ProofTask(**vars(task), value=value))


def test_proofs_with_branches_on_cliques(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each optimum of a hundred random problems is proven; some of them on sums."""
    from solvers.certify import cliques

    branches: list[int] = []
    take = cliques.Cliques.take

    def counting(self: cliques.Cliques, step: Step, row: int) -> Step | None:
        branches.append(step.sense)
        return take(self, step, row)

    monkeypatch.setattr(cliques.Cliques, "take", counting)
    dice = np.random.default_rng(5)
    path = tmp_path / "a.vipr"
    for _ in range(100):
        made = cliqued(dice)
        points = [np.array(x) for x in product((0, 1), repeat=6)]
        best = min((x for x in points if not made.violations(x, 1)), key=made.value, default=None)
        value = None if best is None else made.value(best)
        search = search_of(made, value)
        proof = proof_of(search.run(), search.given, search.nodes, 10**6)
        write_certificate(path, made, best, proof)
        assert check_certificate(path, made, value), (made, value)
    assert branches.count(1) > 5
    assert branches.count(-1) > 5


@pytest.mark.parametrize(("n", "value"), [(7, -121), (10, -1240)])
def test_published_p4_takes_a_node_per_view(n: int, value: int) -> None:
    """Whether a view is used decides; without cliques, 400 nodes did not suffice."""
    instance = parse_instance(f"dbft2-n{n}-t5-p4")
    made = room_of(instance.protocol).model(instance).problem
    search = search_of(made, value)
    proof_of(search.run(), search.given, search.nodes, 10**7)
    assert search.nodes < 5 * n


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((INSTANCES / "published").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_published_size_takes_few_nodes(path: Path) -> None:
    """P1 to P7 of all sizes are proven by the first search, which ends after 400 nodes."""
    case = Case.read(path)
    assert case.expected is not None
    made = room_of(case.instance.protocol).model(case.instance).problem
    search = search_of(made, case.expected.objective)
    proof_of(search.run(), search.given, search.nodes, 10**7)
    assert search.nodes < 200
