"""Proofs that the search finds, on problems whose optimum is known by enumeration."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.write import write_certificate
from solvers import Limits
from solvers.certify import prove
from solvers.certify.learn import Learning
from solvers.certify.search import BetterPointError, Search
from solvers.certify.task import ProofTask
from solvers.task import Task
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from milpbft.milp.problem import Problem


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


def started(made: Problem, value: int | None, *, learns: bool = False) -> Search:
    task = Task.of(made, Limits(), "", chatty=False)
    kind = Learning if learns else Search
    return kind(ProofTask(**vars(task), value=value, learns=learns))


def test_proofs_of_random_problems(tmp_path: Path) -> None:
    """Each optimum is proven, each second by learning; a worse value meets a better point."""
    dice = np.random.default_rng(11)
    path = tmp_path / "a.vipr"
    infeasible = refuted = 0
    for k in range(150):
        made, learns = drawn(dice), k % 2 == 1
        best = enumerated(made)
        value = None if best is None else made.value(best)
        infeasible += value is None
        search = started(made, value, learns=learns)
        proof = proof_of(search.run(), search.given, search.nodes, 10**6)
        write_certificate(path, made, best, proof)
        assert check_certificate(path, made, value), (made, value)
        if value is None or not made.objective.any():
            continue
        wrong = value - 1 if made.sense == "max" else value + 1
        with pytest.raises(BetterPointError) as met:
            started(made, wrong, learns=learns).run()
        assert not made.violations(met.value.point)
        assert made.value(met.value.point) == value
        refuted += 1
    assert infeasible > 20
    assert refuted > 35


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("without_cuts", [0, 10**9])
def test_proofs_with_cuts_and_without(
    without_cuts: int, learns: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
    found = started(made, made.value(best), learns=learns)
    proof = proof_of(found.run(), found.given, found.nodes, 10**6)
    path = tmp_path / "cycle.vipr.gz"
    write_certificate(path, made, best, proof)
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
