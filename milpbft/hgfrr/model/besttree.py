"""The minimum broadcast time problem as a MILP over ticks.

One node holds a message; a node that holds it sends it to at most s of its neighbours per tick, and
they hold it a tick later. How many ticks does it take until all hold it? For s = 1 that is the
minimum broadcast time problem (Garey and Johnson 1979, ND49), NP-complete for general graphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.schedule import Deliver, Schedule, Send

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.hgfrr.instance import TreeInstance
    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem

CALL = "Call"
"""Kind of its messages."""


def greedy(graph: nx.Graph, source: int, ports: int) -> list[list[tuple[int, int]]]:
    """Return calls per tick: all who hold the message call the neighbour with most others to call.

    An upper bound of the ticks that are needed, and so a horizon.
    """
    held, rounds = {source}, []
    while len(held) < len(graph):
        calls: list[tuple[int, int]] = []
        new: set[int] = set()
        for node in sorted(held):
            missing = [i for i in graph[node] if i not in held | new]
            missing.sort(key=lambda i: (-sum(j not in held for j in graph[i]), i))
            calls += [(node, other) for other in missing[:ports]]
            new |= set(missing[:ports])
        rounds.append(calls)
        held |= new
    return rounds


@dataclass(frozen=True)
class Calls:
    """Blocks: ``holds[v,t]``, t = 0 to T; ``call[a,t]`` of arc a, t < T; ``waits[t]``, t < T."""

    holds: Block
    call: Block
    waits: Block


@dataclass(frozen=True)
class TreeModel(StrictModel):
    """A best tree as a MILP.

    Parameters
    ----------
    instance
        What is asked.
    graph
        Who can send to whom; nodes 0 to n - 1, connected.
    """

    instance: TreeInstance
    graph: nx.Graph

    @cached_property
    def arcs(self) -> list[tuple[int, int]]:
        """Ordered pairs of neighbours, without those into the source."""
        both = {pair for u, v in self.graph.edges for pair in ((u, v), (v, u))}
        return sorted(pair for pair in both if pair[1] != self.instance.source)

    @cached_property
    def horizon(self) -> int:
        """Ticks that a greedy broadcast takes."""
        return max(1, len(greedy(self.graph, self.instance.source, self.instance.ports)))

    @cached_property
    def _built(self) -> tuple[Problem, Calls]:
        m = Builder(self.instance.name, "min")
        ticks = self.horizon
        x = Calls(
            holds=m.variables("holds", len(self.graph), ticks + 1, base=0),
            call=m.variables("call", max(1, len(self.arcs)), ticks, base=0),
            waits=m.variables("waits", ticks, base=0),
        )
        self.reach(m, x)
        self.limit(m, x)
        self.grow(m, x)
        self.count(m, x)
        return m.build(), x

    def reach(self, m: Builder, x: Calls) -> None:
        """``holds[v,t+1] - holds[v,t] <= sum(u) call[u,v,t]``; at first the source alone holds it.

        No node holds it before as many ticks as it is hops away; a call is made once.
        """
        distance = nx.single_source_shortest_path_length(self.graph, self.instance.source)
        heads = np.array([v for _, v in self.arcs])
        for node in self.graph:
            holds = x.holds.index[node]
            if node == self.instance.source:
                m.add("source", each(holds), relation=EQ, rhs=1)
                continue
            m.add("far", each(holds[: distance[node]]), relation=EQ)
            m.add("past", each(holds[:-1]), -each(holds[1:]), relation=LE)
            into = x.call.index[np.flatnonzero(heads == node)]
            grown = each(holds[1:]), -each(holds[:-1])
            m.add("reach", *grown, -Sum(into.T), relation=LE)
            m.add("once", Sum(into.reshape(-1)), relation=LE, rhs=1)

    def limit(self, m: Builder, x: Calls) -> None:
        """``sum(v) call[u,v,t] <= s holds[u,t]``."""
        tails = np.array([u for u, _ in self.arcs])
        for node in self.graph:
            out = x.call.index[np.flatnonzero(tails == node)]
            if len(out):
                holds = -self.instance.ports * each(x.holds.index[node, :-1])
                m.add("ports", Sum(out.T), holds, relation=LE)

    def grow(self, m: Builder, x: Calls) -> None:
        """Implied: ``sum(v) holds[v,t+1] <= (s+1) sum(v) holds[v,t]``."""
        held = Sum(x.holds.index.T[:-1], -(self.instance.ports + 1))
        m.add("grow", Sum(x.holds.index.T[1:]), held, relation=LE)

    def count(self, m: Builder, x: Calls) -> None:
        """``waits[t] >= 1 - holds[v,t]``; all hold it at T. Minimise ``sum(t) waits[t]``."""
        waits = Sum(x.waits.index[None, :, None])
        m.add("waits", each(x.holds.index[:, :-1]), waits, relation=GE, rhs=1)
        m.add("all", each(x.holds.index[:, -1]), relation=EQ, rhs=1)
        m.optimise(each(x.waits.index))

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as calls, each a send and a delivery a tick later."""
        call = self._built[1].call.of(x)
        events: list[Send | Deliver] = []
        for number, (u, v) in enumerate(self.arcs):
            for tick in call[number].nonzero()[0].tolist():
                events += [Send(tick, u, CALL, 0), Deliver(tick + 1, v, u, CALL, 0)]
        i = self.instance
        settings = {name: str(getattr(i, name)) for name in ("graph", "ports", "k", "ring", "seed")}
        settings["budget"] = ""
        return Schedule(
            i.protocol, i.n, (), (i.source,), tuple(dict.fromkeys(events)), self.horizon,
            source=source, settings=settings,
        )  # fmt: skip
