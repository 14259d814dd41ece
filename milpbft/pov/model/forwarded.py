"""Rows of blocks that nodes pass on: commissioners unasked, or whoever is asked.

Where nodes fetch, who is without a block as the first packing cycle ends, at tick T_b, asks all for
it. A request that is late is at a node by ``r = due(T_b)``, and so one that has a block by t sends
it by ``max(r, t)`` at the latest. Requests of later cycles come later: they add nothing. What is
sent earlier is nothing that the butler's own message, late as it may be, does not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import GE, LE
from milpbft.pov.model.acts import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.model.acts import Acts, Sizes


def connect(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    i = size.instance
    if not i.forwarding and not i.fetch:
        return
    anyone = count_anyone(m, x, size) if size.counted else None
    if i.forwarding:
        forwards_arrive(m, x, size, anyone, (range(size.c), 0))
    asked = size.due(i.cycle) if i.fetch and i.cycle <= i.horizon else None
    if asked is not None:
        forwards_arrive(m, x, size, anyone, (range(size.nodes), asked))


def count_anyone(m: Builder, x: Acts, size: Sizes) -> list[Sum]:
    """``holds[0,t] <= w[0] anyone[t]``: whether somebody of the group of commissioners has one."""
    anyone = m.variables("anyone", size.ticks, base=0).index
    found = [Sum(one.reshape(1)) for one in anyone]
    for tick, some in enumerate(found):
        m.add("anyone", x.holds(0, tick), -size.weights[0] * some, relation=LE)
    return found


def forwards_arrive(
    m: Builder, x: Acts, size: Sizes, anyone: list[Sum] | None, passing: tuple[range, int]
) -> None:
    """``holds[n,due(t)] + faulty[n] >= w[n] holds[c,t]``, for all c that pass blocks on, and t.

    A group passes on what one of it has, to its own members as well: ``anyone[t]`` stands for
    ``holds[c,t]``. `passing` says who passes on, and from which t on.
    """
    givers, since = passing
    for tick, by in _ticks(size, since):
        for giver in givers:
            grouped = anyone is not None and giver < size.c
            held = anyone[tick] if anyone is not None and grouped else x.holds(giver, tick)
            for node in range(size.nodes):
                if node == giver and not grouped:
                    continue
                terms = [shown(x, size, node, by), Sum(x.faulty[node].reshape(1))]
                m.add("arrive", *terms, -size.weights[node] * held, relation=GE)


def _ticks(size: Sizes, since: int) -> Iterator[tuple[int, int]]:
    """Yield ticks from which on a block is owed, and when it is due."""
    for tick in range(since, size.ticks):
        by = size.due(tick)
        if by is not None:
            yield tick, by
