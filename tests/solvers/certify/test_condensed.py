"""A proof about a condensed problem is a certificate of the one that it condenses."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest

from milpbft.certify import certify_value, check_certificate
from milpbft.milp.certificate.condensed import Condensed, Expansion, UnderivedError, added, merged
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.steps import (
    Assumed,
    Combined,
    Given,
    Step,
    needed,
    sources,
)
from milpbft.milp.certificate.write import write_certificate
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.files import parse_instance
from milpbft.solvers import Limits
from solvers import solve
from solvers.certify import prove
from tests.milp.certificate.plain_checker import accepts
from tests.milp.certificate.test_certificate_mutations import agreed, mutated
from tests.solvers.certify.test_proofs import started
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem

LARGE = (
    [[1, 1, -2, 0, 0, 0], [0, 0, 0, 1, 1, -2], [1, 1, 0, 1, 1, 0], [0, 0, 2, 0, 0, 2]],
    [LE, LE, LE, LE],
    [0, 0, 3, 3],
    [1, 1, 1, 1, 1, 1],
    [1, 1, 0, 1, 1, 0],
)
"""Two takers each for two guards, of which one may be on: two at most, and 3 in the relaxation."""


def half(*, rows: int = 4) -> tuple[Problem, Condensed]:
    """Condense takers of one guard to their sum; how the first rows follow is said."""
    large = problem(*LARGE)
    small = problem(
        [[1, -2, 0, 0], [0, 0, 1, -2], [1, 0, 1, 0], [0, 2, 0, 2]][:rows],
        [LE, LE, LE, LE][:rows],
        [0, 0, 3, 3][:rows],
        [2, 1, 2, 1],
        [1, 0, 1, 0],
    )
    low = [Step(GE, 0, ((k, 1),), Given(2 * k)) for k in range(6)]
    high = [Step(LE, 1, ((k, 1),), Given(2 * k + 1)) for k in range(6)]
    columns = (((0, 1), (1, 1)), ((2, 1),), ((3, 1), (4, 1)), ((5, 1),))
    bounds = [added([(some[k], 1) for k, _ in terms], sense)
              for terms in columns for some, sense in ((low, GE), (high, LE))]  # fmt: skip
    given = [
        Step(LE, side, tuple((k, v) for k, v in enumerate(row) if v), Given(12 + number))
        for number, (row, side) in enumerate(zip(LARGE[0], LARGE[2], strict=True))
    ]
    return large, Condensed(small, Expansion(columns, (*bounds, *given[:rows]), 16))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing search in the problem itself."""

    def race(*_: object) -> None:
        raise AssertionError("the problem itself was searched")

    monkeypatch.setattr(sys.modules[prove.__module__], "_race", race)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("kind", [None, "tree", "learning"])
def test_a_condensed_proof_is_one_of_the_problem(tmp_path: Path, kind) -> None:
    """Branches on sums of columns among it; both verifiers accept it."""
    large, condensed = half()
    best = solve(large, "highs")
    assert best.objective == 2
    path = tmp_path / "a.vipr"
    attempt = prove(large, 2, Limits(10), kind, condensed)
    assert attempt.proof is not None, attempt.message
    write_certificate(path, large, best.values, attempt.proof)
    assert check_certificate(path, large, 2)
    assert accepts(path.read_text())


def test_a_better_point_of_a_condensed_problem_is_no_answer(tmp_path: Path) -> None:
    """It lacks a row, so 3 satisfy it: the problem itself is searched, and 2 proven."""
    large, condensed = half(rows=3)
    attempt = prove(large, 2, Limits(30), None, condensed)
    assert attempt.better is None
    assert attempt.proof is not None, attempt.message
    path = tmp_path / "a.vipr"
    write_certificate(path, large, solve(large, "highs").values, attempt.proof)
    assert check_certificate(path, large, 2)


def test_cutting_planes_alone_look_at_the_problem() -> None:
    """They know binaries, and the certificate would be about others than the problem's."""
    large, condensed = half()
    attempt = prove(large, 2, Limits(30), "planes", condensed)
    assert attempt.proof is not None, attempt.message
    assert attempt.proof.ordered


def test_a_wrong_expansion_proves_nothing(tmp_path: Path) -> None:
    """Who says that a row follows that does not is refused by the verifier, where it is used."""
    large, (small, expansion) = half()
    path, best = tmp_path / "a.vipr", solve(large, "highs").values
    final = started(small, 2).run()
    used = {id(one.reason): one.reason.number for _, why in needed(final) for one in sources(why)
            if isinstance(one.reason, Given)}  # fmt: skip
    refuted = set()
    for k, step in enumerate(expansion.given):
        wrong = Step(step.sense, step.side + step.sense, step.terms, Combined([(step, 1)]))
        given = (*expansion.given[:k], wrong, *expansion.given[k + 1 :])
        expanded = expansion._replace(given=given).expanded(final)
        write_certificate(path, large, best, proof_of(expanded, expansion.size, 1, 10**6))
        if not check_certificate(path, large, 2):
            refuted.add(k)
    assert refuted == {*used.values()}
    assert refuted


def test_what_is_taken_of_one_row_is_taken_together() -> None:
    """Nothing stands twice in a list of a certificate, and what cancels does not stand there."""
    row, same = (Step(EQ, 1, ((0, 1),), Given(4)) for _ in range(2))
    other, again = (Step(GE, 1, ((0, 1),), Assumed()) for _ in range(2))
    assert [by for _, by in merged([(row, 1), (same, 2), (other, 1), (again, 1)])] == [3, 1, 1]
    assert merged([(row, 1), (same, -1)]) == []


def test_sums_are_divided_and_rounded() -> None:
    """Down for at most, up for at least; not where a coefficient is no multiple."""
    seven = Step(LE, 7, ((0, 2), (1, 4)), Given(0))
    made = added([(seven, 1)], LE, 2)
    assert (made.side, made.terms) == (3, ((0, 1), (1, 2)))
    assert added([(seven, -1)], GE, 2).side == -3
    with pytest.raises(UnderivedError):
        added([(seven, 1)], LE, 4)


def test_no_invalid_mutation_is_accepted(tmp_path: Path) -> None:
    """As of other certificates: both checkers agree, and what is accepted proves the optimum."""
    large, condensed = half()
    attempt = prove(large, 2, Limits(10), "tree", condensed)
    assert attempt.proof is not None, attempt.message
    path = tmp_path / "a.vipr"
    write_certificate(path, large, solve(large, "highs").values, attempt.proof)
    text, dice, refused = path.read_text(), random.Random(7), 0
    assert " uns " in text
    for _ in range(200):
        refused += not agreed(mutated(text, dice), path)
    assert refused > 100


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dbft2-strict-n4-v2-forks-neo-go-amnesia1", 1),
        ("dbft2-strict-n4-v2-forks-neo-cs-amnesia1", 1),
    ],
)
def test_tables_with_restarts_are_certified_by_runs_in_one_stretch(
    tmp_path: Path, name: str, value: int
) -> None:
    """Nobody has to ask for it; the certificate is one of the instance."""
    path = tmp_path / "a.vipr.gz"
    found = certify_value(parse_instance(name), value, path, Limits(60))
    assert found.verdict, found
    assert 1 < found.nodes < 400
