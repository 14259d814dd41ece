"""Searches side by side: the first that has an answer ends the other."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.ordered import ordered
from milpbft.milp.certificate.write import write_certificate
from solvers import Limits, solve
from solvers.certify import prove

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem
    from solvers.certify import Kind

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


def test_what_runs_side_by_side() -> None:
    """A thread per kind; what is left over is the tree's, as all are where it is asked for."""
    lanes = sys.modules[prove.__module__]._lanes

    def shown(threads: int, kind: Kind | None = None, *, planes: bool = True) -> dict[str, int]:
        return {"+".join(lane.kinds): lane.threads for lane in lanes(threads, kind, planes=planes)}

    assert shown(1) == {"tree+planes+learning": 1}
    assert shown(2) == {"tree+learning": 1, "planes": 1}
    assert shown(3) == {"tree": 1, "planes": 1, "learning": 1}
    assert shown(5) == {"tree": 3, "planes": 1, "learning": 1}
    assert shown(1, planes=False) == {"tree+learning": 1}
    assert shown(4, planes=False) == {"tree": 3, "learning": 1}
    assert shown(4, "tree") == {"tree": 4}
    assert shown(4, "learning") == {"learning": 1}


def test_more_threads_than_kinds(knapsack: Problem, tmp_path: Path) -> None:
    """Four lanes' worth of threads, and all of them end."""
    solution = solve(knapsack, "highs")
    attempt = prove(knapsack, solution.objective, Limits(threads=4))
    assert attempt.proof is not None, attempt.message
    form = ordered(knapsack) if attempt.proof.ordered else knapsack
    write_certificate(tmp_path / "a.vipr", form, solution.values, attempt.proof)
    assert check_certificate(tmp_path / "a.vipr", knapsack, solution.objective)


def test_without_an_answer_both_end_at_the_limit(split: Problem) -> None:
    """Neither waits for the other, and no proof is claimed."""
    attempt = prove(split, 1, Limits(seconds=0, threads=2, grace=60))
    assert attempt.proof is None
    assert attempt.better is None
    assert "no proof" in attempt.message
