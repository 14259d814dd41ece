"""Cuts of sums of rows: those known by hand, those of random problems, and what they save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from milpbft.cases import Case
from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.write import write_certificate
from milpbft.room import room_of
from solvers import Limits
from solvers.certify import search as module
from solvers.certify.aggregate import Aggregation
from solvers.certify.search import Search
from solvers.certify.task import ProofTask
from solvers.task import Task
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    import pytest
    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Step
    from milpbft.milp.problem import Problem

INSTANCES = Path(__file__).parents[3] / "instances"


def search_of(made: Problem, value: int | None) -> Search:
    task = Task.of(made, Limits(), "", chatty=False)
    return Search(ProofTask(**vars(task), value=value))


def cuts_of(made: Problem, point: list[float]) -> list[Step]:
    """Return the cuts of a point, each of which it breaks."""
    search, at = search_of(made, None), np.array(point)
    found = [step for _, step in Aggregation(search._system, search._box, at).cuts()]
    for step in found:
        assert sum(value * at[column] for column, value in step.terms) > step.side
    return found


def guarded(dice: np.random.Generator) -> Problem:
    """Draw stages: nodes leave each by ways that its guard opens; a guard asks for a quorum.

    Columns are guards and flows by stage; ``flow <= n g``, ``q g <= flows of the stage before``.
    """
    ways, nodes, quorum = 2, 3, int(dice.integers(2, 4))
    width = 1 + ways
    columns = 3 * width
    rows: list[np.ndarray] = []
    relation, sides = [], []
    for stage in range(3):
        first = stage * width
        for way in range(1, width):
            row = np.zeros(columns, dtype=int)
            row[first], row[first + way] = -nodes, 1
            rows.append(row)
            relation.append(-1)
            sides.append(0)
        if stage:
            row = np.zeros(columns, dtype=int)
            row[first], row[first - ways : first] = quorum, -dice.integers(1, 3, ways)
            rows.append(row)
            relation.append(-1)
            sides.append(0)
        row = np.zeros(columns, dtype=int)
        row[first + 1 : first + width] = 1
        rows.append(row)
        relation.append(-1)
        sides.append(nodes)
    upper = np.tile([1, *[nodes] * ways], 3)
    return problem(rows, relation, sides, upper, dice.integers(-6, 4, columns))


def test_a_quorum_is_not_half_there() -> None:
    """``3 g <= x + y``, ``x <= 4 h`` and ``y <= 4 k`` give ``g <= h + k``, and nothing weaker."""
    rows = [[3, 0, 0, -1, -1], [0, -4, 0, 1, 0], [0, 0, -4, 0, 1]]
    made = problem(rows, [-1] * 3, [0] * 3, [1, 1, 1, 4, 4], [0] * 5)
    found = {step.terms: step.side for step in cuts_of(made, [1, 0.375, 0.375, 1.5, 1.5])}
    assert found[(0, 1), (1, -1), (2, -1)] == 0


def test_a_count_is_followed_to_its_rows() -> None:
    """``3 g <= c`` and ``c = x + y`` in rows of their own give the same."""
    rows = [[3, 0, 0, 0, 0, -1], [0, 0, 0, -1, -1, 1], [0, -4, 0, 1, 0, 0], [0, 0, -4, 0, 1, 0]]
    made = problem(rows, [-1, 0, -1, -1], [0] * 4, [1, 1, 1, 4, 4, 8], [0] * 6)
    found = {step.terms: step.side for step in cuts_of(made, [1, 0.375, 0.375, 1.5, 1.5, 3])}
    assert found[(0, 1), (1, -1), (2, -1)] == 0


def test_cuts_hold_at_every_point() -> None:
    """No cut of the relaxation's optimum, of fifty random problems, cuts off a point."""
    dice = np.random.default_rng(3)
    count = 0
    for _ in range(50):
        made = guarded(dice)
        search = search_of(made, None)
        search._state(search._given, None, -made.objective)
        box = search._box
        answer = search._relaxation.solve(box.lower, box.upper, 10.0)
        points = points_of(made)
        for _, step in Aggregation(search._system, box, answer.point).cuts():
            columns, values = np.array(step.terms).T
            assert step.sense == -1
            assert (points[:, columns] @ values).max() <= step.side
            count += 1
    assert count > 25


def test_proofs_that_rest_on_cuts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With cuts from the start, optima of random problems are proven and verified."""
    monkeypatch.setattr(module, "_WITHOUT_CUTS", 0)
    dice = np.random.default_rng(8)
    path, used = tmp_path / "a.vipr", 0
    for _ in range(60):
        made = guarded(dice)
        points = points_of(made)
        best = points[np.argmax(points @ made.objective)]
        value = made.value(best)
        search = search_of(made, value)
        proof = proof_of(search.run(), search.given, search.nodes, 10**6)
        write_certificate(path, made, best, proof)
        assert check_certificate(path, made, value)
        used += bool(search.cuts)
    assert used > 10


def points_of(made: Problem) -> NDArray[np.int64]:
    """Return all points that satisfy every row."""
    sizes = [int(upper) + 1 for upper in made.upper]
    points = np.indices(sizes).reshape(len(sizes), -1).T
    kept: NDArray[np.int64] = (points @ made.matrix.T.toarray() <= made.rhs).all(axis=1)
    return points[kept]


def nodes_of(name: str) -> int:
    """Count the nodes of a proof of the value that a file expects."""
    case = Case.read(next(INSTANCES.rglob(f"{name}.toml")))
    assert case.expected is not None
    made = room_of(case.instance.protocol).model(case.instance).problem
    search = search_of(made, case.expected.objective)
    proof_of(search.run(), search.given, search.nodes, 10**8)
    return search.nodes


def test_counts_may_be_large() -> None:
    """Binaries per value of a count would be 37 582 here; cuts of sums do not need them."""
    assert nodes_of("dbft2-strict-n100-v2-steps_lock-neo-go") < 2000
