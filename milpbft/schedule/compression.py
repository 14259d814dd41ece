"""Compression: the same run in as few ticks as its causes allow.

Each correct node keeps the order of its ticks, with all that happened to it in each of them; what
Byzantine nodes say moves by itself. A message arrives a tick after it was sent at the earliest.
What is left is the longest chain of causes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from milpbft.schedule.events import Deliver, Event, Fault, Send

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.schedule.schedule import Schedule

PROPOSAL = "PrepareRequest"
"""The kind of message that answers are about."""
TOGETHER = -1


def compressed(schedule: Schedule, *, first: int = 1) -> Schedule:
    """Return a schedule with its events at their earliest ticks.

    Parameters
    ----------
    schedule
        One that replays, on one clock. Where a message of a label was sent several times, the last
        before its delivery counts.
    first
        The first tick at which anything may happen; faults that begin at tick 0 stay there.
    """
    steps: defaultdict[_Step, list[Event]] = defaultdict(list)
    of = [_step(k, event, schedule) for k, event in enumerate(schedule.events)]
    for step, event in zip(of, schedule.events, strict=True):
        steps[step].append(event)
    moved: dict[_Step, int] = {}
    last: dict[int, int] = {}
    sent: dict[tuple[int, str, int], int] = {}
    reloads: dict[int, int] = {}
    # At one tick Byzantine nodes propose before others of them answer.
    for step in sorted(steps, key=lambda s: (s.tick, not _proposes(steps[s]), s.node, s.alone)):
        events = steps[step]
        if step.tick == 0 and all(isinstance(event, Fault) for event in events):
            moved[step] = 0
            continue
        begin = [first, *_causes(events, sent, schedule)]
        begin += [then + 1 for tick, then in reloads.items() if tick < step.tick]
        if step.alone == TOGETHER:
            begin.append(last.get(step.node, first - 1) + 1)
        moved[step] = max(begin)
        if step.alone == TOGETHER:
            last[step.node] = moved[step]
        for event in events:
            if isinstance(event, Fault) and event.fault == "reload":
                reloads[step.tick] = moved[step]
            if isinstance(event, Send):
                sent[event.node, event.kind, event.view] = moved[step]
    moments = [replace(e, tick=moved[step]) for step, e in zip(of, schedule.events, strict=True)]
    return replace(schedule, events=tuple(moments), horizon=max(moved.values(), default=0))


class _Step(NamedTuple):
    """What moves as one: a node's tick, or one thing that a Byzantine node says."""

    tick: int
    node: int
    alone: int = TOGETHER


def _step(number: int, event: Event, schedule: Schedule) -> _Step:
    """Return the step of an event: what Byzantine nodes say waits for nothing else of theirs."""
    said = isinstance(event, Send) and event.node in schedule.byzantine
    return _Step(event.tick, event.node, number if said else TOGETHER)


def _proposes(events: Iterable[Event]) -> bool:
    return any(isinstance(e, Send) and e.kind.partition("#")[0] == PROPOSAL for e in events)


def _causes(
    events: Iterable[Event], sent: dict[tuple[int, str, int], int], schedule: Schedule
) -> list[int]:
    """Return the first ticks at which what is delivered can be, and what is answered answered.

    What a Byzantine node says in a view is about the proposal that its name ends like, if that was
    made by then: at its tick where its primary is Byzantine too. Who reloads its log loses what was
    sent before, and so does it after that; what comes later stays later.
    """
    ticks = []
    primaries = dict(enumerate(schedule.primaries))
    for event in events:
        if isinstance(event, Deliver) and event.sender != event.node:
            ticks.append(sent[event.sender, event.kind, event.view] + 1)
        elif isinstance(event, Fault) and event.fault == "reload":
            ticks.append(max(sent.values(), default=-1) + 1)
        elif isinstance(event, Send) and event.node in schedule.byzantine:
            primary = primaries.get(event.view, event.node)
            _, mark, value = event.kind.partition("#")
            proposed = sent.get((primary, PROPOSAL + mark + value, event.view))
            if proposed is not None and not _proposes([event]):
                ticks.append(proposed + (primary not in schedule.byzantine))
    return ticks
