"""Certify: prove the optimum of an instance in a file, and believe what the file proves."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from itertools import islice
from time import process_time
from typing import TYPE_CHECKING, Any

from milpbft.expectation import CERTIFICATE
from milpbft.milp.certificate.claims import CertificateError
from milpbft.milp.certificate.ordered import binaries, extended, ordered
from milpbft.milp.certificate.verify import Proven, verify
from milpbft.milp.certificate.write import write_certificate
from milpbft.modelled import reach
from milpbft.room import room_of
from milpbft.solvers import Limits, prove
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.question.part import Question
    from milpbft.solvers import Attempt, Kind

_NO_LIMITS = Limits()
_HEAD = 20
"""Lines of a certificate in which its number of variables stands."""


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
    instance: Question,
    solution: Solution,
    path: Path,
    limits: Limits = _NO_LIMITS,
    search: Kind | None = None,
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
    search
        The one kind of search to use, see :func:`solvers.certify.prove`; None for all.

    Raises
    ------
    InputError
        Where the suffix is another one.
    OSError
        Where the file cannot be written.
    """
    if solution.status not in ("optimal", "infeasible"):
        return Certificate(_undecided(f"there is nothing to prove: {solution}"))
    model = room_of(instance.protocol).model(instance)
    problem, value = model.problem, solution.objective
    attempt = prove(problem, value, limits, search, model.condensed())
    return _certificate(problem, value, attempt, lambda: solution.values, path)


def certify_value(
    instance: Question,
    value: int | None,
    path: Path,
    limits: Limits,
    *,
    solver: str = "cpsat",
    search: Kind | None = None,
) -> Certificate:
    """Prove a value that is known, as :func:`certify`, without optimising.

    The value is the cutoff of the proof, and a solver needs only some point that reaches it.

    Parameters
    ----------
    instance
        The instance.
    value
        Its optimum; None where it has no point.
    path
        The file to write, ``.vipr`` or ``.vipr.gz``.
    limits
        Of the search for the proof, and of that for a point.
    solver
        Which looks for the point.
    search
        As of :func:`certify`.

    Raises
    ------
    InputError, OSError
        As :func:`certify`.
    """
    model = room_of(instance.protocol).model(instance)
    problem = model.problem

    def point() -> NDArray[np.int64] | None:
        return None if value is None else reach(model, value, solver, limits).values

    attempt = prove(problem, value, limits, search, model.condensed())
    return _certificate(problem, value, attempt, point, path)


def _certificate(
    problem: Problem,
    value: int | None,
    attempt: Attempt,
    point: Callable[[], NDArray[np.int64] | None],
    path: Path,
) -> Certificate:
    nodes, seconds = attempt.nodes, attempt.seconds
    if attempt.better is not None:
        reason = f"a point of value {problem.value(attempt.better)} satisfies every row"
        verdict = Verdict(CERTIFICATE, "refuted", reason)
        return Certificate(verdict, nodes=nodes, find_seconds=seconds)
    if attempt.proof is None:
        verdict = _undecided(attempt.message)
        return Certificate(verdict, nodes=nodes, find_seconds=seconds)
    best = point()
    if best is None and value is not None:
        verdict = _undecided(f"the bound {value} is proven, and no point found that reaches it")
        return Certificate(verdict, nodes=nodes, find_seconds=seconds)
    form = ordered(problem) if attempt.proof.ordered else problem
    if best is not None and form is not problem:
        best = extended(problem, best)
    write_certificate(path, form, best, attempt.proof)
    begin = process_time()
    verdict = check_certificate(path, problem, value)
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
        return judged(verified(path, problem), value)
    except CertificateError as error:
        return Verdict(CERTIFICATE, "refuted", str(error))


def verified(path: Path, problem: Problem) -> Proven:
    """Verify a file about a problem, as it is or :func:`ordered`, which has the same optimum.

    Raises
    ------
    CertificateError
        Where the file proves nothing, or is about another problem.
    OSError
        Where it cannot be read.
    """
    added = binaries(problem)
    both = added and _variables(path) == len(problem.lower) + added
    return verify(path, ordered(problem) if both else problem)


def _variables(path: Path) -> int:
    """Read how many variables a file announces; 0 where that is not to be read."""
    try:
        with gzip.open(path, "rt") if path.name.endswith(".gz") else path.open() as file:
            words = [word for line in islice(file, _HEAD) for word in line.split()]
            return int(words[words.index("VAR") + 1])
    except (ValueError, IndexError, EOFError, gzip.BadGzipFile, zlib.error):
        return 0


def judged(proven: Proven, value: int | None) -> Verdict:
    """Say whether `value` is the optimum that was proven; None: infeasible."""
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
