"""Cluster: jobs of a sweep on a Dask cluster, one that runs or one that is started here.

Dask is an extra: ``pip install 'milpbft[dask]'``. Jobs and records go over as JSON texts. Workers
need milpbft and the solvers, and nothing of the store: only the sweep writes to it. A worker solves
in a process below it, as on one machine, so that a solve can be watched, and asked to end.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time
from importlib import import_module
from typing import Any
from uuid import uuid4

from milpbft.errors import InputError
from milpbft.store import Record
from milpbft.sweep.pool import Event, LocalPool, drained, patience
from milpbft.sweep.work import Job

_LONG = 2.0  # seconds for which the number of workers is not asked again
# A terminal sends Ctrl-C to all; what workers started here should do, the sweep tells them.
_SHIELD = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
_TURN = 0.25  # seconds between two questions whether to end
_PATIENCE = "10s"  # for which a scheduler is waited for


_below = threading.local()  # of a worker's thread: its process


def solve_job(text: str, number: int, topic: str) -> str:
    """Solve a job; what Dask's workers run.

    Parameters
    ----------
    text
        The job, as JSON.
    number
        Of the job; progress carries it.
    topic
        Where progress is told, and the event that asks for an end.

    Returns
    -------
    str
        The record, as JSON.

    Raises
    ------
    RuntimeError
        Where the process below died.
    """
    dask: Any = import_module("distributed")
    worker, stop = dask.get_worker(), dask.Event(topic)
    if not hasattr(_below, "pool"):
        _below.pool = LocalPool(1)
    _below.pool.submit(number, Job.model_validate_json(text))
    asked = False
    while True:
        for event in _below.pool.wait(_TURN):
            if event.record is not None:
                done: Record = event.record
                return done.model_dump_json()
            if event.kind == "died":
                raise RuntimeError(event.text)
            worker.log_event(topic, {"number": number, "text": event.text})
        if not asked and stop.is_set():
            asked = True
            _below.pool.interrupt()


class DaskPool:
    """Workers of a Dask cluster.

    Parameters
    ----------
    address
        Of a scheduler, such as ``tcp://10.0.0.1:8786``; None to start a cluster here.
    workers
        How many workers to start here, from 1 on.

    Raises
    ------
    InputError
        Where Dask is not installed, or no scheduler answers.
    """

    def __init__(self, address: str | None, workers: int | None = None) -> None:
        try:
            dask: Any = import_module("distributed")
        except ImportError:
            allowed = "its packages are missing: pip install 'milpbft[dask]'"
            raise InputError("scheduler", address, allowed) from None
        if workers is not None and not 1 <= workers <= 256:
            raise InputError("dask-local", workers, "a number from 1 to 256")
        self._cluster: Any = None
        where: Any = address
        if address is None:
            where = self._cluster = dask.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=50,
                preload=_SHIELD,
            )
        try:
            self._client: Any = dask.Client(where, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            allowed = f"the address of a Dask scheduler that runs ({error})"
            raise InputError("scheduler", address, allowed) from None
        self._address = address or self._client.scheduler.address
        self._inbox: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._running: dict[int, tuple[Any, float | None]] = {}
        self._room, self._asked = 0, 0.0
        self._topic = f"milpbft-{uuid4().hex}"
        self._client.subscribe_topic(self._topic, lambda said: self._told.put(said[1]))

    def free(self) -> int:
        """Return how many threads of the cluster's workers have no job of ours."""
        if time.monotonic() - self._asked > _LONG:
            self._asked = time.monotonic()
            with contextlib.suppress(OSError, TimeoutError):
                self._room = sum(self._client.nthreads().values())
        return max(0, self._room - len(self._running))

    def submit(self, number: int, job: Job) -> None:
        """Hand a job to the cluster."""
        limit = patience(job)
        future = self._client.submit(
            solve_job, job.model_dump_json(), number, self._topic, pure=False
        )
        self._running[number] = future, None if limit is None else time.monotonic() + limit
        future.add_done_callback(lambda done: self._inbox.put((number, done)))

    def wait(self, seconds: float) -> list[Event]:
        """Return what happened, after so many seconds at most."""
        found = [event for said in drained(self._inbox, seconds) for event in self._heard(*said)]
        for said in drained(self._told, 0):
            found.append(Event("progress", int(said["number"]), str(said["text"])))
        if self._client.status not in ("running", "newly-created"):
            allowed = "a scheduler that stays: what was stored is safe, run the sweep again"
            raise InputError("scheduler", self._address, f"{allowed} ({self._client.status})")
        for number, (future, deadline) in list(self._running.items()):
            if deadline is not None and time.monotonic() > deadline:
                del self._running[number]
                future.cancel()
                found.append(Event("died", number, "the worker did not come back in time"))
        return found

    def _heard(self, number: int, future: Any) -> list[Event]:  # noqa: ANN401  (of Dask)
        if number not in self._running or future.status == "cancelled":
            return []  # it was given up, or the scheduler is lost
        del self._running[number]
        if future.status == "error":
            # A worker that is killed costs the job nothing until Dask has tried it several times.
            reason = " ".join(str(future.exception()).split())
            return [Event("died", number, f"the worker died ({reason})")]
        try:
            record = Record.model_validate_json(future.result())
        except (ValueError, OSError) as error:
            return [Event("died", number, f"the worker said what is no record ({error})")]
        return [Event("done", number, record=record)]

    def interrupt(self) -> None:
        """Ask every job to end with what it has found; none that waits for a worker is begun."""
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            import_module("distributed").Event(self._topic, client=self._client).set()

    def close(self) -> None:
        """Leave the cluster, and end one that was started here."""
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            self._client.cancel([future for future, _ in self._running.values()])
        # Whoever works for us alone is not asked: a worker ends only after its job.
        for nanny in getattr(self._cluster, "workers", {}).values():
            nanny.auto_restart = False
            with contextlib.suppress(OSError, TypeError):
                os.kill(nanny.pid, signal.SIGKILL)
        for one in (self._client, self._cluster):
            with contextlib.suppress(OSError, RuntimeError, TimeoutError):
                one and one.close(timeout=2)
