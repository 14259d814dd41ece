"""Limits: what one solve may use."""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError


@dataclass(frozen=True)
class Limits:
    """Limits of one solve.

    Parameters
    ----------
    seconds
        Wall-clock time from the moment the solver's process has received the problem, at least 0;
        None for no limit.
    memory_mb
        Resident memory of the solver's process and its children, in MiB, at least 1; None for no
        limit.
    threads
        Threads of the solver, at least 1.
    grace
        Seconds that a solver may overrun its time limit, e.g. to hand over its incumbent, before
        its process is ended; at least 0.

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
        if self.seconds is not None and not self.seconds >= 0:
            raise InputError("seconds", self.seconds, "a number from 0 on, or none")
        if self.memory_mb is not None and self.memory_mb < 1:
            raise InputError("memory_mb", self.memory_mb, "a number from 1 on, or none")
        if self.threads < 1:
            raise InputError("threads", self.threads, "a number from 1 on")
        if not self.grace >= 0:
            raise InputError("grace", self.grace, "a number from 0 on")
