"""The one timer of a production node."""

from __future__ import annotations

NANOSECONDS = 1_000_000
"""In a millisecond; delays are whole nanoseconds, as production rounds them."""


class Alarm:
    """A timer that is set anew and extended; who runs the node keeps its clock.

    Parameters
    ----------
    now
        The time in milliseconds.
    """

    def __init__(self, now: int = 0) -> None:
        self.now = now
        self._due = now * NANOSECONDS

    @property
    def due(self) -> int:
        """When the timer expires, in milliseconds, rounded down."""
        return self._due // NANOSECONDS

    @property
    def due_exactly(self) -> int:
        """When the timer expires, in nanoseconds."""
        return self._due

    def reset(self, delay: int) -> None:
        """Let the timer expire `delay` nanoseconds from now."""
        self._due = self.now * NANOSECONDS + delay

    def extend(self, by: int) -> None:
        """Put the timer off by so many nanoseconds."""
        self._due += by
