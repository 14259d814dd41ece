"""Expectation: whether a result is what an instance file says, and whether solvers agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.milp.solution import shown
from milpbft.question.files import Expected
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.milp.problem import Sense
    from milpbft.milp.solution import Solution
    from milpbft.result import Result
    from milpbft.verdict import Status

EXPECTED = "expected"
SECOND = "second-solver"
CERTIFICATE = "certificate"
_BETTER = "better than expected"


def assess(result: Result, expected: Expected | None) -> Verdict:
    """Give one verdict on a result and all its checks.

    Parameters
    ----------
    result
        What solving an instance gave.
    expected
        What it is held against. Without it, a replay must be confirmed; with it, the replay must be
        as expected, and is not looked at where the expectation does not say.

    Returns
    -------
    Verdict
        Of the check that decided: ``refuted`` where the solver failed, a check was refuted, or an
        expectation does not hold; ``undecided`` where a limit came first.
    """
    if result.solution.status in ("error", "unbounded"):
        reason = result.solution.message or f"the solver says {result.solution.status}"
        return Verdict("solver", "refuted", reason)
    for check in result.checks:
        if check.status == "refuted" and check.check != "replay":
            return check
    verdict = compare(expected, result) if expected else _unexpected(result)
    for name in (SECOND, CERTIFICATE):
        other = result.verdict(name)
        if verdict and other is not None and other.status == "undecided":
            return other
    return verdict


def _unexpected(result: Result) -> Verdict:
    if result.solution.status in ("feasible", "limit"):
        return Verdict("solver", "undecided", _at_limit(result.solution))
    replay = result.verdict("replay")
    if replay is not None and replay.status != "confirmed":
        return replay
    return Verdict("solver", "confirmed")


def compare(expected: Expected, result: Result) -> Verdict:
    """Compare a result with what is expected of it: value, status, bound, and replay.

    An ``open`` instance is held against its best known value and its proven bound. It is confirmed
    by a value that is as good as the known one, also if it is better or proven optimal (the reason
    then begins with "better than expected"), and refuted by a contradiction. Replays are compared
    where the optimum is proven: only then is every schedule of that value looked at.
    """
    solution, sense = result.solution, result.instance.objective.sense
    match expected.status:
        case "optimal":
            verdict = _optimum(expected, solution, sense)
        case "infeasible":
            verdict = _infeasible(solution)
        case "open":
            verdict = _open(expected, solution, sense)
    return _replay(expected, result) if verdict and solution.status == "optimal" else verdict


def parse_expected(text: str, source: str = "--expect") -> Expected:
    """Read an expectation: an optimum, or ``infeasible``.

    Raises
    ------
    InputError
        For any other text.
    """
    if text == "infeasible":
        return Expected(status="infeasible", source=source)
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise InputError("expect", text, "an integer, or infeasible")
    return Expected(status="optimal", objective=int(text), source=source)


def _is(status: Status, reason: str = "") -> Verdict:
    return Verdict(EXPECTED, status, reason)


def _beats(one: int | None, other: int | None, sense: Sense) -> bool:
    """Whether a value is better than another; not where either is unknown."""
    if one is None or other is None:
        return False
    return one > other if sense == "max" else one < other


def _at_limit(solution: Solution) -> str:
    return f"{solution.message or 'a limit was reached'}: {solution.reached}"


def _optimum(expected: Expected, solution: Solution, sense: Sense) -> Verdict:
    wanted, value, bound = expected.objective, solution.objective, solution.bound
    if solution.status == "infeasible":
        return _is("refuted", f"infeasible, expected optimum {wanted}")
    if solution.status == "optimal":
        if value == wanted:
            return _is("confirmed")
        return _is("refuted", f"optimum {value}, expected {wanted}")
    if _beats(value, wanted, sense):
        return _is("refuted", f"value {value} is better than the expected optimum {wanted}")
    if _beats(wanted, bound, sense):
        return _is("refuted", f"bound {bound} rules out the expected optimum {wanted}")
    return _is("undecided", f"{_at_limit(solution)}, expected {wanted}")


def _infeasible(solution: Solution) -> Verdict:
    if solution.status == "infeasible":
        return _is("confirmed")
    if solution.objective is not None:
        return _is("refuted", f"value {solution.objective}, expected infeasible")
    return _is("undecided", f"{_at_limit(solution)}, expected infeasible")


def _open(expected: Expected, solution: Solution, sense: Sense) -> Verdict:
    known, value = expected.objective, solution.objective
    if wrong := _contradiction(expected, solution, sense):
        return _is("refuted", wrong)
    if solution.status == "infeasible":
        return _is("confirmed", f"{_BETTER}: now proven infeasible")
    if solution.status == "optimal":
        return _is("confirmed", f"{_BETTER}: now proven")
    if value is None or _beats(known, value, sense):
        return _is("undecided", f"{_at_limit(solution)}, known value {shown(known)}")
    return _is("confirmed", _progress(expected, solution, sense))


def _contradiction(expected: Expected, solution: Solution, sense: Sense) -> str:
    known, value, bound = expected.objective, solution.objective, solution.bound
    if solution.status == "infeasible" and known is not None:
        return f"infeasible, but the value {known} is known"
    if _beats(value, expected.bound, sense):
        return f"value {value} is better than the proven bound {expected.bound}"
    if _beats(known, bound, sense):
        return f"bound {bound} rules out the known value {known}"
    return ""


def _progress(expected: Expected, solution: Solution, sense: Sense) -> str:
    """Say what a run on an open instance improved; empty where nothing."""
    found = []
    if expected.objective is None or _beats(solution.objective, expected.objective, sense):
        found.append(f"value {solution.objective}, known was {shown(expected.objective)}")
    if solution.bound is not None and (
        expected.bound is None or _beats(expected.bound, solution.bound, sense)
    ):
        found.append(f"bound {solution.bound}, proven was {shown(expected.bound)}")
    return f"{_BETTER}: {', '.join(found)}" if found else ""


def _replay(expected: Expected, result: Result) -> Verdict:
    """Compare what replicas make of the optimum; the verdict on the value was confirmed."""
    replay = result.verdict("replay")
    if replay is None:
        replay = Verdict("replay", "undecided", "it did not run")
    asks = expected.replay is not None or expected.executable is not None
    if asks and replay.status == "undecided":
        return _is("undecided", f"replay: {replay.reason}")
    if expected.replay is not None and replay.status != expected.replay:
        reason = f": {replay.reason}" if replay.reason else ""
        return _is("refuted", f"replay {replay.status}, expected {expected.replay}{reason}")
    if expected.executable is not None and result.executable != expected.executable:
        found, wanted = shown(result.executable), expected.executable
        return _is("refuted", f"executable optimum {found}, expected {wanted}")
    better = _BETTER + ": now proven" if expected.status == "open" else ""
    return _is("confirmed", better)


def agree(first: Solution, second: Solution, sense: Sense) -> Verdict:
    """Compare what two solvers say of one problem.

    Returns
    -------
    Verdict
        Of the check ``second-solver``: ``confirmed`` where both have the same proven answer,
        ``refuted`` where they contradict each other, ``undecided`` where one reached a limit or
        failed.
    """
    ours, theirs = f"{first.solver} {first}", f"{second.solver} {second}"
    both = f"{ours}, {theirs}"
    proven = ("optimal", "infeasible")
    if second.status == "error":
        return Verdict(SECOND, "undecided", f"{second.solver} failed: {second.message}")
    if first.status in proven and second.status in proven:
        same = first.status == second.status and first.objective == second.objective
        return Verdict(SECOND, "confirmed" if same else "refuted", theirs if same else both)
    for one, other in ((first, second), (second, first)):
        impossible = one.status == "infeasible" and other.objective is not None
        if impossible or _beats(one.objective, other.bound, sense):
            return Verdict(SECOND, "refuted", both)
    return Verdict(SECOND, "undecided", both)
