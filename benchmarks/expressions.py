"""The published dBFT 2.0 model in python-mip, expression by expression.

This is how one would first write it.

The baseline of the generation benchmark: the families of
:mod:`milpbft.dbft.model.published.direct`, with the same variables in the same order and the same
rows, for objectives without messages. Here i, j, v and t count from 0; instant 0 is the empty one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mip import BINARY, INTEGER, MAXIMIZE, Model, xsum

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("Req", "Res", "Com", "CV")
IN_VIEW = (("Req", "CV"), ("Res", "CV"), ("Com", "CV"), ("CV", "Com"),
           ("Req", "Blk"), ("Res", "Blk"), ("Com", "Blk"), ("CV", "Blk"))  # fmt: skip
ACROSS = (("Req", "Blk"), ("Res", "Blk"), ("Com", "Blk"),
          ("Req", "Com"), ("Res", "Com"), ("Com", "Com"), ("CV", "Com"))  # fmt: skip


@dataclass
class Grid:
    """Sets and variables: ``p[i][v]``, ``x[kind][t][i][v]`` and ``r[kind][t][i][j][v]``."""

    n: int
    quorum: int
    instants: range
    later: range
    p: Any
    x: dict[str, Any]
    r: dict[str, Any]
    block: Any
    cv: Any
    blocks: Any
    last: Any
    views: Any

    def once(self, kind: str, i: int, v: int) -> Any:  # noqa: ANN401
        """Sum of a node's sends of one kind in one view."""
        return xsum(self.x[kind][t][i][v] for t in self.later)

    def heard(self, kind: str, i: int, v: int, instants: range) -> Any:  # noqa: ANN401
        """Sum of what a node received of one kind in one view, over some instants."""
        return xsum(self.r[kind][t][i][j][v] for t in instants for j in range(self.n))


def build(n: int, horizon: int) -> Model:
    """Build P1 of the published model with `n` nodes and `horizon` instants a view."""
    m = Model(sense=MAXIMIZE, solver_name="CBC")
    m.verbose = 0
    g = _grid(m, n, horizon)
    for rows in (_start, _primaries, _needs, _counts, _receipts, _blocks, _duties, _order, _totals):
        for row in rows(g):
            m += row
    m.objective = 1000 * g.blocks + 100 * g.views
    return m


def _grid(m: Model, n: int, horizon: int) -> Grid:
    nodes, instants = range(n), range(horizon)

    def binary() -> Any:  # noqa: ANN401
        return m.add_var(var_type=BINARY)

    def integer(upper: int) -> Any:  # noqa: ANN401
        return m.add_var(var_type=INTEGER, ub=upper)

    p = [[binary() for _ in nodes] for _ in nodes]
    x = {k: [[[binary() for _ in nodes] for _ in nodes] for _ in instants] for k in (*KINDS, "Blk")}
    r = {
        k: [[[[binary() for _ in nodes] for _ in nodes] for _ in nodes] for _ in instants]
        for k in KINDS
    }
    block = [binary() for _ in nodes]
    cv = [[integer(n) for _ in nodes] for _ in nodes]
    blocks, last, views = integer(n), integer(n * horizon), integer(n)
    for upper in (4 * n * n, 4 * n**3, 4 * n * n * (n + 1)):
        integer(upper)  # messages sent, received, both: bound by rows only where they have a weight
    quorum = 2 * ((n - 1) // 3) + 1
    later = range(1, horizon)
    return Grid(n, quorum, instants, later, p, x, r, block, cv, blocks, last, views)


def _start(g: Grid) -> Iterable[Any]:
    for i in range(g.n):
        for v in range(g.n):
            for kind in (*KINDS, "Blk"):
                yield g.x[kind][0][i][v] == 0
            for kind in KINDS:
                for j in range(g.n):
                    yield g.r[kind][0][i][j][v] == 0


def _primaries(g: Grid) -> Iterable[Any]:
    nodes = range(g.n)
    yield xsum(g.p[i][0] for i in nodes) == 1
    for v in nodes:
        yield xsum(g.p[i][v] for i in nodes) <= 1
    for i in nodes:
        yield xsum(g.p[i][v] for v in nodes) <= 1
    for v in range(1, g.n):
        yield v * xsum(g.p[i][v] for i in nodes) <= xsum(g.p[i][u] for i in nodes for u in range(v))
        for i in nodes:
            yield g.quorum * g.p[i][v] <= g.cv[i][v - 1]


def _needs(g: Grid) -> Iterable[Any]:
    for t in g.later:
        past = range(t + 1)  # with the empty instant, as printed
        for i in range(g.n):
            for v in range(g.n):
                yield g.x["Res"][t][i][v] <= g.heard("Req", i, v, past)
                yield g.quorum * g.x["Com"][t][i][v] <= g.heard("Res", i, v, past)
                yield g.quorum * g.x["Blk"][t][i][v] <= g.heard("Com", i, v, past)


def _counts(g: Grid) -> Iterable[Any]:
    for i in range(g.n):
        for v in range(g.n):
            yield g.once("Req", i, v) <= g.p[i][v]
            for kind in ("Res", "Com", "CV", "Blk"):
                yield g.once(kind, i, v) <= 1


def _receipts(g: Grid) -> Iterable[Any]:
    for i in range(g.n):
        for v in range(g.n):
            for j in range(g.n):
                for kind in KINDS:
                    yield xsum(g.r[kind][t][i][j][v] for t in g.later) <= 1
                for t in g.later:
                    yield g.r["Res"][t][i][j][v] >= g.r["Req"][t][i][j][v]
                    for kind in KINDS:
                        received, sent = g.r[kind][t][i][j][v], g.x[kind]
                        if i == j:
                            yield received == sent[t][i][v]
                        else:
                            yield received <= xsum(sent[s][j][v] for s in range(1, t))


def _blocks(g: Grid) -> Iterable[Any]:
    for v in range(g.n):
        relays = xsum(g.x["Blk"][t][i][v] for t in g.later for i in range(g.n))
        yield g.block[v] <= relays
        yield g.n * g.block[v] >= relays
    for i in range(g.quorum):
        yield xsum(g.x["Blk"][t][i][v] for t in g.later for v in range(g.n)) <= 1


def _duties(g: Grid) -> Iterable[Any]:
    m = g.quorum
    for i in range(m):
        for v in range(g.n):
            yield g.once("Req", i, v) >= g.p[i][v]
            yield g.once("Res", i, v) >= g.heard("Req", i, v, g.later)
            yield 2 * g.once("Com", i, v) >= g.heard("Res", i, v, g.later) - m + 1
            yield 2 * g.once("Blk", i, v) >= g.heard("Com", i, v, g.later) - m + 1
        yield g.once("CV", i, 0) >= 1 - g.once("Com", i, 0)
        for v in range(1, g.n):
            yield 2 * xsum(g.p[k][v] for k in range(g.n)) >= g.cv[i][v - 1] - m + 1
            for kind in KINDS:
                yield m * g.once(kind, i, v) <= g.cv[i][v - 1]
            commits = xsum(g.x["Com"][t][i][u] for t in g.later for u in range(v + 1))
            used = xsum(g.p[k][v - 1] for k in range(g.n))
            yield g.once("CV", i, v) >= used - commits


def _order(g: Grid) -> Iterable[Any]:
    for i in range(g.quorum):
        for v in range(g.n):
            for a, b in IN_VIEW:
                for t in g.later:
                    done = xsum(g.x[b][s][i][v] for s in range(1, t + 1))
                    yield g.x[a][t][i][v] <= 1 - done
        for v in range(1, g.n):
            relays = xsum(g.x["Blk"][t][i][u] for t in g.later for u in range(v))
            yield g.p[i][v] <= 1 - relays
            for a, b in ACROSS:
                before = xsum(g.x[b][t][i][u] for t in g.later for u in range(v))
                yield g.once(a, i, v) <= 1 - before


def _totals(g: Grid) -> Iterable[Any]:
    nodes = range(g.n)
    yield g.blocks == xsum(g.block)
    yield g.views == xsum(g.p[i][v] for i in nodes for v in nodes)
    for i in nodes:
        for v in nodes:
            yield g.cv[i][v] == xsum(g.r["CV"][t][i][j][v] for t in g.instants for j in nodes)
            for t in g.instants:
                yield g.last >= (v * len(g.instants) + t + 1) * g.x["Blk"][t][i][v]
