"""Links: what the adversary does to nodes and to the network, and who reaches whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from milpbft.powm.reference.certificates import Electorate


@dataclass(frozen=True)
class Cut:
    """A cut of `width` ticks that begins at `begin`.

    The old manager, node 0, and the miners of `side` are on one side, its team and the other miners
    on the other. An `eclipse` cuts only the links between the old manager and its team; it does not
    heal while a block is mined.
    """

    begin: int
    width: int
    side: frozenset[int] = frozenset()
    eclipse: bool = False

    def on(self, tick: int) -> bool:
        """Whether it lasts."""
        return self.begin <= tick and (self.eclipse or tick < self.begin + self.width)


@dataclass(frozen=True)
class Takeover:
    """A takeover that is due."""

    tick: int
    node: int
    electorate: Electorate


@dataclass
class Script:
    """What the adversary does.

    Parameters
    ----------
    crashes
        Nodes that crash, by tick; at its begin, or where `late` after the grants of the tick and
        before supports hear of them.
    promoted
        Who is elected, in order; the lowest number where nobody is named.
    cut
        A cut of the network.
    deaf
        Supports that a Sync does not get to, by tick.
    restarts, reloads
        Nodes that start again at the begin of a tick, without memory or with a log, by tick.
    """

    crashes: Mapping[int, Collection[int]] = field(default_factory=dict)
    promoted: list[int] = field(default_factory=list)
    late: bool = False
    cut: Cut | None = None
    deaf: Mapping[int, Collection[int]] = field(default_factory=dict)
    restarts: Mapping[int, Collection[int]] = field(default_factory=dict)
    reloads: Mapping[int, Collection[int]] = field(default_factory=dict)

    def failing(self, tick: int, active: list[int], living: list[int]) -> Collection[int]:
        """Return who crashes at a tick, knowing who manages and who hashes."""
        return self.crashes.get(tick, ())

    def elect(self, candidates: Collection[int]) -> int | None:
        """Return who is elected next."""
        if self.promoted:
            return self.promoted.pop(0)
        return min(candidates, default=None)


@dataclass(frozen=True)
class Links:
    """Who reaches whom."""

    script: Script

    def reach(self, tick: int, one: int, other: int) -> bool:
        """Whether messages get from one node to another."""
        cut = self.script.cut
        if cut is None or not cut.on(tick):
            return True
        if cut.eclipse:
            return not ({one, other} & {0} and {one, other} & {1})
        left = {0} | cut.side
        return (one in left) == (other in left)

    def tells(self, tick: int, one: int, other: int) -> bool:
        """Whether a Sync gets from a manager to another one."""
        return self.reach(tick, one, other) and other not in self.script.deaf.get(tick, ())

    def serves(self, tick: int, manager: int, node: int) -> bool:
        """Whether a manager gets a node's request."""
        return self.reach(tick, manager, node)

    def heard(self, tick: int, manager: int) -> bool:
        """Whether a manager reaches a support, or is one that was elected."""
        cut = self.script.cut
        return cut is None or not cut.on(tick) or manager != 0
