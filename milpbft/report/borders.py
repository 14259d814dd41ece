"""Borders: where each node leaves a view for the next, which need not be where the first does."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from milpbft.report.diagram import Border
from milpbft.schedule import Deliver, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.report.diagram import Band
    from milpbft.schedule import Schedule
    from milpbft.schedule.states import State


def borders(
    schedule: Schedule, bands: Iterable[Band], states: Iterable[State] = ()
) -> tuple[Border, ...]:
    """Return the borders of all correct nodes that differ from those of the bands.

    Nodes whose `states` are known are in the view that these say. Of others a border is known where
    they act: from its first act in a view on, a node is in it. Who crashed is in no view any more.
    """
    bands = list(bands)
    if schedule.view_ticks or len(bands) < 2:
        return ()
    found: list[Border] = []
    said = _entered(states)
    acted = _acted(schedule)
    crashed = {e.node for e in schedule.events if isinstance(e, Fault) and e.fault == "crash"}
    for node in schedule.correct:
        changes = said.get(node) or acted.get(node, [])
        found += _of(node, changes, bands, known=node in said and node not in crashed)
    return tuple(found)


def _entered(states: Iterable[State]) -> dict[int, list[tuple[int, int]]]:
    """Return by node from which tick on it was in which view, as its states say."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for state in states:
        if not found[state.node] or state.view > found[state.node][-1][1]:
            found[state.node].append((state.tick, state.view))
    return found


def _acted(schedule: Schedule) -> dict[int, list[tuple[int, int]]]:
    """Return by node at which tick it first acted in which view; views only rise."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(lambda: [(0, 0)])
    for event in sorted(schedule.events, key=lambda one: one.tick):
        if not isinstance(event, Deliver | Fault) and event.view > found[event.node][-1][1]:
            found[event.node].append((event.tick, event.view))
    return found


def _of(
    node: int, changes: list[tuple[int, int]], bands: list[Band], *, known: bool
) -> Iterable[Border]:
    """Compare a node's changes of view with the bands, one change after the other."""
    last = bands[-1].end
    for (_, view), (tick, later) in pairwise(changes):
        begin = next((b.begin for b in bands if b.view > view), last)
        there = next((b.begin for b in bands if b.view >= later), last)
        at = tick - 0.5
        if at > begin:
            yield Border(node, view, begin, at, at)
        elif at < there:
            yield Border(node, later, at, there, at)
    view = changes[-1][1] if changes else 0
    begin = next((b.begin for b in bands if b.view > view), last)
    if known and begin < last:
        yield Border(node, view, begin, last, None)
