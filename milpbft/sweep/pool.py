"""Pool: where jobs of a sweep run. This one starts processes of its own on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from milpbft.store import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.sweep.work import Job

T = TypeVar("T")
Kind = Literal["progress", "done", "died"]
BOOT = "from milpbft.sweep.worker import main; main()"
_HOME = str(Path(__file__).parents[2])
_SPARE, _FACTOR = 60.0, 6.0


@dataclass(frozen=True)
class Event:
    """What happened to a job: it goes on, it is done, or its worker died."""

    kind: Kind
    number: int
    text: str = ""
    record: Record | None = None
    log: str = ""


class Pool(Protocol):
    """Where jobs run."""

    def free(self) -> int:
        """Return how many jobs it takes now."""
        ...

    def submit(self, number: int, job: Job) -> None:
        """Begin a job; events carry its number."""
        ...

    def wait(self, seconds: float) -> list[Event]:
        """Return what happened, after so many seconds at most."""
        ...

    def interrupt(self) -> None:
        """Ask every job to end with what it has found."""
        ...

    def close(self) -> None:
        """End everything at once."""
        ...


def drained(inbox: queue.SimpleQueue[T], seconds: float) -> Iterator[T]:
    """Yield what is in an inbox, after waiting so many seconds at most for the first."""
    with contextlib.suppress(queue.Empty):
        yield inbox.get(timeout=max(0.0, seconds))
        while True:
            yield inbox.get_nowait()


def patience(job: Job) -> float | None:
    """Seconds after which a worker that has not come back is ended; None for never.

    A job is several solves within the limit, the building and the checks.
    """
    return None if job.time_limit is None else _FACTOR * job.time_limit + _SPARE


@dataclass(eq=False)
class _Worker:
    """A process, what it prints, and the job that it has."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]
    number: int | None = None
    deadline: float | None = None
    overdue: bool = False
    lines: list[bytes] = field(default_factory=list)


class LocalPool:
    """Processes on this machine.

    Parameters
    ----------
    workers
        How many, from 1 on.
    boot
        What a process runs, in Python.
    """

    def __init__(self, workers: int, boot: str = BOOT) -> None:
        self._boot = boot
        self._inbox: queue.SimpleQueue[tuple[_Worker, bytes | None]] = queue.SimpleQueue()
        self._workers = [self._start() for _ in range(workers)]

    def _start(self) -> _Worker:
        paths = [_HOME, *(path or os.getcwd() for path in sys.path)]
        log = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the worker)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", self._boot],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        worker = _Worker(process, log)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None, "it is a pipe"
        with contextlib.suppress(OSError, ValueError):
            for line in worker.process.stdout:
                self._inbox.put((worker, line))
        self._inbox.put((worker, None))

    def free(self) -> int:
        """Return how many workers have no job."""
        return sum(worker.number is None for worker in self._workers)

    def submit(self, number: int, job: Job) -> None:
        """Hand a job to a worker that has none."""
        worker = next(worker for worker in self._workers if worker.number is None)
        assert worker.process.stdin is not None, "it is a pipe"
        worker.number = number
        limit = patience(job)
        worker.deadline = None if limit is None else time.monotonic() + limit
        # A worker that is dead already is noticed by its silence.
        with contextlib.suppress(OSError):
            worker.process.stdin.write(job.model_dump_json().encode() + b"\n")
            worker.process.stdin.flush()

    def wait(self, seconds: float) -> list[Event]:
        """Return what happened, after so many seconds at most."""
        found = [event for said in drained(self._inbox, seconds) for event in self._heard(*said)]
        for worker in self._workers:
            if worker.deadline is not None and time.monotonic() > worker.deadline:
                worker.overdue, worker.deadline = True, None
                _end(worker)
        return found

    def _heard(self, worker: _Worker, line: bytes | None) -> list[Event]:
        if worker not in self._workers:
            return []
        number = worker.number
        if line is None:
            return self._bury(worker)
        try:
            said: dict[str, Any] = json.loads(line)
            if number is None or said["kind"] == "ready":
                return []
            if said["kind"] == "progress":
                return [Event("progress", number, str(said["text"]))]
            record = Record.model_validate_json(json.dumps(said["record"]))
        except (ValueError, KeyError, TypeError) as error:
            # Garbage: the worker is not to be trusted any more.
            worker.lines = [f"{error}".encode()]
            _end(worker)
            return []
        worker.number = worker.deadline = None
        return [Event("done", number, record=record)]

    def _bury(self, worker: _Worker) -> list[Event]:
        _end(worker)
        number, code = worker.number, worker.process.wait()
        worker.log.seek(max(0, worker.log.seek(0, os.SEEK_END) - 10_000))
        log = worker.log.read().decode(errors="replace")
        worker.log.close()
        self._workers[self._workers.index(worker)] = self._start()
        if number is None:
            return []
        how = f"exit code {code}"
        if worker.overdue:
            how = "it did not come back in time"
        elif worker.lines:
            how = f"it said what is no record: {worker.lines[0].decode()[:200]}"
        elif code < 0:
            with contextlib.suppress(ValueError):
                how = signal.Signals(-code).name
        return [Event("died", number, f"the worker died ({how})", log=log)]

    def interrupt(self) -> None:
        """Ask every job to end with what it has found."""
        for worker in self._workers:
            if worker.number is not None:
                with contextlib.suppress(ProcessLookupError):
                    worker.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End all processes; solvers below them lose their parent and end too."""
        workers, self._workers = self._workers, []
        for worker in workers:
            _end(worker)
        for worker in workers:
            worker.process.wait()
            for pipe in (worker.process.stdin, worker.process.stdout, worker.log):
                with contextlib.suppress(OSError):
                    pipe and pipe.close()


def _end(worker: _Worker) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.process.pid, signal.SIGKILL)
