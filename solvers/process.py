"""Process: run one task in a process of its own, within its limits.

Not ``multiprocessing``: its spawn context imports the caller's main module again, which a notebook,
``python -c`` or a script without a guard does not survive, and after a fork python-mip hung. The
child is a fresh interpreter that imports one backend and finds what its parent finds.

Memory is limited by watching what is resident, not by ``RLIMIT_AS``: address space that OpenBLAS,
thread stacks and malloc arenas only reserve would count, and CBC and HiGHS meet a refused
allocation with an abort that cannot be told from another crash.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from .frames import receive, send
from .task import Claim, Note
from .usage import resident_mb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from .limits import Limits
    from .task import Task

# This package is ``solvers`` in a checkout, and ``milpbft.solvers`` in a wheel.
_BOOT = f"import sys; from {__package__}.worker import main; main(sys.argv[1])"
_HOME = str(Path(__file__).resolve().parents[str(__package__).count(".") + 1])
_POLL = 0.02  # seconds between two looks at the memory: how far a fast allocation can overshoot
_TAIL = 2000  # bytes of the log in which the reason of a crash is looked for
_LAST_WORDS = 1.0  # seconds that an interrupted solver has to hand over what it found

Cause = Literal["", "time", "memory", "interrupt", "stop"]
Hear = Callable[["Note", float], object]


@dataclass
class Outcome:
    """What came out of a process.

    `claim` is None where the process did not get to make one: `ended` then says which limit it was
    ended for, or is empty where it died by itself, and `reason` tells how. `notes` are what it had
    sent before.
    """

    claim: Claim | None = None
    notes: list[Note] = field(default_factory=list)
    ended: Cause = ""
    reason: str = ""
    seconds: float = 0.0


def run(
    task: Task,
    target: str,
    limits: Limits,
    log: Path | None,
    hear: Hear | None = None,
    *,
    stop: threading.Event | None = None,
) -> Outcome:
    """Run the backend ``module:function`` on a task; what it prints goes to `log` or nowhere.

    `hear` is called with each note, and the seconds until it came. `stop`, once it is set, ends the
    process.
    """
    with _log_file(log) as output, tempfile.TemporaryDirectory() as scratch:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT, target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=_environment(task.threads, scratch),
            start_new_session=True,
        )
        try:
            outcome = _attend(process, task, limits, hear, stop)
        finally:
            _end(process)
        if outcome.claim is None and not outcome.ended:
            outcome.reason = _obituary(process.returncode, output)
        return outcome


def _environment(threads: int, scratch: str) -> dict[str, str]:
    # The home of this very package comes first: the child must not meet a namesake.
    paths = [_HOME, *(path or os.getcwd() for path in sys.path)]
    # OpenBLAS, below NumPy and CBC, would start and reserve memory for a thread per core.
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "OPENBLAS_NUM_THREADS": str(threads),
        # PuLP's files lie where we clear up, because a process that is ended cannot.
        **dict.fromkeys(("TMPDIR", "TMP", "TEMP"), scratch),
    }


@contextlib.contextmanager
def _log_file(log: Path | None) -> Iterator[BinaryIO]:
    if log is None:
        with tempfile.TemporaryFile() as output:
            yield cast("BinaryIO", output)
    else:
        with log.open("ab") as output:
            yield output


def _attend(
    process: subprocess.Popen[bytes],
    task: Task,
    limits: Limits,
    hear: Hear | None,
    stop: threading.Event | None,
) -> Outcome:
    inbox: queue.SimpleQueue[Claim | Note | None] = queue.SimpleQueue()
    for work in (lambda: _feed(process, task), lambda: _listen(process, inbox)):
        threading.Thread(target=work, daemon=True).start()
    outcome = Outcome()
    began = time.monotonic()

    def seconds() -> float:
        return time.monotonic() - began

    def told(note: Note) -> None:
        if hear is not None:
            hear(note, seconds())

    try:
        _follow(process, inbox, limits, outcome, told, stop=stop)
    except KeyboardInterrupt:
        outcome.ended, outcome.claim = "interrupt", None
        _hear_out(process, inbox, min(limits.grace, _LAST_WORDS), outcome)
    outcome.seconds = seconds()
    return outcome


def _follow(
    process: subprocess.Popen[bytes],
    inbox: queue.SimpleQueue[Claim | Note | None],
    limits: Limits,
    outcome: Outcome,
    hear: Callable[[Note], object],
    *,
    stop: threading.Event | None,
) -> None:
    """Take what the process says into `outcome`, until it is done, stopped, or over a limit."""
    deadline: float | None = None
    while True:
        with contextlib.suppress(queue.Empty):
            message = inbox.get(timeout=_patience(limits, deadline, stop))
            if isinstance(message, Claim):
                outcome.claim = message
            if not isinstance(message, Note):
                break
            if not outcome.notes and limits.seconds is not None:
                # The first note says that the task has arrived: the time limit counts from there.
                deadline = time.monotonic() + limits.seconds + limits.grace
            outcome.notes.append(message)
            hear(message)
        if deadline is not None and time.monotonic() > deadline:
            outcome.ended = "time"
            break
        if limits.memory_mb is not None and resident_mb(process.pid) > limits.memory_mb:
            outcome.ended = "memory"
            break
        if stop is not None and stop.is_set():
            outcome.ended = "stop"
            break


def _hear_out(
    process: subprocess.Popen[bytes],
    inbox: queue.SimpleQueue[Claim | Note | None],
    grace: float,
    outcome: Outcome,
) -> None:
    """Ask a process to end, and take the point that it has so far.

    CP-SAT and HiGHS have told of each as they found it; CBC hands it over as it ends. What an
    interrupted solver says of its bound or of infeasibility is not believed.
    """
    process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + grace
    with contextlib.suppress(queue.Empty):
        while message := inbox.get(timeout=max(0.0, deadline - time.monotonic())):
            if isinstance(message, Claim):
                outcome.notes.append(Note(message.point))
                return
            outcome.notes.append(message)


def _patience(limits: Limits, deadline: float | None, stop: threading.Event | None) -> float | None:
    if limits.memory_mb is not None or stop is not None:
        return _POLL
    if deadline is None:
        return None
    return max(0.0, deadline - time.monotonic()) + 0.001


def _feed(process: subprocess.Popen[bytes], task: Task) -> None:
    # Standard input stays open: its end would tell the child that its parent is gone.
    with contextlib.suppress(OSError, ValueError):
        send(cast("BinaryIO", process.stdin), task)


def _listen(
    process: subprocess.Popen[bytes], inbox: queue.SimpleQueue[Claim | Note | None]
) -> None:
    # Whatever breaks the stream ends it: a killed child leaves half a frame.
    with contextlib.suppress(Exception):
        while True:
            inbox.put(receive(cast("BufferedReader", process.stdout)))
    inbox.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    # The group, because a PuLP solver is a child of the child.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            cast("BinaryIO", pipe).close()


def _obituary(code: int, log: BinaryIO) -> str:
    how = f"exit code {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            how = signal.Signals(-code).name
    last = _last_line(log)
    return f"the solver's process died ({how}){': ' + last if last else ''}"


def _last_line(log: BinaryIO) -> str:
    if not log.readable():
        return ""
    log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL))
    lines = log.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
