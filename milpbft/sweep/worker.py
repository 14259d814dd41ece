"""Worker: the main program of a local process, which solves one job after another.

Jobs come in as lines of JSON, and records and progress go out as lines of JSON. Nothing that a
worker says is executed, and nothing that is printed inside reaches the pipe.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from milpbft.sweep.work import Job, work

if TYPE_CHECKING:
    from milpbft.solvers import Progress

_OFTEN = 0.2  # seconds between two lines of progress at least


class Voice:
    """The pipe to the sweep."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._last = 0.0

    def say(self, kind: str, **found: Any) -> None:  # noqa: ANN401
        """Write one line."""
        self._file.write(json.dumps({"kind": kind, **found}) + "\n")
        self._file.flush()

    def progress(self, progress: Progress) -> None:
        """Say how far a solve is, not too often."""
        if time.monotonic() - self._last > _OFTEN:
            self._last = time.monotonic()
            self.say("progress", text=str(progress))


def main() -> None:
    """Solve the jobs on standard input."""
    voice = Voice(os.dup(1))
    os.dup2(2, 1)
    # Whoever interrupts wants what is found by then, and nothing where no solve runs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    jobs: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    voice.say("ready")
    try:
        while True:
            record = work(Job.model_validate_json(jobs.get()), voice.progress)
            voice.say("done", record=record.model_dump(mode="json"))
    except KeyboardInterrupt:
        os._exit(130)


def _listen(jobs: queue.SimpleQueue[str]) -> None:
    """Hand lines on; where they end, the sweep is gone, and so is this process."""
    for line in sys.stdin:
        jobs.put(line)
    os._exit(0)
