"""Guards: what a node's knowledge lets it do, and that it does what it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.local import Edge, Need
    from milpbft.automaton.pernode.network import Network
    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.passage import Way
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.pernode.traffic import Traffic
    from milpbft.milp.builder import Builder


class Guards:
    """A binary per node, guard and tick: whether the guard holds, the tick's messages taken.

    Parameters
    ----------
    builder, rows
        Where variables and rows go.
    nodes, traffic
        Who does what, and who was given what.
    """

    def __init__(self, builder: Builder, rows: Rows, nodes: Nodes, traffic: Traffic) -> None:
        self._builder = builder
        self._rows = rows
        self._nodes = nodes
        self._traffic = traffic
        self._holds: dict[tuple[int, Need], list[Affine]] = {}
        self._senders: dict[tuple[int, tuple[str, ...]], list[list[Affine]]] = {}

    def add_rows(self) -> None:
        """Add the rows of every guard, and of what nodes do about them at every tick."""
        for receiver in self._nodes.receivers:
            for need in self._nodes.roles[self._nodes.whose(receiver)].needs:
                self._holds[receiver, need] = self._link(receiver, need)
        for node, role in enumerate(self._nodes.roles):
            for k, edge in enumerate(role.edges):
                for tick in range(self._nodes.horizon + 1):
                    self._allow(node, k, tick)
                    if self.prompt(edge):
                        self._act(node, edge, tick, ZERO)
                if not self._nodes.first(edge):
                    self._give_way(node, k)

    def add_timers(self, network: Network) -> None:
        """A timer that runs only under a guard is overdue while that holds.

        ``at[i,s,t] + overdue[i,e,t] + sum g[i,a,t] <= 1 + #guards`` for ``t >= gst + delta``, in a
        synchronous network; see :meth:`milpbft.automaton.pernode.nodes.Nodes.overdue`.
        """
        nodes, timers = self._nodes, self._nodes.table.expires
        for node, role in enumerate(nodes.roles):
            for edge in role.edges:
                if edge.rule not in timers or not edge.needs:
                    continue
                if not network.must_expire(timed=timers[edge.rule]):
                    continue
                for tick in range(network.gst + network.delta, nodes.horizon + 1):
                    due = nodes.overdue(node, edge, tick, network)
                    here = nodes.at(node, edge.source, tick) + self.holding(node, edge, tick)
                    self._rows.at_most("overdue", here + due, 1 + len(edge.needs))

    def add_quorums(self) -> None:
        """Add implied rows: whoever acts, so many nodes have sent what it takes.

        ``took[i,e,t] <= G[a,t]`` for each guard a of edge e, ``q G[a,t] <= sum(j) s[j,t]`` and
        ``s[j,t] <= sum(m) sent[j,m,t]`` over the messages that count. They cut nothing off, and
        let a relaxation see that two quorums intersect.
        """
        nodes = self._nodes
        users: dict[Need, list[tuple[int, int]]] = {}
        for node, role in enumerate(nodes.roles):
            for k, edge in enumerate(role.edges):
                for need in edge.quorums:
                    users.setdefault(need, []).append((node, k))
        for place, (need, edges) in enumerate(users.items()):
            name = f"quorum_{place}"
            numbers = self._builder.variables(name, nodes.horizon + 1, base=0).index
            for tick, number in enumerate(numbers):
                reached = Affine.of(number)
                for node, k in edges:
                    self._rows.at_most("quorum_met", nodes.taken(node, k, tick), reached)
                self._count(need, reached, tick, f"s_{place}_{tick}")

    def _count(self, need: Need, reached: Affine, tick: int, name: str) -> None:
        traffic = self._traffic
        brings = traffic.bringing(need.counters)
        said = [
            [traffic.sent(j, m, tick) for m in brings if (j, m) in traffic.spoken]
            for j in range(self._nodes.n)
        ]
        several = [sent for sent in said if len(sent) > 1]
        numbers = self._builder.variables(name, len(several), base=0).index
        for number, sent in zip(numbers, several, strict=True):
            self._rows.at_most("spoke", Affine.of(number), Affine.total(sent))
        single = [sent[0] for sent in said if len(sent) == 1]
        count = Affine.total([*single, *(Affine.of(number) for number in numbers)])
        self._rows.at_most("quorum", need.threshold * reached, count)

    def require_silence(self, unless: Affine) -> None:
        """At the end nobody owes an act, timers included, or `unless` is 1.

        Nor, but for timers, at a tick between the horizon and the end. An act that is neither owed
        nor a timer's is the adversary's choice and may stay undone.
        """
        for node, role in enumerate(self._nodes.roles):
            for edge in role.edges:
                if edge.rule not in self._nodes.table.owed:
                    continue
                for tick in range(self._nodes.horizon + 1, self._traffic.last + 1):
                    if tick == self._traffic.last or self.prompt(edge):
                        self._act(node, edge, tick, unless)

    def prompt(self, edge: Edge) -> bool:
        """Whether a node takes an edge as soon as it can."""
        return edge.rule in self._nodes.table.owed and not self._nodes.first(edge)

    def holding(self, node: int, edge: Edge, tick: int) -> Affine:
        """Count the guards of an edge that hold."""
        receiver = self._nodes.receiver(node, edge)
        return Affine.total(self._holds[receiver, need][tick] for need in edge.needs)

    # ---- rows of what nodes do

    def _allow(self, node: int, k: int, tick: int) -> None:
        """``took[i,e,t] - took[i,e,t-1] <= g[i,a,t]`` for each guard a of edge e."""
        edge = self._nodes.roles[node].edges[k]
        receiver = self._nodes.receiver(node, edge)
        for need in edge.needs:
            takes = self._nodes.takes(node, k, tick)
            self._rows.at_most("allow", takes, self._holds[receiver, need][tick])

    def _act(self, node: int, edge: Edge, tick: int, unless: Affine) -> None:
        """``at[i,s,t] + sum g[i,a,t] <= #guards``: nobody sits on an enabled edge."""
        here = self._nodes.at(node, edge.source, tick)
        self._rows.at_most("sit", here + self.holding(node, edge, tick) - unless, len(edge.needs))

    def _give_way(self, node: int, k: int) -> None:
        """``takes[i,e,t] + sum g[i,a',t] <= #guards'`` for each edge e' that is tried before e."""
        role, order = self._nodes.roles[node], self._nodes.table.order
        edge = role.edges[k]
        what = self._nodes.act(edge).what
        if what not in order:
            return
        earlier = order[: order.index(what)]
        for other in role.out_of[edge.source]:
            rival = role.edges[other]
            if self._nodes.act(rival).what in earlier and not self._nodes.first(rival):
                for tick in range(self._nodes.horizon + 1):
                    both = self._nodes.takes(node, k, tick) + self.holding(node, rival, tick)
                    self._rows.at_most("order", both, len(rival.needs))

    # ---- rows of what guards mean

    def _link(self, node: int, need: Need) -> list[Affine]:
        """``g = 1`` where the number of senders u that count is at least q, or else at most q.

        At least: ``q g <= sum u <= q-1 + (U-q+1) g`` with U possible senders; and monotone where
        nothing that was taken is dropped. At most: the same of the opposite, q+1 of them.
        """
        senders = self._counted(node, need.counters)
        most = len(senders)
        least = need.threshold + need.upper
        if least > most:
            return [ONE if need.upper else ZERO] * (self._traffic.last + 1)
        if most == 1:
            held = senders[0]
        else:
            numbers = self._builder.variables(
                f"g_{node}_{len(self._holds)}", self._traffic.last + 1, base=0
            ).index
            held = [Affine.of(number) for number in numbers]
            for tick, holds in enumerate(held):
                count = Affine.total(sender[tick] for sender in senders)
                self._rows.at_most("enough", least * holds, count)
                self._rows.at_most("too_few", count, (most - least + 1) * holds + (least - 1))
        return [ONE - holds for holds in held] if need.upper else held

    def _counted(self, node: int, counters: tuple[str, ...]) -> list[list[Affine]]:
        """By possible sender and tick: 1 where something that the node has counts it in."""
        if (node, counters) in self._senders:
            return self._senders[node, counters]
        brings = self._traffic.bringing(counters)
        every = [w for w in self._traffic.ways if w[0] == node and w[2] in brings]
        by_sender: dict[int, list[Way]] = {}
        for way in every:
            by_sender.setdefault(way[1], []).append(way)
        but = {j: self._traffic.excusing(node, j, counters) for j in by_sender}
        several = [j for j, ways in by_sender.items() if len(ways) > 1 or but[j]]
        name = f"u_{node}_{len(self._senders)}"
        block = self._builder.variables(name, len(several), self._traffic.last + 1, base=0)
        numbers = dict(zip(several, block.index, strict=True))
        found = [
            self._any(ways, but[j], counters, numbers[j])
            if j in numbers
            else [self._traffic.counts(ways[0], counters, t) for t in range(self._traffic.last + 1)]
            for j, ways in by_sender.items()
        ]
        self._senders[node, counters] = found
        return found

    def _any(
        self, ways: list[Way], but: list[Way], counters: tuple[str, ...], numbers: NDArray[np.int32]
    ) -> list[Affine]:
        """Count a sender once, where no excuse is known: u is 1 iff some m counts and no x does.

        ``c[i,j,m,t] - sum(x) has[i,j,x,t] <= u[i,j,t] <= sum(m) c[i,j,m,t]``, with c = has or got,
        and ``u[i,j,t] + has[i,j,x,t] <= 1``.
        """
        counted = [Affine.of(number) for number in numbers]
        for tick, counts in enumerate(counted):
            given = [self._traffic.counts(way, counters, tick) for way in ways]
            excuses = [self._traffic.has(way, tick) for way in but]
            for one in given:
                self._rows.at_most("counts", one - Affine.total(excuses), counts)
            for one in excuses:
                self._rows.at_most("excused", counts + one, 1)
            self._rows.at_most("counts", counts, Affine.total(given))
        return counted
