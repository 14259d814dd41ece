"""Limits: what one solve may use."""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError

_MOST_SECONDS = 10**9
"""Thirty years: what clocks of every platform can wait for."""

_MOST_THREADS = 1024
"""Solvers refuse more, each in its own words and at its own number."""


@dataclass(frozen=True)
class Limits:
    """Limits of one solve.

    Parameters
    ----------
    seconds
        Wall-clock time from the moment the solver's process has received the problem, 0 to
        1 000 000 000; None for no limit.
    memory_mb
        Resident memory of the solver's process and its children, in MiB, at least 1; None for no
        limit.
    threads
        Threads of the solver, 1 to 1024.
    grace
        Seconds that a solver may overrun its time limit, e.g. to hand over its incumbent, before
        its process is ended; 0 to 1 000 000 000.

    Raises
    ------
    InputError
        Where a value is out of range.
    """

    seconds: float | None = None
    memory_mb: int | None = None
    threads: int = 1
    grace: float = 2.0

    def __post_init__(self) -> None:
        if self.seconds is not None and not 0 <= self.seconds <= _MOST_SECONDS:
            allowed = f"a number from 0 to {_MOST_SECONDS}, or none"
            raise InputError("seconds", self.seconds, allowed)
        if self.memory_mb is not None and self.memory_mb < 1:
            raise InputError("memory_mb", self.memory_mb, "a number from 1 on, or none")
        if not 1 <= self.threads <= _MOST_THREADS:
            raise InputError("threads", self.threads, f"a number from 1 to {_MOST_THREADS}")
        if not 0 <= self.grace <= _MOST_SECONDS:
            raise InputError("grace", self.grace, f"a number from 0 to {_MOST_SECONDS}")
