"""Rows of which lessons need few columns: the others are taken out once, and not in each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import Proof, proof_of
from milpbft.milp.certificate.write import write_certificate
from solvers.certify import learn
from solvers.certify.reduced import Reduced
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.certify.test_proofs import enumerated, started
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from milpbft.milp.problem import Problem

IDLE = 40


def split() -> Problem:
    """Weigh eight integers against half of their sum, beside forty columns that may only be 0."""
    dice = np.random.default_rng(7)
    weights = dice.integers(3, 12, (2, 8))
    upper = dice.integers(1, 3, 8)
    costs = dice.integers(-4, 9, 8)
    matrix = np.hstack([weights, np.ones((2, IDLE), dtype=int)])
    sides = weights @ upper // 2
    bounds = np.concatenate([upper, np.zeros(IDLE, dtype=int)])
    return problem(matrix, [0, -1], sides, bounds, np.concatenate([costs, np.zeros(IDLE, int)]))


def proven(made: Problem, value: int | None) -> Proof:
    search = started(made, value, "learning")
    return proof_of(search.run(), search.given, search.nodes, 10**6)


def test_columns_that_no_lesson_needs_are_taken_out_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The proof is accepted, and less than half as long as where each line names them all."""
    monkeypatch.setattr(learn, "_OFTEN", 10**9)
    made = split()
    best = enumerated(made)
    value = None if best is None else made.value(best)
    short = proven(made, value)
    path = tmp_path / "a.vipr"
    write_certificate(path, made, best, short)
    assert check_certificate(path, made, value)
    assert accepts(path.read_text())
    monkeypatch.setattr(Reduced, "_narrowed", lambda _, __, parts, places: (parts, places))
    long = proven(made, value)
    write_certificate(path, made, best, long)
    assert check_certificate(path, made, value)
    assert long.steps < short.steps
    assert len(long.derivations) > 2 * len(short.derivations)
