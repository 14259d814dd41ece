"""Grants as events of schedules."""

from __future__ import annotations

from milpbft.schedule import Deliver, Send


def kind_of(interval: tuple[int, int]) -> str:
    """Return the kind of the message that grants the nonces from `lo` to `hi`, without `hi`."""
    lo, hi = interval
    return f"Grant#{lo}-{hi}"


def grant_events(
    sent: int, arrival: int, manager: int, node: int, *, interval: tuple[int, int], term: int
) -> list[Send | Deliver]:
    """Return a grant as a send and its delivery."""
    kind = kind_of(interval)
    return [Send(sent, manager, kind, term), Deliver(arrival, node, manager, kind, term)]
