"""Proofs that the search finds, on problems whose optimum is known by enumeration."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.ordered import extended, ordered
from milpbft.milp.certificate.proof import Proof, proof_of
from milpbft.milp.certificate.write import write_certificate
from solvers import Limits
from solvers.certify import prove
from solvers.certify.cutoff import BetterPointError
from solvers.certify.task import Kind, ProofTask
from solvers.certify.worker import SEARCHES
from solvers.task import Task
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from milpbft.milp.problem import Problem
    from solvers.certify.cutoff import Refutation


KINDS: tuple[Kind, ...] = ("tree", "learning", "planes")


def drawn(dice: np.random.Generator) -> Problem:
    """Draw a small problem: boxes of integers, rows of all three relations."""
    columns, rows = int(dice.integers(2, 6)), int(dice.integers(1, 6))
    matrix = dice.integers(-4, 5, (rows, columns)) * (dice.random((rows, columns)) < 0.7)
    relation = dice.choice([-1, -1, 0, 1, 1], rows)
    lower = dice.integers(-2, 2, columns)
    return problem(
        matrix,
        relation,
        dice.integers(-4, 6, rows),
        lower + dice.integers(0, 4, columns),
        dice.integers(-5, 6, columns),
        lower=lower,
        sense=str(dice.choice(["max", "min"])),
    )


def enumerated(made: Problem) -> np.ndarray | None:
    """Return a best point by trying all; None where none satisfies every row."""
    boxes = zip(made.lower.tolist(), made.upper.tolist(), strict=True)
    points = [np.array(x) for x in product(*(range(low, high + 1) for low, high in boxes))]
    good = [x for x in points if not made.violations(x, 1)]
    pick = max if made.sense == "max" else min
    return pick(good, key=made.value, default=None)


def started(made: Problem, value: int | None, kind: Kind = "tree") -> Refutation:
    """Make a search of one kind; the task of cutting planes is the ordered problem."""
    task = Task.of(ordered(made) if kind == "planes" else made, Limits(), "", chatty=False)
    return SEARCHES[kind](ProofTask(**vars(task), value=value, kind=kind))


def written(path: Path, made: Problem, best: np.ndarray | None, kind: Kind = "tree") -> Proof:
    """Prove an optimum and write the certificate."""
    search = started(made, None if best is None else made.value(best), kind)
    proof = proof_of(search.run(), search.given, search.nodes, 10**6)
    if kind == "planes":
        best = None if best is None else extended(made, best)
        made = ordered(made)
    write_certificate(path, made, best, proof)
    return proof


def test_proofs_of_random_problems(tmp_path: Path) -> None:
    """Each optimum is proven by a search of each kind; a worse value meets a better point."""
    dice = np.random.default_rng(11)
    path = tmp_path / "a.vipr"
    infeasible = refuted = 0
    for k in range(240):
        made, kind = drawn(dice), KINDS[k % len(KINDS)]
        best = enumerated(made)
        value = None if best is None else made.value(best)
        infeasible += value is None
        written(path, made, best, kind)
        assert check_certificate(path, made, value), (made, value)
        if value is None or not made.objective.any():
            continue
        wrong = value - 1 if made.sense == "max" else value + 1
        with pytest.raises(BetterPointError) as met:
            started(made, wrong, kind).run()
        point = met.value.point[: len(made.lower)]
        assert not made.violations(point)
        assert made.value(point) == value if kind == "tree" else made.value(point) != wrong
        refuted += 1
    assert infeasible > 20
    assert refuted > 35


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("without_cuts", [0, 10**9])
def test_proofs_with_cuts_and_without(
    without_cuts: int, kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Odd cycles with weights, for which rounding gives what the relaxation lacks."""
    from solvers.certify import search as module

    monkeypatch.setattr(module, "_WITHOUT_CUTS", without_cuts)
    size = 7
    rows = np.zeros((size + 1, size), dtype=int)
    for k in range(size):
        rows[k, [k, (k + 1) % size]] = 3, 2
    rows[size] = 1
    made = problem(rows, [-1] * (size + 1), [5] * size + [size], [2] * size, range(2, 2 + size))
    best = enumerated(made)
    path = tmp_path / "cycle.vipr.gz"
    written(path, made, best, kind)
    assert check_certificate(path, made, made.value(best))


def test_a_point_where_there_should_be_none(knapsack: Problem) -> None:
    """What is said to be infeasible is refuted by a point."""
    attempt = prove(knapsack, None)
    assert attempt.proof is None
    assert attempt.better is not None
    assert not knapsack.violations(attempt.better)


def test_a_limit_is_a_limit(split: Problem) -> None:
    """Where the time is over, there is no proof and a reason."""
    attempt = prove(split, 1, Limits(seconds=0))
    assert attempt.proof is None
    assert attempt.better is None
    assert "no proof" in attempt.message


def test_nothing_to_optimise(build: Callable[..., Problem], tmp_path: Path) -> None:
    """Without an objective, a point is the proof."""
    made = build([[1, 1]], [-1], [1], [1, 1], [0, 0])
    attempt = prove(made, 0)
    assert attempt.proof is not None
    path = tmp_path / "zero.vipr"
    write_certificate(path, made, np.array([1, 0]), attempt.proof)
    assert check_certificate(path, made, 0)
    assert check_certificate(path, made, 1).status == "refuted"
