"""From a published schedule to one that a network of replicas can produce.

The published model lets an honest node receive now and act later, and gives each view a clock of
its own. A replica acts at once, so deliveries are postponed to the tick at which their receiver
first acts on them: a legal network, since only delays grow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Schedule, Send

if TYPE_CHECKING:
    from milpbft.schedule import Event

CONSUMER = {
    "PrepareRequest": "PrepareResponse",
    "PrepareResponse": "Commit",
    "Commit": "block",
}
"""The act for which each kind is needed; ChangeViews are needed for the next view."""

_FIRST = {"PrepareRequest": 0, "PrepareResponse": 1, "Commit": 2, "ChangeView": 3}


def postpone(schedule: Schedule) -> Schedule:
    """Postpone the deliveries of a schedule with view clocks.

    A message is delivered at the tick of the act that needs it, at the end of its view where
    there is no such act or the message comes after it, and a ChangeView at the first instant of
    the next view, which the published model leaves empty. Within a tick, requests come first.

    Raises
    ------
    InputError
        Where a message is of no kind that the published model has.
    """
    acts = {}
    for event in schedule.events:
        if isinstance(event, Send):
            acts[event.node, event.view, event.kind] = event.tick
        elif isinstance(event, Decide):
            acts[event.node, event.view, "block"] = event.tick
    moved = [
        replace(event, tick=_tick(event, acts, schedule))
        if isinstance(event, Deliver) and event.node not in schedule.byzantine
        else event
        for event in schedule.events
    ]
    return replace(schedule, events=tuple(sorted(moved, key=_order)))


def _tick(event: Deliver, acts: dict[tuple[int, int, str], int], schedule: Schedule) -> int:
    end = (event.view + 1) * schedule.view_ticks
    if event.kind == "ChangeView":
        return min(end + 1, schedule.horizon)
    if event.kind not in CONSUMER:
        allowed = f"one of {', '.join(_FIRST)} where views have clocks of their own"
        raise InputError("kind", event.kind, allowed)
    act = acts.get((event.node, event.view, CONSUMER.get(event.kind, "")))
    return act if act is not None and act >= event.tick else end


def _order(event: Event) -> int:
    return _FIRST.get(event.kind, len(_FIRST)) if isinstance(event, Deliver) else 0
