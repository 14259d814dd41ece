"""The search that learns from conflicts, with its relaxation and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.steps import Given, Step
from milpbft.milp.certificate.write import write_certificate
from milpbft.milp.problem import GE, LE
from solvers.certify import learn
from solvers.certify.box import Box
from solvers.certify.learn import Learning
from solvers.certify.trail import Trail
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.certify.test_proofs import enumerated, started
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SIDES = ((GE, 0), (LE, 9))


def test_without_the_relaxation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rows and nogoods alone prove optima over integers, and both checkers accept each proof."""
    monkeypatch.setattr(learn, "_OFTEN", 10**9)
    dice = np.random.default_rng(5)
    path, conflicts, units = tmp_path / "a.vipr", 0, 0
    for _ in range(25):
        # Market split: halves of equal weight, in boxes of integers.
        matrix = dice.integers(1, 12, (2, 8))
        upper = dice.integers(1, 3, 8)
        made = problem(matrix, [0, -1], matrix @ upper // 2, upper, dice.integers(-4, 9, 8))
        best = enumerated(made)
        value = None if best is None else made.value(best)
        search = started(made, value, "learning")
        proof = proof_of(search.run(), search.given, search.nodes, 10**6)
        assert isinstance(search, Learning)
        conflicts, units = conflicts + search.conflicts, units + (search.conflicts > 1)
        write_certificate(path, made, best, proof)
        assert check_certificate(path, made, value)
        assert accepts(path.read_text())
    assert conflicts > 120
    assert units > 10


def test_a_bound_at_the_root_is_not_explained_by_what_was_known_before() -> None:
    """Nogoods imply bounds without a decision; the root may take over tighter ones."""
    rows = [[7, 2, 3, 5, -4], [8, 8, 6, 1, -5], [-2, -5, 0, 8, 6], [8, -4, 8, 2, 3]]
    made = problem(rows, [0, 0, -1, 1], [47, 68, 4, 61], [8, 2, 6, 2, 5], [-3, -1, 3, 6, 4])
    assert enumerated(made) is None
    search = started(made, None, "learning")
    assert proof_of(search.run(), search.given, search.nodes, 10**6).steps > 0


def test_the_root_forgets_what_stood_above_it() -> None:
    """An entry that a looser reason gave explains nothing once the box says more."""
    box = Box(*([Step(sense, side, ((0, 1),), Given(k))] for k, (sense, side) in enumerate(SIDES)))
    trail = Trail(box)
    assert trail.push((0, 3), 7)
    assert (trail.latest(0, 1), trail.bounds[0], trail.level) == (0, 3, 0)
    assert box.tighten(Step(GE, 5, ((0, 1),), Given(2))) is None
    trail.take_root(box)
    assert trail.latest(0, 1) == trail.entry((0, 5), 1) == -1
    assert (trail.bounds.tolist(), trail.literals) == ([5, -9], [])


def test_runs_are_as_long_as_luby_says() -> None:
    """The sequence as it is printed in the paper."""
    assert [learn._luby(k) for k in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]
