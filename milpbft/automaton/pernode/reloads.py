"""Reloads per node and tick: when nodes start again with their logs.

Variables ``rel[i,t]``, 1 where node i has reloaded its log by the end of tick t, which it does
before anything else. What follows from it: :mod:`milpbft.automaton.pernode.reloading`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ZERO, Affine

if TYPE_CHECKING:
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
