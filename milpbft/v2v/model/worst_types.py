"""The worst market for first come, first served, where each order has one of a list of types.

No large constants: which pair is matched, and of which types, is one binary.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.v2v.model.prices import Prices
from milpbft.v2v.model.rows import Rows, sums
from milpbft.v2v.model.witness import worst
from milpbft.v2v.model.worst_market import buyer_types, market_of_types, seller_types

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.schedule import Schedule
    from milpbft.v2v.instance import WorstInstance

_MICRO = 10**6
Terms = list[tuple[int, int]]


@dataclass(frozen=True)
class Pair:
    """Types of a buy and a sell that may be matched.

    Parameters
    ----------
    buyer, seller
        Their places in the lists of types.
    key
        (UC, -UP) at the point of least key, times a common multiple.
    greedy
        Travel there, in minor units.
    best
        Travel at the point where it is least.
    """

    buyer: int
    seller: int
    key: tuple[int, int]
    greedy: int
    best: int


def pairs_of(instance: WorstInstance) -> list[Pair]:
    """Return the pairs of types that may be matched, from a market with one order of each."""
    market = market_of_types(instance, buyer_types(instance), seller_types(instance))
    prices = Prices(market)
    least: dict[tuple[int, int], int] = {}
    for t in prices.triples:
        way = int(prices.travel[t.b, t.s, t.m])
        least[t.b, t.s] = min(way, least.get((t.b, t.s), way))
    return [
        Pair(b, s, (prices.unit_cost(t), -prices.unit_profit(t)),
             int(prices.travel[b, s, t.m]) // _MICRO, least[b, s] // _MICRO)
        for (b, s), t in prices.nearest.items()
    ]  # fmt: skip


@dataclass(frozen=True)
class Types:
    """Blocks: ``u[i,T]`` and ``v[j,S]`` types; ``g[i,j,p]`` as they come, ``x[i,j,p]`` at best."""

    u: Block
    v: Block
    g: Block
    x: Block


@dataclass(frozen=True)
class TypesModel(StrictModel):
    """The worst market of typed orders."""

    instance: WorstInstance

    @cached_property
    def pairs(self) -> list[Pair]:
        """Pairs of types that may be matched."""
        return pairs_of(self.instance)

    @cached_property
    def _built(self) -> tuple[Problem, Types]:
        n = self.instance.n
        m = Builder(self.instance.name, "max")
        t = Types(
            m.variables("u", n, len(buyer_types(self.instance)), base=0),
            m.variables("v", n, len(seller_types(self.instance)), base=0),
            m.variables("g", n, n, len(self.pairs), base=0),
            m.variables("x", n, n, len(self.pairs), base=0),
        )
        m.add("buyer_type", Sum(t.u.index), relation=EQ, rhs=1)
        m.add("seller_type", Sum(t.v.index), relation=EQ, rhs=1)
        for name, block in (("g", t.g), ("x", t.x)):
            self.typed(m, name, block, t)
        self.arrivals(m, t)
        self.goal(m, t)
        return m.build(), t

    def typed(self, m: Builder, name: str, block: Block, t: Types) -> None:
        """``sum(j,S) g[i,T,j,S] <= u[i,T]``, ``sum(i,T) g[i,T,j,S] <= v[j,S]``; likewise x."""
        buyers, sellers = Rows(m, f"{name}_buy", LE), Rows(m, f"{name}_sell", LE)
        n, index = self.instance.n, block.index.tolist()
        for order in range(n):
            for kind, number in enumerate(t.u.index[order].tolist()):
                fitting = [p for p, pair in enumerate(self.pairs) if pair.buyer == kind]
                terms = [(1, index[order][j][p]) for j in range(n) for p in fitting]
                buyers.add(*terms, (-1, number))
            for kind, number in enumerate(t.v.index[order].tolist()):
                fitting = [p for p, pair in enumerate(self.pairs) if pair.seller == kind]
                terms = [(1, index[i][order][p]) for i in range(n) for p in fitting]
                sellers.add(*terms, (-1, number))
        buyers.done()
        sellers.done()

    def arrivals(self, m: Builder, t: Types) -> None:
        """Buy i takes what is best of what is left, for each pair of types (T, S) and sell j.

        ``sum(key(T,S'), j' <= key(T,S), j) g[i,T,j',S']
        >= u[i,T] + v[j,S] - 1 - sum(k < i) sum g[k,.,j,.]``.
        """
        rows, n, g = Rows(m, "takes", GE), self.instance.n, t.g.index.tolist()
        by_buyer: defaultdict[int, list[int]] = defaultdict(list)
        for p, pair in enumerate(self.pairs):
            by_buyer[pair.buyer].append(p)
        for i in range(n):
            for pair in self.pairs:
                for j in range(n):
                    at_least: Terms = [
                        (1, g[i][k][q])
                        for q in by_buyer[pair.buyer]
                        for k in range(n)
                        if (self.pairs[q].key, k) <= (pair.key, j)
                    ]
                    gone = [(1, number) for k in range(i) for number in g[k][j]]
                    types = [(-1, int(t.u.index[i, pair.buyer])),
                             (-1, int(t.v.index[j, pair.seller]))]  # fmt: skip
                    rows.add(*at_least, *gone, *types, rhs=-1)
        rows.done()

    @property
    def _pair(self) -> int:
        """V; on the line, where all are matched, it cancels out."""
        return 0 if self.instance.setting == "line" else self.instance.worth

    def worth(self, pair: Pair, *, best: bool) -> int:
        """Return V less travel; where pairs are counted, 1."""
        if self.instance.objective.name == "pairs":
            return 1
        return self._pair - (pair.best if best else pair.greedy)

    def goal(self, m: Builder, t: Types) -> None:
        """``sum (V - R_best) x - sum (V - R_greedy) g``; with K all of x, and travel at most K."""
        n = self.instance.n
        value: dict[int, int] = {}
        for p, pair in enumerate(self.pairs):
            for number in t.g.index[:, :, p].reshape(-1).tolist():
                value[number] = -self.worth(pair, best=False)
            if self.instance.most is None:
                for number in t.x.index[:, :, p].reshape(-1).tolist():
                    value[number] = self.worth(pair, best=True)
        if self.instance.most is not None:
            rows = Rows(m, "most", LE)
            rows.add(*self._travel(t), rhs=self.instance.most)
            rows.done()
        if self.instance.setting == "line":
            every = Rows(m, "all", EQ)
            every.add(*((1, number) for number in t.x.index.reshape(-1).tolist()), rhs=n)
            every.done()
        m.optimise(sums([value]))

    def _travel(self, t: Types) -> Terms:
        return [
            (pair.best, number)
            for p, pair in enumerate(self.pairs)
            for number in t.x.index[:, :, p].reshape(-1).tolist()
        ]

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a market and its best matching."""
        problem, t = self._built
        buyers, sellers = buyer_types(self.instance), seller_types(self.instance)
        market = market_of_types(
            self.instance,
            [buyers[k] for k in t.u.of(x).argmax(axis=1).tolist()],
            [sellers[k] for k in t.v.of(x).argmax(axis=1).tolist()],
        )
        chosen = np.argwhere(t.x.of(x).sum(axis=2)).tolist()
        said = ",".join(f"b{i + 1}:s{j + 1}" for i, j in chosen)
        facts = {"best": said, "pair": str(self._pair)}
        return worst(self.instance, market, facts, problem.value(x), source)
