"""Who holds the message of a broadcast when, as its deliveries say."""

from __future__ import annotations

from milpbft.schedule import Deliver, Fault, Schedule
from milpbft.schedule.states import State, Watch

_HOLDS, _LACKS, _FORGOT = "holds the message", "never reached", "has forgotten it"


def watch(schedule: Schedule) -> Watch:
    """Return from which tick on each node holds the message; the source does from tick 0 on.

    Who starts again without memory does not until it gets it again.
    """
    sources = set(schedule.primaries[:1])
    states = [State(0, n, 0, _HOLDS if n in sources else _LACKS) for n in range(schedule.n)]
    reached = sources
    for event in schedule.events:
        if isinstance(event, Deliver) and event.node not in reached:
            reached = reached | {event.node}
            states.append(State(event.tick, event.node, event.view, _HOLDS))
        elif isinstance(event, Fault) and event.fault == "restart":
            if event.node in reached:
                reached = reached - {event.node}
                states.append(State(event.tick, event.node, 0, _FORGOT))
        elif isinstance(event, Fault) and event.fault != "reload":
            words = "silent" if event.fault == "omission" else "crashed"
            reached = reached | {event.node}
            states.append(State(event.tick, event.node, 0, words))
    return Watch(tuple(states))
