"""Reloads per node and tick: nodes that start again with their logs.

Variables ``rel[i,t]``, 1 where node i has reloaded its log by the end of tick t, which it does
before anything else; and ``lost[i,j,m]``, 1 where message m of j was under way to i then. Such a
node is as it was; but its timer starts anew, and what is lost never comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.pernode.traffic import Traffic, Way
    from milpbft.milp.builder import Builder


class Reloads:
    """Who reloads its log, and when.

    Parameters
    ----------
    builder
        Where variables go.
    count
        Of nodes.
    horizon
        Last tick.
    most
        Most nodes that reload, each once.
    """

    def __init__(self, builder: Builder, count: int, horizon: int, most: int) -> None:
        self.most = most
        self._horizon = horizon
        nodes = count if most else 0
        self._done = [
            builder.variables(f"reloaded_{i}", horizon + 1, base=0).index for i in range(nodes)
        ]

    def by(self, node: int, tick: int) -> Affine:
        """1 where a node has reloaded by the end of a tick."""
        if not self.most or tick < 0:
            return ZERO
        return Affine.of(int(self._done[node][min(tick, self._horizon)]))

    def between(self, node: int, first: int, last: int) -> Affine:
        """1 where a node reloads at one of the ticks from `first` to `last`."""
        return self.by(node, last) - self.by(node, first - 1) if first <= last else ZERO

    def add_rows(self, rows: Rows, nodes: Nodes) -> None:
        """A node reloads once, no more than so many do, and none that lies or has crashed.

        ``rel[i,t-1] <= rel[i,t] <= 1 - byz[i]``, ``rel[i,t] - rel[i,t-1] <= 1 - crashed[i,t]``,
        ``sum(i) rel[i,T] <= most``.
        """
        if not self.most:
            return
        for i in range(nodes.n):
            for tick in range(self._horizon + 1):
                rows.at_most("reload", self.by(i, tick - 1), self.by(i, tick))
                now = self.between(i, tick, tick) + nodes.crashed(i, tick)
                rows.at_most("reload", now, 1)
            rows.at_most("reload", self.by(i, self._horizon) + nodes.liar(i), 1)
        every = Affine.total(self.by(i, self._horizon) for i in range(nodes.n))
        rows.at_most("reloads", every, self.most)

    def lose(self, builder: Builder, rows: Rows, traffic: Traffic) -> Mapping[Way, Affine]:
        """Add what is lost: what was sent and not taken before its receiver reloads.

        For a reload at tick u, ``now = rel[i,u] - rel[i,u-1]``: ``now + sent[j,m,u-1] - 1 -
        got[i,j,m,u-1] <= lost[i,j,m] <= 1 - now + sent[j,m,u-1]``, and ``lost[i,j,m] <= rel[i,T]``,
        ``lost[i,j,m] + got[i,j,m,t] <= 1`` for the last tick.
        """
        ways = traffic.ways if self.most else ()
        numbers = builder.variables("missed", len(ways), base=0).index
        found = {way: Affine.of(int(k)) for way, k in zip(ways, numbers, strict=True)}
        for way, lost in found.items():
            i, j, label = way
            for tick in range(self._horizon + 1):
                now, sent = self.between(i, tick, tick), traffic.sent(j, label, tick - 1)
                rows.at_most("missed", now + sent - ONE - traffic.got(way, tick - 1), lost)
                rows.at_most("missed", lost, ONE - now + sent)
            rows.at_most("missed", lost, self.by(i, self._horizon))
            rows.at_most("missed", lost + traffic.got(way, traffic.last), 1)
        return found
