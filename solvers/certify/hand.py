"""Hand: a process that proves the subtrees that it is given.

It reads a Start from its standard input, then Jobs, and the number of a job that is to be paused.
It writes Reports. The end of its input, or of its starter, is its own end.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.certificate.steps import Assumed, Given, Step

from ..frames import receive, send
from .cutoff import CUTOFF_BIT, BetterPointError, OutOfTimeError
from .parcel import Parcel, packed
from .search import PausedError, Search

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

    from milpbft.milp.certificate.steps import Terms

    from .task import ProofTask

DEPTH = 100_000
"""A node of the search is a call, and so is each assumption above it."""
Side = tuple[int, int, "Terms", "int | None"]
"""Sense, side and terms of what is assumed, and the clique row that it is about."""


@dataclass
class Start:
    """The problem, and what is known at the root: bounds of columns and then cuts.

    Each has a sense, side, terms and mask, and they are numbered on from what is given. A job is
    paused after so many seconds of processor time, `patience`, and not before.
    """

    task: ProofTask
    patience: float
    bounds: list[tuple[int, int, Terms, int]]
    cuts: list[tuple[int, int, Terms, int]]


@dataclass
class Job:
    """A subtree to be refuted."""

    number: int
    sides: list[Side]


@dataclass
class Report:
    """What came of a job.

    Parameters
    ----------
    number
        Of the job.
    nodes
        Nodes that it took.
    parcel
        The absurdity; or of each fork of a search that was paused the two sides, and then the
        absurdity of the first one where there is one. Known are the cutoff and the job's sides.
    forks
        Of such a search, per fork the clique row and whether the first side is refuted; None
        where there is the absurdity.
    better
        A point that is better than the value; nothing else is told then.
    late
        Whether the time limit came first.
    """

    number: int
    nodes: int = 0
    parcel: Parcel = field(default_factory=lambda: Parcel([], []))
    forks: list[tuple[int | None, bool]] | None = None
    better: NDArray[np.int64] | None = None
    late: bool = False


class Subtrees(Search):
    """The branch and bound, which begins with what another one knows at the root."""

    def __init__(self, start: Start) -> None:
        super().__init__(start.task)
        self.restate()
        told = enumerate([*start.bounds, *start.cuts], self.given)
        steps = [Step(sense, side, terms, Given(k), mask) for k, (sense, side, terms, mask) in told]
        self.known = self.given + len(steps)
        bounds, cuts = steps[: len(start.bounds)], steps[len(start.bounds) :]
        for step in bounds:
            self._box.tighten(step)
        if cuts:
            self.add_cuts(cuts)
        self._most = np.iinfo(np.int64).max
        self._patience, self._began = start.patience, 0.0
        self.paused = -1
        self._job = -1

    def _pauses(self) -> bool:
        asked = self.paused == self._job
        return asked and time.process_time() - self._began > self._patience

    def work(self, job: Job) -> Report:
        """Refute a subtree, or say how far that came."""
        self.nodes, self._job, self._began = 0, job.number, time.process_time()
        known, sides = [self._cutoff] if self._cutoff else [], list[tuple[Step, int | None]]()
        for depth, (sense, side, terms, row) in enumerate(job.sides, 1):
            sides.append((Step(sense, side, terms, Assumed(), CUTOFF_BIT << depth), row))
        known += [step for step, _ in sides]
        try:
            wanted, forks = [self.under(sides)], None
        except PausedError:
            wanted, forks = [], [(fork.row, fork.refuted is not None) for fork in self.path]
            for fork in self.path:
                wanted += [fork.first, fork.second, *([fork.refuted] if fork.refuted else [])]
        except BetterPointError as error:
            return Report(job.number, self.nodes, better=error.point)
        except OutOfTimeError:
            return Report(job.number, self.nodes, late=True)
        return Report(job.number, self.nodes, packed(wanted, self.known, known), forks)


def main() -> None:
    """Work on jobs until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setrecursionlimit(DEPTH)
    gc.disable()  # as in the process that starts this one
    # What a solver prints goes to standard error.
    reports: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    search, jobs = Subtrees(receive(orders)), queue.SimpleQueue[Job]()

    def listen() -> None:
        # Whatever is wrong with the other end, nobody waits for more.
        try:
            while True:
                order = receive(orders)
                if isinstance(order, Job):
                    jobs.put(order)
                else:
                    search.paused = order
        finally:
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        send(reports, search.work(jobs.get()))
