"""Backends that fail in every way that a solver can; they run in the solver's process."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import numpy as np

from solvers.task import Claim, Note

if TYPE_CHECKING:
    from solvers.task import Task, Tell


def raises(task: Task, tell: Tell):
    raise MemoryError("no room")


def absent_solver(task: Task, tell: Tell):
    import no_such_package  # noqa: F401


def dies(task: Task, tell: Tell):
    os.kill(os.getpid(), signal.SIGSEGV)


def exits(task: Task, tell: Tell):
    print("last words", file=sys.stderr, flush=True)
    os._exit(3)


def chatters(task: Task, tell: Tell):
    print("garbage")
    os.write(1, b"more garbage\n")
    return Claim("optimal", point=np.array([1.0, 1.0, 0.0]), bound=9.0)


def hangs(task: Task, tell: Tell):
    time.sleep(60)


def hangs_with_notes(task: Task, tell: Tell):
    tell(Note(point=np.array([0.0, 0.0, 1.0])))
    tell(Note(point=np.array([1.0, 1.0, 1.0])))
    tell(Note(bound=11.3))
    tell(Note(bound=10.7))
    time.sleep(60)


def litters(task: Task, tell: Tell):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"half a model")
    time.sleep(60)


def eats(task: Task, tell: Tell):
    hoard = []
    while True:
        hoard.append(np.ones(500_000))
        time.sleep(0.002)


def breaks_a_row(task: Task, tell: Tell):
    return Claim("optimal", point=np.ones(3), bound=16.0)


def is_nowhere(task: Task, tell: Tell):
    return Claim("feasible", point=np.array([np.nan, 0.0, 0.0]))


def says_seven(task: Task, tell: Tell):
    return Claim("optimal", point=np.array([0.0, 0.0, 1.0]), bound=7.0)


def says_infeasible(task: Task, tell: Tell):
    return Claim("infeasible")


def says_unbounded(task: Task, tell: Tell):
    return Claim("unbounded")


def leaves_a_gap(task: Task, tell: Tell):
    return Claim("optimal", point=np.array([0.0, 0.0, 1.0]), bound=8.0)


def gives_up(task: Task, tell: Tell):
    return Claim("limit", bound=12.0)


def echoes_the_start(task: Task, tell: Tell):
    return Claim("feasible", point=np.asarray(task.start, dtype=np.float64), bound=20.5)


def lists_modules(task: Task, tell: Tell):
    return Claim("error", message=" ".join(sorted(sys.modules)))


def gives_up_when_asked(task: Task, tell: Tell):
    tell(Note(point=np.array([0.0, 0.0, 1.0])))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        return Claim("infeasible")
