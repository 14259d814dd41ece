"""Outcomes as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.dbft.instance import PublishedInstance
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.question.files import Expected
from milpbft.report.lines import facts, line
from milpbft.result import Result
from milpbft.suite import Case, Outcome
from milpbft.verdict import Verdict

REPLAY = Verdict("replay", "refuted", "tick 3: node 1 sends Commit, but the replica does not")


def outcome(*, crashed: bool = False, expected: bool = True) -> Outcome:
    instance = PublishedInstance.parse("dbft2-n4-t5-p1")
    solution = Solution("optimal", "cbc", "1", 1400, 1400)
    result = Result(instance, Size(3, 2, 1, 5, 1, 4, 9), solution, (REPLAY,), None, 1300, 0.0)
    wanted = Expected(status="optimal", objective=1400, source="test") if expected else None
    verdict = Verdict("expected" if expected else "replay", "refuted", "because")
    return Outcome(Case(instance, wanted), None if crashed else result, verdict, 0.25)


def test_facts_have_a_name_each():
    """What is known of an outcome, in the order in which it is read."""
    found = dict(facts(outcome(), str.upper))
    assert list(found) == [
        "answer", "instance", "value", "bound", "executable", "status", "solver", "variables",
        "rows", "nonzeros", "seconds", "replay", "expected",
    ]  # fmt: skip
    assert found["rows"] == "5: 1 equalities, 4 inequalities"
    assert found["replay"] == f"REFUTED: {REPLAY.reason}"
    assert found["expected"] == "1400, REFUTED: because"
    assert facts(outcome(crashed=True)) == [("crashed", "because")]


def test_what_is_infeasible_has_no_value():
    """Nor a bound: its status says all."""
    found = outcome()
    solution = Solution("infeasible", "cbc", "1")
    proven = replace(found, result=replace(found.result, solution=solution, executable=None))
    assert [name for name, _ in facts(proven)][:4] == ["answer", "instance", "status", "solver"]


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (outcome(), "optimal         0.2 s  because; replay refuted: tick 3: node 1 sends Commit"),
        (outcome(expected=False), "optimal         0.2 s  replay refuted: tick 3: node 1 sends"),
        (outcome(crashed=True), "crashed         0.2 s  because"),
    ],
)
def test_a_line_says_it_once(found: Outcome, text: str):
    """Name, value, status, time, and why; the replay's own reason is not repeated."""
    value = "    1400" if found.result else "        "
    assert line(found, 20).startswith(f"dbft2-n4-t5-p1        {value}  {text}")
