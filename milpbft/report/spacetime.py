"""Layout of a schedule: places everything that happened in a space-time diagram."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from milpbft.report.borders import borders
from milpbft.report.diagram import Arrow, Band, Mark, SpaceTime
from milpbft.report.naming import delivers, names_of
from milpbft.report.style import styles
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Marks of one node at one tick stand this far apart, in lanes.
_STACK = 0.17
# Arrowheads that would coincide stand this far apart, in ticks.
_SPREAD = 0.12
# An arrow ends this far from its receiver's lane, whose own marks stay free.
_GAP = 0.07


def lay_out(schedule: Schedule, blocks: Mapping[int, str] | None = None) -> SpaceTime:
    """Place what happened in `schedule`.

    Parameters
    ----------
    blocks
        By node, where several were accepted: which, see :func:`milpbft.report.outcome.accepted`.
    """
    kinds = {event.kind for event in schedule.events if isinstance(event, Send | Deliver)}
    marks = _place_marks(schedule, blocks or {})
    arrows, reached = _place_arrows(schedule, marks)
    told = {kind for kind in kinds if delivers(schedule, kind)}
    marks = [
        replace(m, lost=m.what == "send" and m.kind in told and _key(m) not in reached)
        for m in marks
    ]
    bands = tuple(_bands(schedule))
    return SpaceTime(
        schedule,
        bands,
        tuple(marks),
        tuple(arrows),
        styles(kinds),
        tuple(names_of(schedule)),
        borders=borders(schedule, bands),
    )


def _bands(schedule: Schedule) -> Iterable[Band]:
    begins = _begins(schedule)
    ends = [*begins[1:], schedule.horizon + 0.5]
    if schedule.view_ticks:
        ends = [begin + schedule.view_ticks for begin in begins]
    for view, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        # A protocol without primaries does not say which views were entered.
        entered = view < len(schedule.primaries) or not schedule.primaries
        primary = schedule.primaries[view] if entered and schedule.primaries else None
        if end > begin:
            yield Band(view, primary, begin, end, entered)


def _begins(schedule: Schedule) -> list[float]:
    """Begin of each view; on one clock, a view begins when a first node acts in it."""
    views = [event.view for event in schedule.events if not isinstance(event, Fault)]
    count = max([len(schedule.primaries), *(view + 1 for view in views)])
    if schedule.view_ticks:
        return [view * schedule.view_ticks + 0.5 for view in range(count)]
    first = dict.fromkeys(range(1, count), schedule.horizon + 1)
    for event in schedule.events:
        if not isinstance(event, Fault | Deliver) and event.view in first:
            first[event.view] = min(first[event.view], event.tick)
    begins = [-0.5]
    # Backwards, so that a view in which nobody acts takes no room from the one after it.
    for view in reversed(range(1, count)):
        first[view] = min(first[view], first.get(view + 1, schedule.horizon + 1))
    return begins + [first[view] - 0.5 for view in range(1, count)]


def _place_marks(schedule: Schedule, blocks: Mapping[int, str]) -> list[Mark]:
    letters = _letters(schedule, blocks)
    marks = [mark for event in schedule.events if (mark := _mark(schedule, event, letters))]
    placed: list[Mark] = []
    for _, group in groupby(sorted(marks, key=_place), key=_place):
        stack = list(group)
        for slot, mark in enumerate(stack):
            offset = (slot - (len(stack) - 1) / 2) * _STACK
            placed.append(replace(mark, y=mark.node + offset))
    return placed


def _letters(schedule: Schedule, blocks: Mapping[int, str]) -> dict[Decide, str]:
    """Name the block of each decision: the last letters of a node for its last decisions.

    A node of a chain decides at every height, and is told apart by its last block.
    """
    left, found = dict(blocks), {}
    decisions = [event for event in schedule.events if isinstance(event, Decide)]
    count = Counter(event.node for event in decisions)
    for event in sorted(decisions, key=lambda one: one.tick, reverse=True):
        node, name = event.node, left.get(event.node, "")
        count[node] -= 1
        # The first decision has what no later one has taken.
        found[event] = name[-1:] if count[node] else name
        left[node] = name.removesuffix(found[event])
    return found


def _place(mark: Mark) -> tuple[int, int]:
    return mark.tick, mark.node


def _mark(schedule: Schedule, event: Event, letters: Mapping[Decide, str]) -> Mark | None:
    """Return the mark of an event on its lane, where it has one; a delivery is an arrow."""
    tick, node = event.tick, event.node
    if isinstance(event, Deliver):
        return None
    if isinstance(event, Fault):
        # The lane of a Byzantine node is marked from end to end.
        known = event.fault == "byzantine" and node in schedule.byzantine
        return None if known else Mark("fault", event.fault, tick, node, None, node)
    if isinstance(event, Decide):
        return Mark("decide", letters[event], tick, node, event.view, node)
    kind = event.kind if isinstance(event, Send) else ""
    return Mark(event.event, kind, tick, node, event.view, node)


def _key(mark: Mark) -> tuple[int, str, int, int | None]:
    return mark.node, mark.kind, mark.tick, mark.view


def _place_arrows(
    schedule: Schedule, marks: list[Mark]
) -> tuple[list[Arrow], set[tuple[int, str, int, int | None]]]:
    """Draw every delivery, and say which sends were delivered to somebody."""
    sends: dict[tuple[int, int | None], list[Mark]] = {}
    for mark in marks:
        if mark.what == "send":
            sends.setdefault((mark.node, mark.view), []).append(mark)
    arrows, reached = [], set()
    for event in schedule.events:
        if isinstance(event, Deliver):
            source = _source(event, sends.get((event.sender, event.view), []))
            reached.add(_key(source))
            arrows.append(_arrow(event, source))
    return arrows, reached


def _source(event: Deliver, sends: list[Mark]) -> Mark:
    """Return the send that a delivery is of: the latest of its kind before it, or at its tick.

    A message without a send of its own came with another one (a primary's PrepareResponse with its
    PrepareRequest), or else, from nowhere, one tick before.
    """
    before = [mark for mark in sends if mark.tick < event.tick]
    same = [mark for mark in before if mark.kind == event.kind]
    same = same or [m for m in sends if m.kind == event.kind and m.tick == event.tick]
    if same:
        return same[-1]
    tick = before[0].tick if before else max(event.tick - 1, 0)
    return Mark("send", event.kind, tick, event.sender, event.view, event.sender)


def _arrow(event: Deliver, source: Mark) -> Arrow:
    direction = 1 if event.node > event.sender else -1
    return Arrow(
        kind=event.kind,
        view=event.view,
        sender=event.sender,
        receiver=event.node,
        sent=source.tick,
        delivered=event.tick,
        y=source.y,
        head_x=event.tick + (source.y - source.node) / _STACK * _SPREAD,
        head_y=event.node - direction * _GAP,
    )
