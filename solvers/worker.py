"""Worker: the main program of the solver's process.

It reads one Task from its standard input, runs one backend, and writes Notes and one Claim to what
was its standard output. Whatever the solver prints goes to standard error instead.
"""

from __future__ import annotations

import importlib
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, cast

from .frames import receive, send
from .task import Claim, Note, Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from .task import Tell

    Backend = Callable[[Task, Tell], Claim]


class Voice:
    """The pipe to the parent, shared by the solver's threads."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def __call__(self, thing: object) -> None:
        """Send one object."""
        with self._lock:
            send(self._pipe, thing)


def main(target: str) -> None:
    """Solve the task on standard input with the backend ``module:function``."""
    # An interrupted parent asks for the incumbent; a solver that cannot be asked goes on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The solver may print to descriptor 1, from Python or from C: keep the pipe for ourselves.
    voice = Voice(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    task = receive(orders)
    task.begin_clock()
    voice(Note())
    threading.Thread(target=_die_with_parent, args=(orders,), daemon=True).start()
    voice(_attempt(target, task, voice))
    # Threads and destructors of a solver may hang or crash now; the claim is delivered.
    os._exit(0)


def _attempt(target: str, task: Task, voice: Voice) -> Claim:
    began = time.monotonic()
    try:
        module, function = target.split(":")
        backend = cast("Backend", getattr(importlib.import_module(module), function))
        return backend(task, voice)
    except Exception as error:
        text = " ".join(str(error).split())
        message = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return Claim("error", seconds=time.monotonic() - began, message=message)


def _die_with_parent(orders: BinaryIO) -> None:
    # The parent keeps its end open while it lives. Solvers release the interpreter's lock while
    # they run, so this thread notices the end of the file at any time.
    while orders.read(1):
        pass
    os.killpg(0, signal.SIGKILL)
