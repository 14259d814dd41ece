"""What is said of all sizes at once."""

from __future__ import annotations

import pytest

from milpbft.check.everywhere import Theorem
from milpbft.report.theorem import theorem_answer, theorem_lines, theorem_summary


@pytest.mark.parametrize(
    ("theorem", "answer"),
    [
        (
            Theorem("holds", "fork", (), {}, given="in view 0 with f Byzantine nodes"),
            "No: whatever the size, there is no fork in view 0 with f Byzantine nodes; "
            "proven by z3.",
        ),
        (Theorem("undecided", "lock", (), {}), "Not settled: whether some size has a lock."),
        (
            Theorem("violated", "fork", (), {"N": 4, "T": 1}, least=True),
            "Yes: there is a fork at N = 4, T = 1, and no smaller size has one.",
        ),
        (
            Theorem("violated", "fork", (), {"N": 7}, least=False),
            "Yes: there is a fork at N = 7, smaller sizes are open.",
        ),
    ],
)
def test_a_theorem_has_an_answer(theorem: Theorem, answer: str):
    """One sentence, first in text and in JSON."""
    assert theorem_answer(theorem) == answer
    assert next(theorem_lines(theorem, str)) == ("answer", answer)
    assert theorem_summary(theorem, "pbft", None)["answer"] == answer
