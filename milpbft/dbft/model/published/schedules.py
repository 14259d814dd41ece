"""Traffic of the published model to schedules, and back.

View clocks are laid end to end: instant t of view v (from 0) is tick ``v * horizon + t``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published.kinds import KINDS, MESSAGE
from milpbft.dbft.model.published.traffic import Traffic
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.published.sizes import Sizes

_KIND = {message: kind for kind, message in MESSAGE.items()}


def schedule_of_traffic(traffic: Traffic, source: str) -> Schedule:
    """Write traffic as a schedule, on one clock."""
    size = traffic.size
    used = traffic.primary[traffic.primary >= 0]
    return Schedule(
        protocol="dbft2",
        n=size.n,
        byzantine=tuple(range(size.quorum, size.n)),
        primaries=tuple(int(i) for i in used),
        events=tuple(_events(traffic)),
        horizon=size.n * size.horizon,
        view_ticks=size.horizon,
        source=source,
    )


def _events(traffic: Traffic) -> Iterator[Event]:
    size = traffic.size
    for node in range(size.quorum, size.n):
        yield Fault(0, node, "byzantine")
    for kind in KINDS:
        received = traffic.received[kind]
        for i, j, v in np.argwhere(received > 0).tolist():
            if i != j:
                tick = v * size.horizon + int(received[i, j, v])
                yield Deliver(tick, i, j, MESSAGE[kind], v)
    for kind in KINDS:
        for i, v in np.argwhere(traffic.sent[kind] > 0).tolist():
            tick = v * size.horizon + int(traffic.sent[kind][i, v])
            if kind in {"Req", "CV"} and i < size.quorum:
                yield Timeout(tick, i, v)
            yield Send(tick, i, MESSAGE[kind], v)
    for i, v in np.argwhere(traffic.relayed > 0).tolist():
        yield Decide(v * size.horizon + int(traffic.relayed[i, v]), i, v)


def traffic_of_schedule(schedule: Schedule, size: Sizes) -> Traffic | None:
    """Read the traffic of a schedule, each view's acts at their order within the view.

    Instants are those of the normal form, so any clock will do. None where the schedule has a view
    that the model has not, or a message that it does not know, sent or received twice.
    """
    traffic = Traffic.empty(size)
    if len(schedule.primaries) > size.n:
        return None
    traffic.primary[: len(schedule.primaries)] = schedule.primaries
    for event in schedule.events:
        if isinstance(event, Send | Deliver) and event.kind not in _KIND:
            continue
        if not isinstance(event, Fault) and event.view >= size.n:
            return None
        if isinstance(event, Send):
            traffic.sent[_KIND[event.kind]][event.node, event.view] = 1 + event.tick
        elif isinstance(event, Deliver):
            traffic.received[_KIND[event.kind]][event.node, event.sender, event.view] = (
                1 + event.tick
            )
        elif isinstance(event, Decide):
            traffic.relayed[event.node, event.view] = 1 + event.tick
    _add_carried(traffic)
    return traffic


def _add_carried(traffic: Traffic) -> None:
    """Add the primary's response, which replicas send and receive as part of its request."""
    for there in (traffic.sent, traffic.received):
        carried = (there["Res"] == 0) & (there["Req"] > 0)
        there["Res"][carried] = there["Req"][carried]
