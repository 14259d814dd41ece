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

    from milpbft.milp.certificate.condensed import Condensed
    from milpbft.milp.certificate.proof import Proof
    from milpbft.milp.problem import Problem

_NO_LIMITS = Limits()
_WORKER = f"{__package__}.worker:run"
_PATIENCE = 60.0
"""Seconds after which the next kind of search is tried where there is no limit, or a long one."""
_CONDENSED = 0.3
"""Share of the time for a condensed problem: its proof takes seconds, or has no end."""


@dataclass(frozen=True)
class Lane:
    """Kinds of search that take turns, with so many threads."""

    kinds: tuple[Kind, ...]
    threads: int = 1


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


def prove(
    problem: Problem,
    value: int | None,
    limits: Limits = _NO_LIMITS,
    kind: Kind | None = None,
    condensed: Condensed | None = None,
) -> Attempt:
    """Look for a proof, in processes of their own.

    Three kinds of search take turns, or with more threads run side by side: a branch and bound,
    cutting planes where Exact is installed, and a search that learns from conflicts. None is the
    fastest everywhere; the first that has an answer ends the others. Threads that are left when
    each kind has one are for the branch and bound, which is split into subtrees.

    Before them, where there is one, a condensed problem is tried for a share of the time. What
    bounds it bounds the problem; where it has a better point, that is none of the problem's.

    Parameters
    ----------
    problem
        The problem.
    value
        What no point is better than; None: no point satisfies every row.
    limits
        Time; memory of each search; threads.
    kind
        The kind of search to be used alone; None for all of them.
    condensed
        A smaller problem that follows from the problem; cutting planes do not use it.
    """
    began = time.monotonic()
    if condensed is not None and kind != "planes":
        found = _in_short(condensed, value, limits, kind or "tree")
        if found is not None:
            return found
    if limits.seconds is not None:
        left = max(0.0, limits.seconds - (time.monotonic() - began))
        limits = replace(limits, seconds=left)
    turns = _Turns(problem, value, limits)
    outcome = _race(turns, _lanes(limits.threads, kind, planes=turns.planes))
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


def _in_short(
    condensed: Condensed, value: int | None, limits: Limits, kind: Kind
) -> Attempt | None:
    """Prove a value of a condensed problem, as a proof about the one that it condenses."""
    most = _PATIENCE if limits.seconds is None else min(_PATIENCE, limits.seconds * _CONDENSED)
    limits = replace(limits, seconds=most, threads=1)
    task = Task.of(condensed.problem, limits, "", chatty=False)
    proof_task = ProofTask(**vars(task), value=value, kind=kind, expansion=condensed.expansion)
    outcome = run(proof_task, _WORKER, limits, None)
    if outcome.ended == "interrupt":
        return Attempt(seconds=outcome.seconds, message=f"the {outcome.ended} limit was reached")
    claim = outcome.claim
    if not isinstance(claim, ProofClaim) or claim.proof is None:
        return None
    return Attempt(claim.proof, nodes=claim.proof.nodes, seconds=claim.seconds)


def _lanes(threads: int, kind: Kind | None, *, planes: bool) -> list[Lane]:
    """Return what runs side by side."""
    if kind is not None:
        return [Lane((kind,), threads if kind == "tree" else 1)]
    others: list[Kind] = ["planes", "learning"] if planes else ["learning"]
    if threads == 1:
        return [Lane(("tree", *others))]
    if threads <= len(others):
        return [Lane(("tree", "learning")), Lane(("planes",))]
    return [Lane(("tree",), threads - len(others)), *(Lane((kind,)) for kind in others)]


class _Turns:
    """Searches one after the other, of which all but the last are given a share of the time."""

    def __init__(self, problem: Problem, value: int | None, limits: Limits) -> None:
        # A solver's process loads this module too, and has no use for SciPy.
        from milpbft.milp.certificate.ordered import MOST, binaries  # noqa: PLC0415

        self._problem, self._value, self._limits = problem, value, limits
        self.planes = exact_installed() and binaries(problem) <= MOST

    def run(self, lane: Lane, stop: threading.Event) -> Outcome:
        """Search until one has an answer, or is ended."""
        began, limit, kinds = time.monotonic(), self._limits.seconds, lane.kinds
        for turns, kind in zip(range(len(kinds), 0, -1), kinds, strict=True):
            left = None if limit is None else max(0.0, limit - (time.monotonic() - began))
            share = left if turns == 1 else min(_PATIENCE, np.inf if left is None else left / turns)
            limits = replace(self._limits, seconds=share, threads=lane.threads)
            outcome = self._search(kind, limits, left, stop)
            if _answers(outcome) or outcome.ended in ("stop", "interrupt"):
                break
        return outcome

    def _search(
        self, kind: Kind, limits: Limits, left: float | None, stop: threading.Event
    ) -> Outcome:
        """Search in one way, for a share of the seconds that are left."""
        from milpbft.milp.certificate.ordered import ordered  # noqa: PLC0415

        problem = ordered(self._problem) if kind == "planes" else self._problem
        task = Task.of(problem, limits, "", chatty=False)
        proof_task = ProofTask(**vars(task), value=self._value, kind=kind)
        # What cutting planes have proven in their share may take longer to be written.
        until = left if kind == "planes" else limits.seconds
        return run(proof_task, _WORKER, replace(limits, seconds=until), None, stop=stop)


def _race(turns: _Turns, lanes: list[Lane]) -> Outcome:
    """Let lanes run at once, and return what the first to have an answer says."""
    stops = [threading.Event() for _ in lanes]
    found = [Outcome() for _ in lanes]

    def search(number: int) -> None:
        found[number] = turns.run(lanes[number], stops[number])
        if _answers(found[number]):
            stop(but=number)

    def stop(but: int | None = None) -> None:
        for number, event in enumerate(stops):
            if number != but:
                event.set()

    numbers = range(1, len(lanes))
    threads = [threading.Thread(target=search, args=(k,), daemon=True) for k in numbers]
    try:
        for thread in threads:
            thread.start()
        search(0)
        if found[0].ended == "interrupt":
            stop()
    except BaseException:
        stop()
        raise
    finally:
        for thread in threads:
            thread.join()
    return next((outcome for outcome in found if _answers(outcome)), found[0])


def _answers(outcome: Outcome) -> bool:
    claim = outcome.claim
    return isinstance(claim, ProofClaim) and (claim.proof is not None or claim.point is not None)


def _contradicts(problem: Problem, point: NDArray[np.int64], value: int | None) -> bool:
    if value is None:
        return True
    found = problem.value(point)
    return found > value if problem.sense == "max" else found < value
