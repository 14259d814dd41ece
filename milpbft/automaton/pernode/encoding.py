"""The per-node encoding of a rule table: nodes, messages, guards and the network, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.delivery import Deadlines
from milpbft.automaton.pernode.guards import Guards
from milpbft.automaton.pernode.nodes import Nodes
from milpbft.automaton.pernode.reloading import add_reloads, missed
from milpbft.automaton.pernode.renewal import add_renewals
from milpbft.automaton.pernode.rows import ONE, Affine, Rows
from milpbft.automaton.pernode.traffic import Traffic
from milpbft.milp.builder import Builder, Sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.pernode.network import Network
    from milpbft.automaton.table import Table
    from milpbft.milp.problem import Problem, Sense

import numpy as np


class PerNode:
    """Variables and rows that every run of the instance satisfies.

    Parameters
    ----------
    name
        Of the problem.
    sense
        Of its objective.
    table
        The protocol.
    starts
        By node: the location in which it starts.
    sizes
        Values of the automaton's parameters; those that count Byzantine nodes have none.
    horizon
        Last tick at which something happens.
    network
        Deadlines, timers and paths.
    crashes, byzantine
        Most nodes that crash, and that are Byzantine.
    amnesia, reloads
        Most nodes that start again, without memory and with their logs.
    ends
        Whether there is a tick after the horizon at which everything owed arrives, for locks.
    """

    def __init__(
        self,
        name: str,
        sense: Sense,
        table: Table,
        starts: tuple[str, ...],
        sizes: Mapping[str, int],
        *,
        horizon: int,
        network: Network,
        crashes: int = 0,
        byzantine: int = 0,
        amnesia: int = 0,
        reloads: int = 0,
        ends: bool = False,
    ) -> None:
        self.builder = Builder(name, sense)
        self.rows = Rows()
        self.table = table
        self.network = network
        self.horizon = horizon
        self.n = len(starts)
        self.nodes = Nodes(
            self.builder,
            self.rows,
            table,
            starts,
            sizes,
            horizon=horizon,
            crashes=crashes,
            byzantine=byzantine,
            amnesia=amnesia,
            reloads=reloads,
        )
        last = horizon + network.paths.longest(horizon) if ends else horizon
        self.traffic = Traffic(self.builder, self.rows, self.nodes, network.paths, last)
        self.guards = Guards(self.builder, self.rows, self.nodes, self.traffic)
        self.nodes.add_rows(network)
        self.traffic.add_rows()
        self.guards.add_rows()
        if table.again:
            add_renewals(self.builder, self.rows, self.nodes, self.guards, network)
        else:
            self.guards.add_timers(network)
        self.guards.add_quorums()
        ways = self.traffic.ways if network.losses and ends else ()
        lost = self.builder.variables("lost", len(ways), base=0)
        self.lost = {w: Affine.of(int(k)) for w, k in zip(ways, lost.index, strict=True)}
        self.rows.at_most("lossy", Affine.total(self.lost.values()), network.losses)
        self._repeat()
        add_reloads(self.rows, self.nodes)
        gone = missed(self.builder, self.rows, self.traffic)
        self.deadlines = Deadlines(self.rows, self.traffic, network, self.lost, gone)
        self.deadlines.add_rows()
        if network.paths.uniform:
            self.nodes.order_twins()

    def _repeat(self) -> None:
        """Lose nothing that its sender says again: ``lost[i,j,m] + sum(s) at[j,s,T] <= 1``.

        Over the states s in locations where nodes do so.
        """
        brings = {message.label: {*message.brings} for message in self.table.messages}
        for (_, sender, label), lost in self.lost.items():
            held = self.table.held.items()
            again = (places for group, places in held if not brings[label].isdisjoint(group))
            places = frozenset(place for found in again for place in found)
            if places:
                there = self.nodes.within(sender, places, self.horizon)
                self.rows.at_most("sent", lost + there, 1)

    def binary(self, name: str) -> Affine:
        """Add a binary variable."""
        return Affine.of(int(self.builder.variables(name).index))

    def binaries(self, name: str, count: int) -> list[Affine]:
        """Add binary variables."""
        return [Affine.of(k) for k in self.builder.variables(name, count, base=0).index]

    def end_quiescent(self, locked: Affine = ONE) -> None:
        """Let nobody owe anything after the horizon, or only where `locked` is 1."""
        unless = ONE - locked
        self.deadlines.settle(unless)
        self.guards.require_silence(unless)

    def optimise(self, objective: Affine) -> None:
        """Set the objective; its constant part must be zero."""
        assert objective.constant == 0, "objectives have no constant"
        numbers = np.array(list(objective.terms), dtype=np.int32)
        weights = np.array(list(objective.terms.values()), dtype=np.int64)
        self.builder.optimise(Sum(numbers, weights))

    def build(self) -> Problem:
        """Assemble the problem."""
        self.rows.hand_over(self.builder)
        return self.builder.build()
