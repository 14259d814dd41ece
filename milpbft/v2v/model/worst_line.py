"""The worst market for first come, first served, on a line, with sites as integers.

n sells stay where they are, and meeting points are everywhere: a buy takes the nearest sell that
is left, of two the lower id. The gap is maximised, so the best matching may be chosen by the same
solver: it makes it the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.v2v.model.rows import Rows
from milpbft.v2v.model.witness import worst
from milpbft.v2v.model.worst_market import line_market

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.schedule import Schedule
    from milpbft.v2v.instance import WorstInstance


@dataclass(frozen=True)
class Line:
    """Blocks, of buys i and sells j.

    ``buy[i]``, ``sell[j]`` sites; ``d[i,j]`` distance; ``right[i,j]`` whether the buy is right of
    the sell; ``g[i,j]`` who is matched as they come, ``x[i,j]`` at best; ``c[i]``, ``w[i]`` what
    that costs.
    """

    buy: Block
    sell: Block
    d: Block
    right: Block
    g: Block
    x: Block
    c: Block
    w: Block


@dataclass(frozen=True)
class LineModel(StrictModel):
    """The worst market on a line."""

    instance: WorstInstance

    @cached_property
    def _built(self) -> tuple[Problem, Line]:
        n, length = self.instance.n, self.instance.length
        m = Builder(self.instance.name, "max")
        line = Line(
            m.variables("buy", n, upper=length),
            m.variables("sell", n, upper=length),
            m.variables("d", n, n, upper=length),
            m.variables("right", n, n),
            m.variables("g", n, n),
            m.variables("x", n, n),
            m.variables("c", n, upper=length),
            m.variables("w", n, upper=length),
        )
        self.distances(m, line)
        self.matchings(m, line)
        self.nearest(m, line)
        self.goal(m, line)
        return m.build(), line

    def distances(self, m: Builder, v: Line) -> None:
        """``d[i,j] = |buy[i] - sell[j]|``.

        ``d >= +-(buy - sell)``, ``d <= buy - sell + 2L (1 - right)``,
        ``d <= sell - buy + 2L right``.
        """
        twice = 2 * self.instance.length
        buy, sell = each(v.buy.index[:, None]), each(v.sell.index[None, :])
        d, right = each(v.d.index), each(v.right.index)
        m.add("apart", d, -buy, sell, relation=GE)
        m.add("apart", d, buy, -sell, relation=GE)
        m.add("right", d, -buy, sell, twice * right, relation=LE, rhs=twice)
        m.add("left", d, buy, -sell, -twice * right, relation=LE)

    def matchings(self, m: Builder, v: Line) -> None:
        """Both are one to one: ``sum(j) g[i,j] = sum(i) g[i,j] = 1``, likewise x."""
        for name, block in (("g", v.g), ("x", v.x)):
            m.add(f"{name}_buy", Sum(block.index), relation=EQ, rhs=1)
            m.add(f"{name}_sell", Sum(block.index.T), relation=EQ, rhs=1)

    def nearest(self, m: Builder, v: Line) -> None:
        """Each buy costs c[i], its way to the nearest sell left, the lower id of two.

        With ``taken[i,j] = sum(k < i) g[k,j]``: ``c[i] >= d[i,j] - L (1 - g[i,j])``,
        ``c[i] <= d[i,j] + L (1 - g[i,j])``, ``c[i] <= d[i,j] + L taken[i,j]``, and for h < j
        ``c[i] + 1 <= d[i,h] + (L + 1) (taken[i,h] + 1 - g[i,j])``.
        """
        length, n = self.instance.length, self.instance.n
        c, d, g = (block.index.tolist() for block in (v.c, v.d, v.g))
        low, high, free = Rows(m, "pays", GE), Rows(m, "pays_no_more", LE), Rows(m, "nearest", LE)
        tie = Rows(m, "lower_id", LE)
        for i in range(n):
            for j in range(n):
                low.add((1, c[i]), (-1, d[i][j]), (-length, g[i][j]), rhs=-length)
                high.add((1, c[i]), (-1, d[i][j]), (length, g[i][j]), rhs=length)
                taken = [(-length, g[k][j]) for k in range(i)]
                free.add((1, c[i]), (-1, d[i][j]), *taken)
                for h in range(j):
                    gone = [(-(length + 1), g[k][h]) for k in range(i)]
                    tie.add((1, c[i]), (-1, d[i][h]), *gone, (length + 1, g[i][j]), rhs=length)
        for rows in (low, high, free, tie):
            rows.done()

    def goal(self, m: Builder, v: Line) -> None:
        """``w[i] >= d[i,j] - L (1 - x[i,j])``; maximise ``sum c - sum w``, or c with w <= K."""
        length = self.instance.length
        w, d, x = each(v.w.index[:, None]), each(v.d.index), each(v.x.index)
        m.add("best", w, -d, -length * x, relation=GE, rhs=-length)
        m.optimise(each(v.c.index))
        if self.instance.most is None:
            m.optimise(-each(v.w.index))
        else:
            m.add("most", Sum(v.w.index[None]), relation=LE, rhs=self.instance.most)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a market and its best matching."""
        problem, v = self._built
        market = line_market(self.instance, v.buy.of(x).tolist(), v.sell.of(x).tolist())
        best = v.x.of(x).argmax(axis=1).tolist()
        said = ",".join(f"b{i + 1}:s{j + 1}" for i, j in enumerate(best))
        return worst(self.instance, market, {"best": said, "pair": "0"}, problem.value(x), source)
