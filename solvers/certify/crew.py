"""Crew: a branch and bound whose subtrees are proven by several processes.

One begins with the whole tree. Where another one has nothing to do, it is asked to pause, and says
what it has refuted and what is open; of that it goes on with the deepest, and the others take what
is highest. All parts rest on the same steps at the root, and become one proof.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, cast

import numpy as np

from milpbft.milp.certificate.steps import Given, Step

from ..frames import receive, send
from .cutoff import BetterPointError, OutOfTimeError
from .forest import Subtree
from .hand import Job, Report, Start
from .parcel import unpacked
from .search import Fork, Search

if TYPE_CHECKING:
    from io import BufferedReader
    from typing import BinaryIO


_BOOT = f"from {__package__}.hand import main; main()"
_PATIENCE = 0.3
"""Seconds of processor time that a job is left in peace: to begin again takes some too."""
_TURN = 1.0
"""Seconds between two looks at the clock."""


@dataclass(eq=False)
class _Hand:
    """A process, what it is told, what it works on, and what it has left open."""

    process: subprocess.Popen[bytes]
    orders: queue.SimpleQueue[Start | Job | int] = field(default_factory=queue.SimpleQueue)
    job: Subtree | None = None
    number: int = 0
    asked: bool = False
    left: list[Subtree] = field(default_factory=list)

    def speak(self) -> None:
        """Send all orders; where it is gone, that is noticed by who listens to it."""
        with contextlib.suppress(OSError, ValueError):
            while True:
                send(cast("BinaryIO", self.process.stdin), self.orders.get())


class Crew(Search):
    """The search for a proof by branch and bound, in as many processes as the task has threads."""

    def _rest(self) -> Step:
        self._inbox = queue.SimpleQueue[tuple[_Hand, Report | None]]()
        self._hands: list[_Hand] = []
        self._open, self._jobs = [Subtree()], 0
        start = self._start()
        try:
            for _ in range(self._task.threads):
                self._hands.append(self._hired(start))
            return self._conduct()
        finally:
            for hand in self._hands:
                self._end(hand)

    def _start(self) -> Start:
        """Number what is known at the root, and say it."""
        pairs = zip(self._low, self._high, strict=True)
        given = [*chain.from_iterable(pairs), *self._given]
        last = [steps[-1] for steps in (*self._box.low, *self._box.high)]
        bounds = [step for step in last if not isinstance(step.reason, Given)]
        cuts = self.cuts
        self._known = [*given, *bounds, *cuts, *([self._cutoff] if self._cutoff else [])]
        parts = ([(s.sense, s.side, s.terms, s.mask) for s in steps] for steps in (bounds, cuts))
        left = self._left()
        return Start(
            replace(self._task, seconds=None if left == np.inf else left), _PATIENCE, *parts
        )

    def _hired(self, start: Start) -> _Hand:
        """Start a process; the group that it is in is ended with this process."""
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        hand = _Hand(process)
        hand.orders.put(start)

        def listen() -> None:
            # Whatever breaks the stream ends it: a killed process leaves half a frame.
            with contextlib.suppress(Exception):
                while True:
                    report = receive(cast("BufferedReader", process.stdout))
                    self._inbox.put((hand, report))
            self._inbox.put((hand, None))

        for work in (hand.speak, listen):
            threading.Thread(target=work, daemon=True).start()
        return hand

    def _conduct(self) -> Step:
        """Hand out subtrees and take reports, until the root is refuted."""
        while self._hands:
            self._hand_out()
            try:
                hand, report = self._inbox.get(timeout=min(_TURN, self._left()))
            except queue.Empty:
                continue
            if report is None:
                self._lost(hand)
            elif (refuted := self._take_report(hand, report)) is not None:
                return refuted
        return self._alone()

    def _hand_out(self) -> None:
        """Give work to who has none, and ask others to pause where there is none to give."""
        for hand in self._hands:
            if hand.job is None and (subtree := self._next(hand)) is not None:
                self._jobs += 1
                hand.job, hand.number = subtree, self._jobs
                hand.asked = False
                hand.orders.put(job_of(subtree, self._jobs))
        lacking = sum(hand.job is None for hand in self._hands)
        # Who began first has the most that is open.
        for hand in sorted(self._hands, key=lambda hand: hand.number):
            if hand.job is not None and not hand.asked and (lacking > 0 or not hand.job.open):
                hand.asked = True
                hand.orders.put(hand.number)
                lacking -= hand.job.open

    def _next(self, hand: _Hand) -> Subtree | None:
        """Return the deepest subtree that a hand has left, or the highest of all."""
        while hand.left:
            if (own := hand.left.pop()).open:
                return own
        heaps = [self._open, *(other.left for other in self._hands)]
        for heap in heaps:
            heap[:] = [subtree for subtree in heap if subtree.open]
        best = min((heap for heap in heaps if heap), key=lambda heap: heap[0].depth, default=None)
        return None if best is None else best.pop(0)

    def _take_report(self, hand: _Hand, report: Report) -> Step | None:
        """Return the absurdity of the root, once there is one."""
        subtree, hand.job = hand.job, None
        assert subtree is not None, "it reports on a job"
        self.nodes += report.nodes
        if report.better is not None:
            raise BetterPointError(report.better)
        if report.late:
            raise OutOfTimeError
        if not subtree.open:
            return None
        steps = unpacked(report.parcel, [*self._known, *(step for step, _ in subtree.sides())])
        if report.forks is None:
            return subtree.refute(steps[0])
        found = iter(steps)
        forks = [Fork(next(found), next(found), row, next(found) if refuted else None)
                 for row, refuted in report.forks]  # fmt: skip
        hand.left += subtree.grow(forks)
        return None

    def _lost(self, hand: _Hand) -> None:
        """Give back what a process had that died."""
        self._hands.remove(hand)
        self._end(hand)
        self._open += [*hand.left, *([hand.job] if hand.job else [])]

    def _alone(self) -> Step:
        """Do what is left without help."""
        while True:
            subtree = self._open.pop()
            if subtree.open:
                refuted = subtree.refute(self.under(subtree.sides()))
                if refuted is not None:
                    return refuted

    def _end(self, hand: _Hand) -> None:
        hand.process.kill()
        hand.process.wait()
        for pipe in (hand.process.stdin, hand.process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", pipe).close()


def job_of(subtree: Subtree, number: int) -> Job:
    """Say what a subtree is."""
    return Job(number, [(s.sense, s.side, s.terms, row) for s, row in subtree.sides()])
