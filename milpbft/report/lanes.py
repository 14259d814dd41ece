"""Lanes: who is drawn on a line of his own, and who is one of many alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.report.naming import listed, names_of, ranges
from milpbft.report.spacetime import lay_out
from milpbft.schedule import Deliver

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from milpbft.report.diagram import SpaceTime
    from milpbft.schedule import Event, Schedule

FEW = 12
"""Up to so many nodes have a lane each."""


def lanes_of(diagram: SpaceTime) -> list[list[int]]:
    """Return the nodes of each lane: from 13 nodes on, those who do the same are on one.

    Nodes are alike where they have one name but for its number, are Byzantine or not, were primary
    of the same views, and did the same at the same ticks; what they received is not compared. Lanes
    are in the order of their first nodes.
    """
    schedule = diagram.schedule
    if schedule.n <= FEW:
        return [[node] for node in range(schedule.n)]
    did: dict[int, list[object]] = defaultdict(list)
    for mark in diagram.marks:
        did[mark.node].append((mark.what, mark.kind, mark.tick, mark.view))
    alike: dict[object, list[int]] = defaultdict(list)
    for node in range(schedule.n):
        led = tuple(view for view, primary in enumerate(schedule.primaries) if primary == node)
        kind = diagram.names[node].rpartition(" ")[0]
        alike[kind, node in schedule.byzantine, led, tuple(map(str, did[node]))].append(node)
    return sorted(alike.values())


def lane_name(
    nodes: Sequence[int],
    names: Sequence[str],
    liars: Collection[int] = (),
    mark: str = "(Byzantine)",
) -> str:
    """Name a lane: the node's name, or how many there are, and which.

    Parameters
    ----------
    names
        Of all nodes.
    liars
        Who is Byzantine; one on its own has `mark` behind its name.
    """
    own, byzantine = [names[node] for node in nodes], nodes[0] in liars
    if len(own) == 1:
        return own[0] + f" {mark}" * byzantine
    same = len({name.rpartition(" ")[0] for name in own}) == 1
    word, _, which = listed(own).partition(" ") if same else ("nodes", "", ranges(nodes))
    return f"{len(own)} {'Byzantine ' * byzantine}{word}: {which}"


def folded(schedule: Schedule, blocks: Mapping[int, str] | None = None) -> SpaceTime:
    """Lay a schedule out, its equal nodes on one lane each; `blocks` as for ``lay_out``."""
    blocks = blocks or {}
    diagram = lay_out(schedule, blocks)
    lanes = lanes_of(diagram)
    if len(lanes) == schedule.n:
        return diagram
    place = {node: k for k, nodes in enumerate(lanes) for node in nodes}
    small = replace(
        schedule,
        n=len(lanes),
        byzantine=tuple(sorted({place[node] for node in schedule.byzantine})),
        primaries=tuple(place[node] for node in schedule.primaries),
        events=tuple(dict.fromkeys(_placed(event, place) for event in schedule.events)),
    )
    named, liars = names_of(schedule), set(schedule.byzantine)
    names = tuple(lane_name(nodes, named, liars) for nodes in lanes)
    made = lay_out(small, {place[node]: block for node, block in blocks.items()})
    return replace(made, names=names, whole=schedule)


def _placed(event: Event, place: Mapping[int, int]) -> Event:
    """Return an event of a node as one of its lane."""
    moved = replace(event, node=place[event.node])
    return replace(moved, sender=place[moved.sender]) if isinstance(moved, Deliver) else moved
