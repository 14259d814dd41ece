"""Certify: prove the optimum of an instance in a file, and believe what the file proves."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING, Any

from milpbft.expectation import CERTIFICATE
from milpbft.milp.certificate.verify import CertificateError, Proven, verify
from milpbft.milp.certificate.write import write_certificate
from milpbft.room import room_of
from milpbft.solvers import Limits, prove
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.question.part import Question

_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Certificate:
    """What came of certifying one optimum.

    Parameters
    ----------
    verdict
        Of the check ``certificate``: ``confirmed`` where the file was verified, ``refuted`` where
        the search met a better point or the file was refused, ``undecided`` where a limit came
        first or there is no optimum to prove.
    path
        The file; None where none was written.
    nodes, steps, size
        Nodes of the search, derivations of the proof, bytes of the file.
    find_seconds, verify_seconds
        Processor time of the search and of the verification.
    """

    verdict: Verdict
    path: Path | None = None
    nodes: int = 0
    steps: int = 0
    size: int = 0
    find_seconds: float = 0.0
    verify_seconds: float = 0.0

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft certify --json`` prints of it."""
        return {
            "certificate": None if self.path is None else str(self.path),
            "verdict": self.verdict.status,
            "reason": self.verdict.reason,
            "nodes": self.nodes,
            "derivations": self.steps,
            "bytes": self.size,
            "find_seconds": round(self.find_seconds, 4),
            "verify_seconds": round(self.verify_seconds, 4),
        }


def certify(
    instance: Question, solution: Solution, path: Path, limits: Limits = _NO_LIMITS
) -> Certificate:
    """Prove what a solver says of an instance, write the proof, and verify the file.

    Parameters
    ----------
    instance
        The instance.
    solution
        Of its problem, without starts; ``optimal`` or ``infeasible``.
    path
        The file to write, ``.vipr`` or ``.vipr.gz``.
    limits
        Of the search.

    Raises
    ------
    InputError
        Where the suffix is another one.
    OSError
        Where the file cannot be written.
    """
    if solution.status not in ("optimal", "infeasible"):
        return Certificate(_undecided(f"there is nothing to prove: {solution}"))
    problem = room_of(instance.protocol).model(instance).problem
    attempt = prove(problem, solution.objective, limits)
    nodes, seconds = attempt.nodes, attempt.seconds
    if attempt.better is not None:
        reason = f"a point of value {problem.value(attempt.better)} satisfies every row"
        verdict = Verdict(CERTIFICATE, "refuted", reason)
        return Certificate(verdict, nodes=nodes, find_seconds=seconds)
    if attempt.proof is None:
        verdict = _undecided(attempt.message)
        return Certificate(verdict, nodes=nodes, find_seconds=seconds)
    write_certificate(path, problem, solution.values, attempt.proof)
    begin = process_time()
    verdict = check_certificate(path, problem, solution.objective)
    checked, size = process_time() - begin, path.stat().st_size
    if verdict:
        reason = f"{nodes} nodes, {size} bytes, verified in {checked:.2f} s"
        verdict = Verdict(CERTIFICATE, "confirmed", reason)
    return Certificate(verdict, path, nodes, attempt.proof.steps, size, seconds, checked)


def check_certificate(path: Path, problem: Problem, value: int | None) -> Verdict:
    """Verify that a file proves that `value` is the optimum of a problem; None: infeasible.

    Raises
    ------
    OSError
        Where the file cannot be read.
    """
    try:
        proven = verify(path, problem)
    except CertificateError as error:
        return Verdict(CERTIFICATE, "refuted", str(error))
    if proven.infeasible if value is None else (proven.lower, proven.upper) == (value, value):
        return Verdict(CERTIFICATE, "confirmed")
    wanted = "infeasible" if value is None else f"optimum {value}"
    return Verdict(CERTIFICATE, "refuted", f"it proves {statement(proven)}, not {wanted}")


def statement(proven: Proven) -> str:
    """Say in words what a certificate proves."""
    if proven.infeasible:
        return "infeasible"
    if proven.lower is not None and proven.lower == proven.upper:
        return f"optimum {proven.lower}"
    ends = [("at least", proven.lower), ("at most", proven.upper)]
    known = [f"{word} {bound}" for word, bound in ends if bound is not None]
    return f"optimum {' and '.join(known)}" if known else "nothing"


def _undecided(reason: str) -> Verdict:
    return Verdict(CERTIFICATE, "undecided", reason)
