"""Workers of sweeps with solvers that misbehave; they run as ``from fakes import main; main()``."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from milpbft.sweep import worker
from solvers import registry
from solvers.task import Claim

if TYPE_CHECKING:
    from solvers.task import Task, Tell

# The real answer of dbft2-strict-n4-v1-c1-undecided is 3, of ...-b1-faults_fork infeasible.


def crashes(task: Task, tell: Tell):
    print("last words of the solver", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def killed(task: Task, tell: Tell):
    os.kill(os.getpid(), signal.SIGKILL)


def hangs(task: Task, tell: Tell):
    time.sleep(600)


def garbage(task: Task, tell: Tell):
    os.write(2, bytes(range(256)) * 20)
    return Claim("optimal", point=np.full(task.variables, np.nan), bound=float("nan"))


def noise(task: Task, tell: Tell):
    """Write over the pipe to the parent, whichever it is."""
    for descriptor in range(3, 8):
        with suppress(OSError):
            os.write(descriptor, b"\xff" * 64)
    return Claim("infeasible")


def infeasible_point(task: Task, tell: Tell):
    return Claim("optimal", point=np.asarray(task.upper, dtype=float), bound=1e6)


def false_infeasible(task: Task, tell: Tell):
    return Claim("infeasible")


def false_optimal(task: Task, tell: Tell):
    """Say of a poor point that it is the best: rows and replay have nothing against it."""
    from solvers import highs

    honest = task.objective
    task.objective = -honest
    claim = highs.run(task, lambda note: None)
    assert claim.point is not None
    claim.bound = float(honest @ np.rint(claim.point))
    return claim


def kills_worker(task: Task, tell: Tell):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


FAKES = (crashes, killed, hangs, garbage, noise, infeasible_point, false_infeasible, false_optimal,
         kills_worker)  # fmt: skip


def register() -> None:
    """Let the fakes be solvers, beside the real ones."""
    sys.path.insert(0, str(Path(__file__).parent))
    for fake in FAKES:
        registry.BACKENDS[fake.__name__] = f"fakes:{fake.__name__}"


def main() -> None:
    """Be a worker that has the fakes."""
    register()
    worker.main()


def babbles() -> None:
    """Be a worker that says what is no record."""
    sys.stdin.readline()
    print("\x00 no record at all", flush=True)
    time.sleep(600)
