"""The certificates that are kept prove what the instance files expect, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from make_certificates import FILES, FOLDER, instance_file

from milpbft.cases import Case
from milpbft.certify import certify, certify_value, check_certificate
from milpbft.milp.solution import Solution
from milpbft.room import room_of
from solvers import Limits, solve
from tests.milp.certificate.plain_checker import accepts

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [file.split("/")[1] for file in FILES]


def test_ten_of_five_families() -> None:
    """As many as are promised, and no file that nobody verifies."""
    assert len(NAMES) == 10
    assert len({file.split("/")[0] for file in FILES}) == 5
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.vipr.gz" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_kept_certificates_are_verified(name: str) -> None:
    """Each against its instance's problem, row by row, and the value that its file expects."""
    case = Case.read(instance_file(name))
    problem = room_of(case.instance.protocol).model(case.instance).problem
    assert case.expected is not None
    path = FOLDER / f"{name}.vipr.gz"
    assert check_certificate(path, problem, case.expected.objective)
    wrong = 0 if case.expected.objective is None else case.expected.objective + 1
    assert check_certificate(path, problem, wrong).status == "refuted"


def test_certificates_of_others_are_refused() -> None:
    """A certificate of one instance proves nothing about another."""
    for name, other in zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True):
        case = Case.read(instance_file(name))
        problem = room_of(case.instance.protocol).model(case.instance).problem
        assert case.expected is not None
        verdict = check_certificate(FOLDER / f"{other}.vipr.gz", problem, case.expected.objective)
        assert verdict.status == "refuted"


def test_the_second_checker_accepts_a_kept_certificate() -> None:
    """It shares no code with the first."""
    import gzip

    text = gzip.decompress((FOLDER / "sbft-n4-v1-b1-e2-forks.vipr.gz").read_bytes()).decode()
    assert accepts(text)
    assert not accepts(text.replace("RTP range 1 1", "RTP range 0 0"))


def test_a_wrong_optimum_is_refuted(tmp_path: Path) -> None:
    """A solver that misses the optimum is caught by the search that should prove it."""
    case = Case.read(instance_file("sbft-n4-v1-b1-e2-forks"))
    problem = room_of(case.instance.protocol).model(case.instance).problem
    true = solve(problem, "highs")
    assert true.objective is not None
    assert true.values is not None
    worse = Solution("optimal", "stub", "0", true.objective - 1, true.objective - 1, true.values)
    found = certify(case.instance, worse, tmp_path / "a.vipr")
    assert found.verdict.status == "refuted"
    assert f"value {true.objective}" in found.verdict.reason
    assert found.path is None
    none = Solution("infeasible", "stub", "0")
    assert certify(case.instance, none, tmp_path / "a.vipr").verdict.status == "refuted"
    limit = Solution("limit", "stub", "0")
    assert certify(case.instance, limit, tmp_path / "a.vipr").verdict.status == "undecided"


ELECTION = "pov/povelection-nc20-nb50-n200-k25-a20-d100-commissioners.toml"


def test_a_known_value_is_proven_without_optimising(tmp_path: Path) -> None:
    """Twenty commissioners tie, which a tree of 11 000 nodes did not get through: one learns."""
    case = Case.read(FOLDER.parent / ELECTION)
    assert case.expected is not None
    path, each = tmp_path / "a.vipr.gz", Limits(100, threads=3)
    assert certify_value(case.instance, case.expected.objective, path, each).verdict


def test_a_value_that_is_not_the_optimum_is_not_proven(tmp_path: Path) -> None:
    """A worse one meets a better point; a better one is a bound that no point reaches."""
    case = Case.read(instance_file("sbft-n4-v1-b1-e2-forks"))
    assert case.expected is not None
    best, path = case.expected.objective, tmp_path / "a.vipr"
    assert best is not None
    worse = certify_value(case.instance, best - 1, path, Limits())
    assert worse.verdict.status == "refuted"
    better = certify_value(case.instance, best + 1, path, Limits())
    assert better.verdict.status == "undecided"
    assert "no point" in better.verdict.reason
    assert not path.exists()
