"""Logs in cutting planes: each rule says what its definition says, and its steps are verified."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.milp.certificate.ordered import ordered
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.steps import Given, sources
from milpbft.milp.certificate.verify import verify
from milpbft.milp.certificate.write import write_certificate
from solvers.certify.binaries import Binaries
from solvers.certify.rows import given
from solvers.certify.total import Total
from solvers.certify.veripb import Log, LogError
from solvers.limits import Limits
from solvers.task import Task
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.certificate.steps import Step
    from milpbft.milp.problem import Problem

WIDTH = 4
"""Values of the one integer, less one; it stands first, and two binaries follow."""


class Bench:
    """A drawn row ``>=`` of an integer and binaries, in the ordered problem."""

    def __init__(self, dice: np.random.Generator) -> None:
        row = dice.integers(-9, 10, 3)
        side = int(dice.integers(-9, 20))
        made = problem([row], [1], [side], [WIDTH, 1, 1], [0, 0, 0])
        self.problem: Problem = ordered(made)
        low, high, rows = given(Task.of(self.problem, Limits(), "", chatty=False))
        self.binaries = Binaries([1, 2, 3, 4, 5, 6], low, high, {0: rows[1]})
        self.rows = rows

    def total(self, dice: np.random.Generator) -> Total:
        """Sum up multiples of the row and of the order, and of literals."""
        total = Total(self.binaries)
        total.add(self.rows[0], int(dice.integers(1, 4)))
        for row in self.rows[2:]:
            total.add(row, int(dice.integers(0, 3)))
        for column in range(1, 7):
            total.add_literal(column, int(dice.choice([1, -1])), int(dice.integers(0, 4)))
        return total

    def accepted(self, step: Step, path: Path) -> bool:
        """Whether two checkers take all lines that lead to a step."""
        proof = proof_of(step, 2 * len(self.problem.lower) + len(self.rows), 0, 10**6)
        write_certificate(path, self.problem, None, proof)
        text = path.read_text().replace("RTP infeas", "RTP range -inf inf")
        path.write_text(text)
        verify(path, self.problem)
        return accepts(text)


def literals(total: Total) -> tuple[dict[int, int], int]:
    """Return coefficients of literals, negated ones as ``~column``, and the degree."""
    terms = {k if v > 0 else ~k: abs(v) for k, v in total.pairs}
    return terms, total.side + sum(-v for _, v in total.pairs if v < 0)


def rewritten(bench: Bench, step: Step) -> tuple[dict[int, int], int]:
    """Return the same of a step."""
    total = Total(bench.binaries)
    total.add(step, 1)
    return literals(total)


@pytest.mark.parametrize("by", [2, 3, 7])
def test_division_rounds_coefficients_and_degree_up(by: int, tmp_path: Path) -> None:
    """As it is defined: of literals, all coefficients positive."""
    dice, folded = np.random.default_rng(by), 0
    for _ in range(60):
        bench = Bench(dice)
        total = bench.total(dice)
        terms, degree = literals(total)
        step = total.divided(by)
        wanted = {k: -(-v // by) for k, v in terms.items()}
        assert rewritten(bench, step) == (wanted, -(-degree // by))
        folded += any(column == 0 for column, _ in step.terms)
        assert bench.accepted(step, tmp_path / "a.vipr")
    assert folded > 5


def test_saturation_cuts_coefficients_to_the_degree(tmp_path: Path) -> None:
    """By a rounding or by a split; where nothing is too large, nothing is done."""
    dice = np.random.default_rng(1)
    kinds: Counter[str] = Counter()
    for _ in range(400):
        bench = Bench(dice)
        total = bench.total(dice)
        terms, degree = literals(total)
        if degree < 1:
            continue
        total.saturate()
        step, _ = total.step()
        if max(terms.values(), default=0) > degree:
            kinds[type(step.reason).__name__] += 1
        assert rewritten(bench, step) == ({k: min(v, degree) for k, v in terms.items()}, degree)
        assert bench.accepted(step, tmp_path / "a.vipr")
    assert min(kinds["Combined"], kinds["Split"]) > 8, kinds


def test_clauses_in_turn_take_one_rounding(tmp_path: Path) -> None:
    """What is resolved is the resolvent, and a chain of clauses is a single line."""
    made = problem(
        # a or b; not a or c; not b or c; not c or d or e; not d or e; and then e
        [[1, 1, 0, 0, 0], [-1, 0, 1, 0, 0], [0, -1, 1, 0, 0], [0, 0, -1, 1, 1], [0, 0, 0, -1, 1]],
        [1] * 5,
        [1, 0, 0, 0, 0],
        [1] * 5,
        [0] * 5,
    )
    low, high, rows = given(Task.of(made, Limits(), "", chatty=False))
    binaries = Binaries(list(range(5)), low, high, {})
    total = Total(binaries)
    total.add(rows[0], 1)
    for row in rows[1:]:
        if not total.resolve(row, 1):
            total.add(row, 1)
        total.saturate()
    step, _ = total.step()
    assert (step.terms, step.side) == (((4, 1),), 1)
    assert all(isinstance(part.reason, Given) for part in sources(step.reason))
    proof = proof_of(step, 15, 0, 10**6)
    assert proof.steps == 1
    write_certificate(path := tmp_path / "a.vipr", made, None, proof)
    text = path.read_text().replace("RTP infeas", "RTP range -inf inf")
    path.write_text(text)
    verify(path, made)
    assert accepts(text)


HEAD = ["pseudo-Boolean proof version 1.1\n", "rup >= 0 ;\n"]


def log(*lines: str) -> Step:
    """Read a log about ``2 x + y >= 3`` and ``x + y <= 1``, y being the second binary."""
    made = problem([[2, 1], [1, 1]], [1, -1], [3, 1], [1, 1], [0, 0])
    low, high, rows = given(Task.of(made, Limits(), "", chatty=False))
    formula = [(rows[0], 1), (rows[1], -1)]
    return Log(formula, Binaries([0, 1], low, high, {})).absurdity([*HEAD, *lines])


def test_a_log_is_read() -> None:
    """Sums, multiples and literals in reverse Polish notation; what is not needed is left out."""
    assert log("l 1\n", "l 2\n", "pol 2 x1 s 5 * +\n", "pol 2 3 2 * + x2 +\n", "c 5\n").side > 0


@pytest.mark.parametrize(
    ("line", "side"),
    [
        ("2 3 2 * + x2 +", 1),
        ("3 2 * 2 + x2 1 * +", 1),
        ("2 2 * 3 * 3 12 * + x2 6 * +", 6),
        ("x2 2 * 3 * 3 3 * 4 * + 2 6 * +", 6),
        ("2 2 * 3 * 3 12 * + x2 6 * + ~x1 2 * + x1 2 * +", 4),
        ("2 3 2 * + 3 * x2 3 * +", 3),
    ],
)
def test_multiples_are_added_in_any_order(line: str, side: int) -> None:
    """Of constraints, literals and sums, first or last, also multiples of multiples."""
    step = log("l 1\n", "l 2\n", f"pol {line}\n", "c 4\n")
    assert (step.terms, step.side) == ((), side)


@pytest.mark.parametrize(
    "lines",
    [
        ("l 1\n", "l 2\n"),
        ("l 1\n", "c 2\n"),
        ("l 1\n", "rup +1 x1 >= 1 ;\n", "c 3\n"),
        ("red +1 x1 >= 1 ; x1 1\n", "c 2\n"),
        ("c 1\n",),
    ],
)
def test_what_is_no_proof_is_refused(lines: tuple[str, ...]) -> None:
    """No end, no absurdity, other rules, and nothing at all."""
    with pytest.raises(LogError):
        log(*lines)
