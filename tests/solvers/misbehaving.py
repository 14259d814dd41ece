"""Backends that fail in every way that a solver can; they run in the solver's process."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from solvers.task import Claim, Note


def raises(task, tell):
    raise MemoryError("no room")


def absent_solver(task, tell):
    import no_such_package  # noqa: F401


def dies(task, tell):
    os.kill(os.getpid(), signal.SIGSEGV)


def exits(task, tell):
    print("last words", file=sys.stderr, flush=True)
    os._exit(3)


def chatters(task, tell):
    print("garbage")
    os.write(1, b"more garbage\n")
    return Claim("optimal", point=np.array([1.0, 1.0, 0.0]), bound=9.0)


def hangs(task, tell):
    time.sleep(60)


def hangs_with_notes(task, tell):
    tell(Note(point=np.array([0.0, 0.0, 1.0])))
    tell(Note(point=np.array([1.0, 1.0, 1.0])))
    tell(Note(bound=11.3))
    tell(Note(bound=10.7))
    time.sleep(60)


def eats(task, tell):
    hoard = []
    while True:
        hoard.append(np.ones(500_000))
        time.sleep(0.002)


def breaks_a_row(task, tell):
    return Claim("optimal", point=np.ones(3), bound=16.0)


def is_nowhere(task, tell):
    return Claim("feasible", point=np.array([np.nan, 0.0, 0.0]))


def says_seven(task, tell):
    return Claim("optimal", point=np.array([0.0, 0.0, 1.0]), bound=7.0)


def says_infeasible(task, tell):
    return Claim("infeasible")


def says_unbounded(task, tell):
    return Claim("unbounded")


def leaves_a_gap(task, tell):
    return Claim("optimal", point=np.array([0.0, 0.0, 1.0]), bound=8.0)


def gives_up(task, tell):
    return Claim("limit", bound=12.0)


def echoes_the_start(task, tell):
    return Claim("feasible", point=task.start.astype(float), bound=20.5)


def lists_modules(task, tell):
    return Claim("error", message=" ".join(sorted(sys.modules)))
