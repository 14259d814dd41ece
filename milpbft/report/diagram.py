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
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from milpbft.registry import PROTOCOLS
from milpbft.report.naming import called, listed, names_of, title_of, words_of
from milpbft.schedule import Decide

if TYPE_CHECKING:
    from milpbft.report.style import Style
    from milpbft.schedule import Schedule

What = Literal["send", "decide", "timeout", "fault"]


@dataclass(frozen=True, slots=True)
class Band:
    """A view: its primary, if it has one, and the time from `begin` to `end` that it takes.

    A view is not `entered` where only Byzantine nodes act in it.
    """

    view: int
    primary: int | None
    begin: float
    end: float
    entered: bool = True


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

    `names` are those of the lanes. Where equal nodes are folded, `schedule` has a node per lane,
    and `whole` is the schedule of all nodes. `borders` are those of nodes that change views at
    other ticks than the bands do.
    """

    schedule: Schedule
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    arrows: tuple[Arrow, ...]
    styles: dict[str, Style]
    names: tuple[str, ...] = ()
    whole: Schedule | None = None
    borders: tuple[Border, ...] = ()

    @cached_property
    def longest(self) -> int:
        """Letters of the longest name of a lane."""
        return max(len(self.node_name(node)) for node in range(self.schedule.n))

    @cached_property
    def edge(self) -> float:
        """Begin of the picture."""
        return self.span[0]

    @property
    def title(self) -> str:
        """One line that says what ran, and how it ended."""
        schedule = self.whole or self.schedule
        parts = [title_of(schedule.protocol), _count(schedule.n, "node")]
        if schedule.byzantine:
            named = names_of(schedule)
            parts.append(f"Byzantine: {listed([named[node] for node in schedule.byzantine])}")
        entry = PROTOCOLS.get(schedule.protocol)
        if entry is None or entry.decides:
            decided = {event.node for event in schedule.events if isinstance(event, Decide)}
            correct = set(range(schedule.n)) - schedule.failed
            parts.append(
                f"{len(decided & correct)} of {_count(len(correct), 'correct node')} decided"
            )
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
        name = self.names[node] if self.names else f"node {node}"
        liar = node in self.schedule.byzantine and self.whole is None
        return name + (" (Byzantine)" if liar else "")

    @property
    def words(self) -> tuple[str, str]:
        """What the protocol calls a view, and who leads it."""
        return words_of(self.schedule.protocol)

    def kind_name(self, kind: str) -> str:
        """What a kind of message is called."""
        return called(self.schedule.protocol, kind)

    def role(self, band: Band) -> str:
        """Say who leads a view, if anybody: ``primary: node 0``, ``butler 0 on duty``."""
        if band.primary is not None:
            leader, name = self.words[1], self._leader(band.primary)
            word = name.rpartition(" ")[0]
            return leader.replace(word, name) if word in leader.split() else f"{leader}: {name}"
        return "" if band.entered else "not entered"

    def short_role(self, band: Band) -> str:
        """Say the same in a few letters: ``P 0``."""
        if band.primary is not None:
            return f"{self.words[1][0].upper()} {self._leader(band.primary).split()[-1]}"
        return "" if band.entered else "-"

    def _leader(self, node: int) -> str:
        return self.names[node].removesuffix(" (Byzantine)") if self.names else f"node {node}"

    def clock(self, tick: int) -> int:
        """Time as the schedule's views count it: within the view where each has its own clock."""
        per_view = self.schedule.view_ticks
        return (tick - 1) % per_view + 1 if per_view and tick else tick


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
