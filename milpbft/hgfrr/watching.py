"""Who holds the message of a broadcast when, as its deliveries say."""

from __future__ import annotations

from milpbft.schedule import Deliver, Fault, Schedule
from milpbft.schedule.states import State, Watch

_HOLDS, _LACKS = "holds the message", "never reached"


def watch(schedule: Schedule) -> Watch:
    """Return from which tick on each node holds the message; the source does from tick 0 on."""
    sources = set(schedule.primaries[:1])
    states = [State(0, n, 0, _HOLDS if n in sources else _LACKS) for n in range(schedule.n)]
    reached = sources
    for event in schedule.events:
        if isinstance(event, Deliver) and event.node not in reached:
            reached = reached | {event.node}
            states.append(State(event.tick, event.node, event.view, _HOLDS))
        elif isinstance(event, Fault):
            words = "silent" if event.fault == "omission" else "crashed"
            reached = reached | {event.node}
            states.append(State(event.tick, event.node, 0, words))
    return Watch(tuple(states))
