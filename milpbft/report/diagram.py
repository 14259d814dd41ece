"""The space-time diagram of a schedule, which all its pictures draw.

Time runs to the right, one unit a tick; node `i` has the lane at height `i`, counted downwards.
The diagram is that of Coelho et al. [1]_, figures 2 to 5.

References
----------
.. [1] Coelho et al., "A MILP Model for a Byzantine Fault Tolerant Blockchain Consensus", Future
   Internet 12(11):185, 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from milpbft.registry import PROTOCOLS

if TYPE_CHECKING:
    from milpbft.report.style import Style
    from milpbft.schedule import Schedule

What = Literal["send", "decide", "timeout", "fault"]


@dataclass(frozen=True, slots=True)
class Band:
    """A view: its primary, if it has one, and the time from `begin` to `end` that it takes.

    A view is not `entered` where only Byzantine nodes act in it. Where lanes are folded,
    `leader` is the name of the primary.
    """

    view: int
    primary: int | None
    begin: float
    end: float
    entered: bool = True
    leader: str = ""

    @property
    def role(self) -> str:
        """Say who is primary, where the view has one."""
        if self.primary is not None:
            return f"primary {self.leader or f'node {self.primary}'}"
        return "" if self.entered else "not entered"

    @property
    def short_role(self) -> str:
        """The same in a few letters."""
        if self.primary is not None:
            return f"P {self.leader.removeprefix('node ') or self.primary}"
        return "" if self.entered else "-"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a node, drawn at ``(tick, y)``.

    `kind` is a message kind, the kind of fault, or the accepted block where there are several. A
    send that reached nobody is `lost`.
    """

    what: What
    kind: str
    tick: int
    node: int
    view: int | None
    y: float
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """A delivered message, drawn from ``(sent, y)`` to ``(head_x, head_y)``."""

    kind: str
    view: int
    sender: int
    receiver: int
    sent: int
    delivered: int
    y: float
    head_x: float
    head_y: float


class Border(NamedTuple):
    """A node's change of view that is not at the border of the bands.

    From `begin` to `end` the node is in `view`, although the bands say otherwise; its own border is
    at `at`, one of the two. None where it never leaves `view`.
    """

    node: int
    view: int
    begin: float
    end: float
    at: float | None


@dataclass(frozen=True)
class SpaceTime:
    """The diagram of `schedule`: its views, marks, arrows and the styles of its message kinds.

    Where equal nodes are folded, `schedule` has a node per lane, with its name in `names`, and
    `whole` is the schedule of all nodes. `borders` are those of nodes that change views at other
    ticks than the bands do.
    """

    schedule: Schedule
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    arrows: tuple[Arrow, ...]
    styles: dict[str, Style]
    names: tuple[str, ...] = ()
    whole: Schedule | None = None
    borders: tuple[Border, ...] = ()

    @property
    def title(self) -> str:
        """One line that says what ran, and how it ended."""
        schedule = self.whole or self.schedule
        parts = [schedule.protocol, _count(schedule.n, "node")]
        if schedule.byzantine:
            nodes = "nodes" if len(schedule.byzantine) > 1 else "node"
            parts.append(f"Byzantine: {nodes} {', '.join(map(str, schedule.byzantine))}")
        entry = PROTOCOLS.get(schedule.protocol)
        if entry is None or entry.decides:
            decided = sum(event.event == "decide" for event in schedule.events)
            parts.append(f"{_count(decided, 'node')} decided")
        return " · ".join(parts)

    def headed(self, heading: str) -> str:
        """The title, after what heads it: how the run ended, and value and bound."""
        return f"{heading} · {self.title}" if heading else self.title

    @property
    def span(self) -> tuple[float, float]:
        """Begin and end of the picture: all its views, and whatever happened outside them."""
        edges = [edge for band in self.bands for edge in (band.begin, band.end)]
        edges += [mark.tick + side for mark in self.marks for side in (-0.5, 0.5)]
        edges += [arrow.delivered + 0.5 for arrow in self.arrows]
        return min(edges, default=-0.5), max(edges, default=self.schedule.horizon + 0.5)

    def node_name(self, node: int) -> str:
        """Label of a lane."""
        if self.names:
            return self.names[node]
        return f"node {node}" + (" (Byzantine)" if node in self.schedule.byzantine else "")

    def clock(self, tick: int) -> int:
        """Time as the schedule's views count it: within the view where each has its own clock."""
        per_view = self.schedule.view_ticks
        return (tick - 1) % per_view + 1 if per_view and tick else tick


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
