"""Prove: look for the proof of an optimum, or of infeasibility."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..limits import Limits
from ..process import Outcome, run
from ..task import Task
from .task import ProofClaim, ProofTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.certificate.proof import Proof
    from milpbft.milp.problem import Problem

_NO_LIMITS = Limits()
_WORKER = f"{__package__}.worker:run"


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
    """Look for a proof in a process of its own, or with two threads in two, side by side.

    With two, the second search learns from conflicts. Neither kind is the faster one
    everywhere; the first that has an answer ends the other.

    Parameters
    ----------
    problem
        The problem.
    value
        What no point is better than; None: no point satisfies every row.
    limits
        Time and memory of each process, and threads, of which more than two are not used.
    """
    task = ProofTask(**vars(Task.of(problem, limits, "", chatty=False)), value=value)
    outcome = run(task, _WORKER, limits, None) if limits.threads == 1 else _race(task, limits)
    claim = outcome.claim
    if not isinstance(claim, ProofClaim):
        failure = claim.message if claim else ""
        reason = failure or outcome.reason or f"the {outcome.ended} limit was reached"
        return Attempt(seconds=outcome.seconds, message=reason)
    if claim.proof is not None:
        return Attempt(claim.proof, nodes=claim.proof.nodes, seconds=claim.seconds)
    if claim.point is not None:
        point = claim.point.astype("int64")
        if not problem.violations(point, 1) and _contradicts(problem, point, value):
            return Attempt(better=point, seconds=claim.seconds, message="there is a better point")
    return Attempt(nodes=claim.nodes or 0, seconds=claim.seconds, message=claim.message)


def _race(task: ProofTask, limits: Limits) -> Outcome:
    """Search in two ways at once, and return what the first to have an answer says."""
    task = replace(task, threads=1)
    twin = replace(task, learns=True)
    stop, stop_twin, found = threading.Event(), threading.Event(), list[Outcome]()

    def search() -> None:
        outcome = run(twin, _WORKER, limits, None, stop=stop_twin)
        if _answers(outcome):
            found.append(outcome)
            stop.set()

    thread = threading.Thread(target=search, daemon=True)
    thread.start()
    try:
        outcome = run(task, _WORKER, limits, None, stop=stop)
        if not _answers(outcome) and outcome.ended != "interrupt":
            thread.join()
    finally:
        stop_twin.set()
    thread.join()
    return outcome if _answers(outcome) else (*found, outcome)[0]


def _answers(outcome: Outcome) -> bool:
    claim = outcome.claim
    return isinstance(claim, ProofClaim) and (claim.proof is not None or claim.point is not None)


def _contradicts(problem: Problem, point: NDArray[np.int64], value: int | None) -> bool:
    if value is None:
        return True
    found = problem.value(point)
    return found > value if problem.sense == "max" else found < value
