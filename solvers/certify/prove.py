"""Prove: look for the proof of an optimum, or of infeasibility."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..limits import Limits
from ..process import Outcome, run
from ..task import Task
from .task import Kind, ProofClaim, ProofTask, exact_installed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.certificate.proof import Proof
    from milpbft.milp.problem import Problem

_NO_LIMITS = Limits()
_WORKER = f"{__package__}.worker:run"
_PATIENCE = 60.0
"""Seconds after which the next kind of search is tried where there is no limit, or a long one."""


@dataclass(frozen=True)
class Attempt:
    """What came of looking for a proof.

    Parameters
    ----------
    proof
        The proof; None where there is none.
    better
        A point that satisfies every row and is better than the value to be proven, or that should
        not exist: then the value is wrong.
    nodes
        Nodes of the search.
    seconds
        Processor time of the search; where its process was ended, what had passed by then.
    message
        Why there is no proof.
    """

    proof: Proof | None = None
    better: NDArray[np.int64] | None = None
    nodes: int = 0
    seconds: float = 0.0
    message: str = ""


def prove(problem: Problem, value: int | None, limits: Limits = _NO_LIMITS) -> Attempt:
    """Look for a proof, in processes of their own.

    Three kinds of search take turns, or with two threads run side by side: a branch and bound,
    cutting planes where Exact is installed, and a search that learns from conflicts. None is the
    fastest everywhere; the first that has an answer ends the others.

    Parameters
    ----------
    problem
        The problem.
    value
        What no point is better than; None: no point satisfies every row.
    limits
        Time, and memory of each process; threads, of which more than two are not used.
    """
    turns = _Turns(problem, value, limits)
    first: tuple[Kind, ...] = ("tree", "learning") if turns.planes else ("tree",)
    second: tuple[Kind, ...] = ("planes",) if turns.planes else ("learning",)
    one = limits.threads == 1
    outcome = turns.run((*first[:1], *second, *first[1:])) if one else _race(turns, first, second)
    claim = outcome.claim
    if not isinstance(claim, ProofClaim):
        failure = claim.message if claim else ""
        reason = failure or outcome.reason or f"the {outcome.ended} limit was reached"
        return Attempt(seconds=outcome.seconds, message=reason)
    if claim.proof is not None:
        return Attempt(claim.proof, nodes=claim.proof.nodes, seconds=claim.seconds)
    if claim.point is not None:
        # An ordered problem has its binaries behind the columns of the problem.
        point = claim.point.astype("int64")[: len(problem.lower)]
        if not problem.violations(point, 1) and _contradicts(problem, point, value):
            return Attempt(better=point, seconds=claim.seconds, message="there is a better point")
    message = claim.message or f"no proof within {limits.seconds or 0:g} s"
    return Attempt(nodes=claim.nodes or 0, seconds=claim.seconds, message=message)


class _Turns:
    """Searches one after the other, of which all but the last are given a share of the time."""

    def __init__(self, problem: Problem, value: int | None, limits: Limits) -> None:
        # A solver's process loads this module too, and has no use for SciPy.
        from milpbft.milp.certificate.ordered import MOST, binaries  # noqa: PLC0415

        self._problem, self._value, self._limits = problem, value, limits
        self.planes = exact_installed() and binaries(problem) <= MOST

    def run(self, kinds: tuple[Kind, ...], stop: threading.Event | None = None) -> Outcome:
        """Search until one has an answer, or is ended."""
        began, limit = time.monotonic(), self._limits.seconds
        for turns, kind in zip(range(len(kinds), 0, -1), kinds, strict=True):
            left = None if limit is None else max(0.0, limit - (time.monotonic() - began))
            share = left if turns == 1 else min(_PATIENCE, np.inf if left is None else left / turns)
            outcome = self._search(kind, share, left, stop)
            if _answers(outcome) or outcome.ended in ("stop", "interrupt"):
                break
        return outcome

    def _search(
        self, kind: Kind, share: float | None, left: float | None, stop: threading.Event | None
    ) -> Outcome:
        """Search in one way, for a share of the seconds that are left."""
        from milpbft.milp.certificate.ordered import ordered  # noqa: PLC0415

        problem = ordered(self._problem) if kind == "planes" else self._problem
        limits = replace(self._limits, seconds=share, threads=1)
        task = Task.of(problem, limits, "", chatty=False)
        proof_task = ProofTask(**vars(task), value=self._value, kind=kind)
        # What cutting planes have proven in their share may take longer to be written.
        until = left if kind == "planes" else share
        return run(proof_task, _WORKER, replace(limits, seconds=until), None, stop=stop)


def _race(turns: _Turns, first: tuple[Kind, ...], second: tuple[Kind, ...]) -> Outcome:
    """Let two turns run at once, and return what the first to have an answer says."""
    stop, stop_second, found = threading.Event(), threading.Event(), list[Outcome]()

    def search() -> None:
        outcome = turns.run(second, stop_second)
        found.append(outcome)
        if _answers(outcome):
            stop.set()

    thread = threading.Thread(target=search, daemon=True)
    thread.start()
    try:
        outcome = turns.run(first, stop)
        if not _answers(outcome) and outcome.ended != "interrupt":
            thread.join()
    finally:
        stop_second.set()
    thread.join()
    return found[0] if _answers(found[0]) else outcome


def _answers(outcome: Outcome) -> bool:
    claim = outcome.claim
    return isinstance(claim, ProofClaim) and (claim.proof is not None or claim.point is not None)


def _contradicts(problem: Problem, point: NDArray[np.int64], value: int | None) -> bool:
    if value is None:
        return True
    found = problem.value(point)
    return found > value if problem.sense == "max" else found < value
