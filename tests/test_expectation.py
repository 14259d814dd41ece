"""Expectations: what confirms, refutes, and leaves open."""

from __future__ import annotations

from typing import Any

import pytest

from milpbft.dbft.instance import PublishedInstance
from milpbft.errors import InputError
from milpbft.expectation import agree, assess, compare, parse_expected
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.question.files import Expected
from milpbft.result import Result
from milpbft.verdict import Verdict


def solution(status: Any, objective: int | None = None, bound: int | None = None) -> Solution:
    if status == "optimal":
        bound = objective
    return Solution(status, "cbc", "1", objective, bound, message="stop")


def result(found: Solution, *checks: Verdict, name: str = "p1", executable: int | None = None):
    """Return a result of an instance that is maximised (p1) or minimised (p3)."""
    size = Size(1, 1, 0, 1, 0, 1, 1)
    instance = PublishedInstance.parse(f"dbft2-n4-t5-{name}")
    return Result(instance, size, found, checks, None, executable, 0.0)


def expected(status: str, objective: int | None = None, **fields: Any) -> Expected:
    return Expected.make({"status": status, "objective": objective, "source": "test", **fields})


def replayed(status: Any) -> Verdict:
    return Verdict("replay", status, "" if status == "confirmed" else "tick 1")


OPTIMAL, INFEASIBLE = expected("optimal", 10), expected("infeasible")
OPEN = expected("open", 10, bound=20)


@pytest.mark.parametrize(
    ("wanted", "found", "status", "reason"),
    [
        (OPTIMAL, solution("optimal", 10), "confirmed", ""),
        (OPTIMAL, solution("optimal", 9), "refuted", "optimum 9, expected 10"),
        (OPTIMAL, solution("infeasible"), "refuted", "infeasible, expected optimum 10"),
        (OPTIMAL, solution("feasible", 11, 20), "refuted", "value 11 is better than the expected"),
        (OPTIMAL, solution("feasible", 5, 9), "refuted", "bound 9 rules out the expected"),
        (OPTIMAL, solution("limit", None, 9), "refuted", "bound 9 rules out"),
        (OPTIMAL, solution("feasible", 10, 20), "undecided", "stop: value 10, bound 20, expected"),
        (OPTIMAL, solution("limit"), "undecided", "stop: value unknown, bound unknown"),
        (INFEASIBLE, solution("infeasible"), "confirmed", ""),
        (INFEASIBLE, solution("optimal", 1), "refuted", "value 1, expected infeasible"),
        (INFEASIBLE, solution("feasible", 1, 2), "refuted", "value 1, expected infeasible"),
        (INFEASIBLE, solution("limit"), "undecided", "expected infeasible"),
        (OPEN, solution("optimal", 10), "confirmed", "better than expected: now proven"),
        (OPEN, solution("optimal", 15), "confirmed", "better than expected: now proven"),
        (OPEN, solution("optimal", 21), "refuted", "value 21 is better than the proven bound 20"),
        (OPEN, solution("optimal", 9), "refuted", "bound 9 rules out the known value 10"),
        (OPEN, solution("infeasible"), "refuted", "infeasible, but the value 10 is known"),
        (OPEN, solution("feasible", 10, 20), "confirmed", ""),
        (OPEN, solution("feasible", 10, 30), "confirmed", ""),
        (OPEN, solution("feasible", 12, 18), "confirmed",
         "better than expected: value 12, known was 10, bound 18, proven was 20"),
        (OPEN, solution("feasible", 9, 20), "undecided", "known value 10"),
        (OPEN, solution("limit", None, 20), "undecided", "known value 10"),
        (OPEN, solution("limit", None, 9), "refuted", "bound 9 rules out the known value"),
        (expected("open"), solution("infeasible"), "confirmed", "now proven infeasible"),
        (expected("open"), solution("feasible", 1), "confirmed", "value 1, known was unknown"),
    ],
)  # fmt: skip
def test_values_are_compared(wanted: Expected, found: Solution, status: str, reason: str):
    """Each outcome of a maximisation against each kind of expectation."""
    verdict = compare(wanted, result(found))
    assert (verdict.check, verdict.status) == ("expected", status)
    assert reason in verdict.reason
    assert bool(reason) == bool(verdict.reason)


@pytest.mark.parametrize(
    ("wanted", "found", "status"),
    [
        (OPTIMAL, solution("feasible", 9, 0), "refuted"),
        (OPTIMAL, solution("feasible", 12, 11), "refuted"),
        (OPTIMAL, solution("feasible", 12, 10), "undecided"),
        (expected("open", 10, bound=5), solution("optimal", 4), "refuted"),
        (expected("open", 10, bound=5), solution("optimal", 7), "confirmed"),
        (expected("open", 10, bound=5), solution("feasible", 11, 5), "undecided"),
    ],
)
def test_a_minimum_is_better_below(wanted: Expected, found: Solution, status: str):
    """The sense of the instance says what is better."""
    assert compare(wanted, result(found, name="p3")).status == status


@pytest.mark.parametrize(
    ("fields", "check", "executable", "status", "reason"),
    [
        ({"replay": "confirmed"}, "confirmed", None, "confirmed", ""),
        ({"replay": "refuted"}, "refuted", None, "confirmed", ""),
        ({}, "refuted", None, "confirmed", ""),
        ({"replay": "confirmed"}, "refuted", 9, "refuted", "replay refuted, expected confirmed"),
        ({"replay": "refuted"}, "confirmed", None, "refuted", "replay confirmed, expected refuted"),
        ({"replay": "confirmed"}, "undecided", None, "undecided", "replay: tick 1"),
        ({"replay": "refuted", "executable": 9}, "refuted", 9, "confirmed", ""),
        ({"replay": "refuted", "executable": 9}, "refuted", 8, "refuted", "optimum 8, expected 9"),
        ({"executable": 9}, "confirmed", None, "refuted", "executable optimum unknown"),
    ],
)
def test_replays_are_compared(
    fields: dict[str, Any], check: str, executable: int | None, status: str, reason: str
):
    """A proven optimum is held against the expected replay verdict and executable optimum."""
    found = result(solution("optimal", 10), replayed(check), executable=executable)
    verdict = compare(expected("optimal", 10, **fields), found)
    assert verdict.status == status
    assert reason in verdict.reason


def test_a_replay_that_did_not_run_is_undecided():
    """An expected replay verdict cannot be confirmed without a replay."""
    verdict = compare(expected("optimal", 10, replay="confirmed"), result(solution("optimal", 10)))
    assert verdict == Verdict("expected", "undecided", "replay: it did not run")


def test_closing_an_open_instance_keeps_the_good_news():
    """A confirmed replay does not hide that the optimum is now proven."""
    wanted = expected("open", 10, replay="confirmed")
    verdict = compare(wanted, result(solution("optimal", 10), replayed("confirmed")))
    assert verdict == Verdict("expected", "confirmed", "better than expected: now proven")


@pytest.mark.parametrize("status", ["error", "unbounded"])
def test_a_failed_solver_is_refuted(status: str):
    """Whatever was expected, a solver that failed is a failure, with its message."""
    assert assess(result(solution(status)), OPTIMAL) == Verdict("solver", "refuted", "stop")


def test_a_refuted_check_decides():
    """A broken row counts more than a value that looks right."""
    broken = Verdict("direct", "refuted", "row 3")
    assert assess(result(solution("optimal", 10), broken), OPTIMAL) is broken


def test_an_undecided_second_solver_leaves_the_answer_undecided():
    """What was asked for and not found out does not count as confirmed; a refutation stays."""
    second = Verdict("second-solver", "undecided")
    assert assess(result(solution("optimal", 10), second), OPTIMAL) is second
    assert assess(result(solution("optimal", 9), second), OPTIMAL).status == "refuted"


@pytest.mark.parametrize(
    ("found", "checks", "status"),
    [
        (solution("optimal", 10), (replayed("confirmed"),), "confirmed"),
        (solution("optimal", 10), (replayed("refuted"),), "refuted"),
        (solution("optimal", 10), (replayed("undecided"),), "undecided"),
        (solution("infeasible"), (), "confirmed"),
        (solution("feasible", 1, 2), (replayed("confirmed"),), "undecided"),
        (solution("limit"), (), "undecided"),
    ],
)
def test_without_expectation_an_answer_and_its_replay_count(
    found: Solution, checks: tuple[Verdict, ...], status: str
):
    """A proven answer is confirmed where replicas do the same."""
    assert assess(result(found, *checks), None).status == status


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (solution("optimal", 10), solution("optimal", 10), "confirmed"),
        (solution("infeasible"), solution("infeasible"), "confirmed"),
        (solution("optimal", 10), solution("optimal", 9), "refuted"),
        (solution("optimal", 10), solution("infeasible"), "refuted"),
        (solution("feasible", 3, 9), solution("infeasible"), "refuted"),
        (solution("optimal", 10), solution("feasible", 11, 12), "refuted"),
        (solution("optimal", 10), solution("feasible", 3, 9), "refuted"),
        (solution("limit", None, 9), solution("optimal", 10), "refuted"),
        (solution("optimal", 10), solution("feasible", 10, 12), "undecided"),
        (solution("optimal", 10), solution("limit"), "undecided"),
        (solution("optimal", 10), solution("error"), "undecided"),
    ],
)
def test_two_solvers_agree_or_not(first: Solution, second: Solution, status: str):
    """Equal proofs agree; a value beyond the other's bound is a contradiction."""
    verdict = agree(first, second, "max")
    assert (verdict.check, verdict.status) == ("second-solver", status)


def test_expectations_are_read():
    """An integer is an optimum, one word is another status, and all else is unusable."""
    assert parse_expected("-578").objective == -578
    assert parse_expected("infeasible").status == "infeasible"
    with pytest.raises(InputError, match=r"^expect: '1e3' is not allowed; an integer"):
        parse_expected("1e3")
