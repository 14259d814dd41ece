"""Calls: whether a broadcast by calls can happen, call by call."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Deliver, Schedule, Send
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    import networkx as nx


def replay_calls(schedule: Schedule, graph: nx.Graph, ports: int) -> Verdict:
    """Make the calls of a schedule one by one, and look whether everybody is reached.

    Parameters
    ----------
    schedule
        Deliveries of messages that were sent a tick before; the only primary is the source.
    graph
        Who can send to whom.
    ports
        Calls that a node makes per tick, at most.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``refuted`` with the first call that cannot be made, or who is not
        reached in the end.
    """
    if len(schedule.primaries) != 1:
        raise InputError("primaries", schedule.primaries, "the source alone")
    held = {schedule.primaries[0]: 0}
    made: defaultdict[tuple[int, int], int] = defaultdict(int)
    sent = {(e.tick, e.node) for e in schedule.events if isinstance(e, Send)}
    for event in schedule.events:
        if not isinstance(event, Deliver):
            continue
        tick, caller, called = event.tick - 1, event.sender, event.node
        made[tick, caller] += 1
        wrong = ""
        if held.get(caller, schedule.horizon + 1) > tick:
            wrong = f"node {caller} does not hold the message"
        elif (tick, caller) not in sent:
            wrong = f"node {caller} sends nothing"
        elif not graph.has_edge(caller, called):
            wrong = f"node {caller} does not know node {called}"
        elif made[tick, caller] > ports:
            wrong = f"node {caller} makes more than {ports} calls"
        if wrong:
            return Verdict("replay", "refuted", f"tick {tick}: {wrong}")
        held.setdefault(called, event.tick)
    missed = sorted(set(graph) - held.keys())
    if missed:
        return Verdict("replay", "refuted", f"node {missed[0]} is not reached")
    return Verdict("replay", "confirmed")
