"""Renewal: timers that expire again and again, and act once there is something to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.guards import Guards
    from milpbft.automaton.pernode.network import Network
    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.milp.builder import Builder


def add_renewals(
    builder: Builder, rows: Rows, nodes: Nodes, guards: Guards, network: Network
) -> None:
    """In a synchronous network, what an overdue timer would do is done a delay bound later.

    Once a timer has run its w ticks, delta ticks in which an expiry would have an effect bring one:
    ``started[i,v,t-w-delta] - anew + sum(t-delta<=u<=t) m[i,v,u] - sum(t-delta<u<=t) takes[i,u]
    <= 1 + delta`` for ``t >= gst + delta``, over the rules of the timer, with m as of
    :func:`_effects`. Each life of a node has its own, and a reload of the log starts it anew, see
    :meth:`~milpbft.automaton.pernode.nodes.Nodes.overdue`.
    """
    if not network.must_expire(timed=True):
        return
    for receiver in nodes.receivers:
        node = nodes.whose(receiver)
        timers: dict[int, list[int]] = {}
        for k, edge in nodes.edges(receiver):
            if nodes.table.expires.get(edge.rule):
                timers.setdefault(nodes.act(edge).view, []).append(k)
        for view, edges in timers.items():
            numbers = builder.variables(f"minds_{receiver}_{view}", nodes.horizon + 1, base=0).index
            minds = [Affine.of(number) for number in numbers]
            _effects(rows, nodes, guards, node=node, edges=edges, minds=minds)
            wait = network.wait(view, timed=True)
            for tick in range(network.gst + network.delta, nodes.horizon + 1):
                since = tick - network.delta
                due = nodes.started(receiver, view, since - wait)
                anew = nodes.reloads.between(node, since - wait + 2, tick)
                acts = [nodes.taken(node, k, tick) - nodes.taken(node, k, since) for k in edges]
                able = Affine.total(minds[since : tick + 1])
                left = due - anew + able - Affine.total(acts)
                rows.at_most("renewal", left, 1 + network.delta)


def _effects(
    rows: Rows, nodes: Nodes, guards: Guards, *, node: int, edges: list[int], minds: list[Affine]
) -> None:
    """m[i,v,t] is 1 where an expiry would have an effect at the end of tick t.

    ``at[i,s,t] + sum g[i,a,t] - #guards <= m[i,v,t]`` for each rule of the timer.
    """
    for k in edges:
        edge = nodes.roles[node].edges[k]
        for tick, mind in enumerate(minds):
            could = nodes.at(node, edge.source, tick) + guards.holding(node, edge, tick)
            rows.at_most("minds", could - len(edge.needs), mind)
