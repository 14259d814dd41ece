"""Reloading: what follows where nodes start again with their logs.

Such a node is as it was; but its timer starts anew
(:meth:`milpbft.automaton.pernode.nodes.Nodes.overdue`), and what was under way to it never comes:
variables ``missed[i,j,m]``, 1 where that is so of message m of j on its way to i.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.passage import Way
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.pernode.traffic import Traffic
    from milpbft.milp.builder import Builder


def add_reloads(rows: Rows, nodes: Nodes) -> None:
    """A node reloads once, no more than so many do, and none that lies or has crashed.

    ``rel[i,t-1] <= rel[i,t] <= 1 - byz[i]``, ``rel[i,t] - rel[i,t-1] <= 1 - crashed[i,t]``,
    ``sum(i) rel[i,T] <= most``.
    """
    reloads = nodes.reloads
    if not reloads.most:
        return
    for i in range(nodes.n):
        for tick in range(nodes.horizon + 1):
            rows.at_most("reload", reloads.by(i, tick - 1), reloads.by(i, tick))
            now = reloads.between(i, tick, tick) + nodes.crashed(i, tick)
            rows.at_most("reload", now, 1)
        rows.at_most("reload", reloads.by(i, nodes.horizon) + nodes.liar(i), 1)
    every = Affine.total(reloads.by(i, nodes.horizon) for i in range(nodes.n))
    rows.at_most("reloads", every, reloads.most)


def missed(builder: Builder, rows: Rows, traffic: Traffic) -> Mapping[Way, Affine]:
    """Add what is lost: what was sent and not taken before its receiver reloads.

    For a reload at tick u, ``now = rel[i,u] - rel[i,u-1]``: ``now + sent[j,m,u-1] - 1 -
    got[i,j,m,u-1] <= missed[i,j,m] <= 1 - now + sent[j,m,u-1]``, and ``missed[i,j,m] <= rel[i,T]``,
    ``missed[i,j,m] + got[i,j,m,t] <= 1`` for the last tick.
    """
    reloads, horizon = traffic.nodes.reloads, traffic.nodes.horizon
    ways = traffic.ways if reloads.most else ()
    numbers = builder.variables("missed", len(ways), base=0).index
    found = {way: Affine.of(int(k)) for way, k in zip(ways, numbers, strict=True)}
    for way, lost in found.items():
        i, j, label = way
        for tick in range(horizon + 1):
            now, sent = reloads.between(i, tick, tick), traffic.sent(j, label, tick - 1)
            rows.at_most("missed", now + sent - ONE - traffic.got(way, tick - 1), lost)
            rows.at_most("missed", lost, ONE - now + sent)
        rows.at_most("missed", lost, reloads.by(i, horizon))
        rows.at_most("missed", lost + traffic.got(way, traffic.last), 1)
    return found
