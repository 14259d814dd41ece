"""Watch: what a caller, however far above, sees of the solves that it lets run.

Between the command line and a solver lie floors that ask several questions of several solvers; a
watch is set around them all and reaches every solve inside, in the same thread.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """How far a solve is.

    Parameters
    ----------
    solver
        Name of the solver.
    seconds
        Since it began.
    value
        Of the best point so far; None without one. A bridge or a log may say a value whose point
        has not been tested yet.
    bound
        No solution is better, as far as the solver says by then; None if unknown.
    nodes
        Of the search; None if the solver does not say.
    """

    solver: str
    seconds: float = 0.0
    value: int | None = None
    bound: int | None = None
    nodes: int | None = None

    @property
    def gap(self) -> int | None:
        """Between value and bound; None where one is unknown."""
        if self.value is None or self.bound is None:
            return None
        return abs(self.bound - self.value)

    def __str__(self) -> str:
        """Such as ``cbc: value 3, bound 5, gap 2, nodes 120``."""
        known = {"value": self.value, "bound": self.bound, "gap": self.gap, "nodes": self.nodes}
        words = [f"{name} {number}" for name, number in known.items() if number is not None]
        return f"{self.solver}: {', '.join(words) or 'nothing yet'}"


@dataclass(frozen=True)
class Watch:
    """Where the logs of solves go, and who is told how far they are."""

    log: Path | None = None
    tell: Callable[[Progress], None] | None = None


_NOBODY = Watch()
_WATCH: ContextVar[Watch] = ContextVar("watch")


@contextmanager
def watching(
    log: Path | None = None, tell: Callable[[Progress], None] | None = None
) -> Iterator[None]:
    """Watch the solves of this thread that run inside.

    Parameters
    ----------
    log
        File to which solvers' logs are appended; None for none.
    tell
        Called, in this thread, with each change of value, bound or nodes.
    """
    token = _WATCH.set(Watch(log, tell))
    try:
        yield
    finally:
        _WATCH.reset(token)


def watch() -> Watch:
    """Return the watch that is set."""
    return _WATCH.get(_NOBODY)
