"""Searches side by side: the first that has an answer ends the other."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.write import write_certificate
from solvers import Limits, solve
from solvers.certify import prove

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem

BOTH = Limits(threads=2)


@pytest.fixture(params=["only_tree", "only_planes", "only_learning"])
def one_answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one kind of search answer, and the other lane sleep for ten minutes."""
    module = sys.modules[prove.__module__]  # the package has a function of that name
    monkeypatch.setattr(module, "_WORKER", f"tests.solvers.certify.racing:{request.param}")


@pytest.mark.usefixtures("one_answers")
def test_the_first_proof_ends_the_other_search(knapsack: Problem, tmp_path: Path) -> None:
    """Any kind of search may be the one that answers; what it proves is verified."""
    solution = solve(knapsack, "highs")
    began = time.monotonic()
    attempt = prove(knapsack, solution.objective, BOTH)
    assert time.monotonic() - began < 60
    assert attempt.proof is not None, attempt.message
    write_certificate(tmp_path / "a.vipr", knapsack, solution.values, attempt.proof)
    assert check_certificate(tmp_path / "a.vipr", knapsack, solution.objective)


@pytest.mark.usefixtures("one_answers")
def test_a_better_point_is_an_answer_too(knapsack: Problem) -> None:
    """A value that is said to be the optimum, and is not."""
    attempt = prove(knapsack, None, BOTH)
    assert attempt.better is not None
    assert not knapsack.violations(attempt.better)


def test_without_an_answer_both_end_at_the_limit(split: Problem) -> None:
    """Neither waits for the other, and no proof is claimed."""
    attempt = prove(split, 1, Limits(seconds=0, threads=2, grace=60))
    assert attempt.proof is None
    assert attempt.better is None
    assert "no proof" in attempt.message
