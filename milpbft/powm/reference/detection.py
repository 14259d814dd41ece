"""Detection: heartbeats of the active manager, and requests that nobody answers."""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError


@dataclass(frozen=True)
class Heartbeats:
    """A manager that says every h ticks that it is alive is suspected after s silent ones.

    Parameters
    ----------
    every, silent
        h and s, 1 or more.
    """

    every: int
    silent: int

    def __post_init__(self) -> None:
        for name in ("every", "silent"):
            if getattr(self, name) < 1:
                raise InputError(name, getattr(self, name), "1 or more")

    def suspected(self, failure: int) -> int:
        """Return the tick at which a failure at the begin of tick `failure` is suspected.

        The last heartbeat is that of the last multiple of h before the failure. Suspicion comes
        when s heartbeats in a row are missed, the first of them due at the next multiple; the
        support looks at the end of each tick for more than s - 1 silent ticks after it was due.
        """
        due = -(-failure // self.every) * self.every
        tick = due
        while tick - due < self.silent:
            tick += 1
        return tick

    def delay(self, failure: int) -> int:
        """D of a failure: s to s + h - 1 ticks."""
        return self.suspected(failure) - failure


def by_request(failure: int, requests: list[int], sync: int = 1) -> int | None:
    """Return when a failure is noticed where supports only see requests that no Sync answers (IV).

    Parameters
    ----------
    failure
        First tick without the active manager.
    requests
        Ticks at which somebody asks.
    sync
        Ticks until a Sync would have answered.

    Returns
    -------
    int or None
        None where nobody asks: then nobody notices.
    """
    return next((tick + sync for tick in sorted(requests) if tick >= failure), None)
