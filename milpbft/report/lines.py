"""Lines: outcomes as plain text, a line each or a line per fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.report.sentence import sentence
from milpbft.report.table import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.suite import Outcome


def facts(outcome: Outcome, paint: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Return name and value of what is known of an outcome.

    Parameters
    ----------
    outcome
        Of a case that did not crash.
    paint
        Colours a verdict.
    """
    result = outcome.result
    if result is None:
        return [("crashed", outcome.verdict.reason)]
    instance, solution, size = result.instance, result.solution, result.size
    found = [("answer", sentence(result))]
    found.append(("instance", f"{instance.name}, {instance.semantics}, {instance.encoding}"))
    if solution.status in ("optimal", "feasible", "limit"):
        found += [("value", _number(solution.objective)), ("bound", _number(solution.bound))]
    if result.executable is not None:
        found.append(("executable", f"{result.executable}, the optimum that replicas reach"))
    found += [
        ("status", ", ".join(filter(None, [solution.status, solution.message]))),
        ("solver", f"{solution.solver} ({solution.version})"),
        ("variables", f"{size.variables}: {size.binaries} binary, {size.integers} integer"),
        ("rows", f"{size.rows}: {size.equalities} equalities, {size.inequalities} inequalities"),
        ("nonzeros", str(size.nonzeros)),
        ("seconds", f"{result.build_seconds:.2f} to build, {solution.seconds:.2f} to solve, "
         f"{outcome.seconds:.2f} in all"),
    ]  # fmt: skip
    found += [("note", note) for note in result.notes]
    found += [(check.check, _joined(paint(check.status), check.reason)) for check in result.checks]
    if expected := outcome.expected:
        wanted = expected.status if expected.objective is None else str(expected.objective)
        verdict = _joined(paint(outcome.verdict.status), outcome.verdict.reason)
        found.append(("expected", f"{wanted}, {verdict}"))
    return found


def _number(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _joined(status: str, reason: str) -> str:
    return f"{status}: {reason}" if reason else status


def _status(outcome: Outcome) -> str:
    if outcome.result is not None:
        return outcome.result.solution.status
    return "unreadable" if outcome.word == "error" else "crashed"


def line(outcome: Outcome, width: int) -> str:
    """Return what came of a case in a line, without its word; `width` is the name's."""
    result, verdict = outcome.result, outcome.verdict
    value = result.solution.objective if result else None
    replay = short(result.verdict("replay")) if result else ""
    said = [verdict.reason if verdict.check != "replay" else "", replay and f"replay {replay}"]
    if certificate := outcome.certificate:
        said.append(
            f"certificate {_joined(certificate.verdict.status, certificate.verdict.reason)}"
        )
    return (
        f"{outcome.name:<{width}}  {'' if value is None else value:>8}  "
        f"{_status(outcome):<10}  {outcome.seconds:>7.1f} s  "
        f"{'; '.join(filter(None, said))}"
    ).rstrip()
