"""The search that learns from conflicts, with its relaxation and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.write import write_certificate
from solvers.certify import learn
from solvers.certify.learn import Learning
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.certify.test_proofs import enumerated, started
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


def test_runs_are_as_long_as_luby_says() -> None:
    """The sequence as it is printed in the paper."""
    assert [learn._luby(k) for k in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]
