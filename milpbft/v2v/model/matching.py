"""The best matching of a market, stable or not, as an integer program.

Variables ``x[t]`` of eligible triples t = (b, s, m).
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from milpbft.errors import InputError
from milpbft.milp.builder import Builder, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.v2v.model.duals import Duals, duals
from milpbft.v2v.model.prices import Prices, Triple, unit_of
from milpbft.v2v.model.rows import Rows, sums
from milpbft.v2v.model.witness import matching

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.schedule import Schedule
    from milpbft.v2v.instance import MatchInstance, StableInstance


LARGE = 1000
"""Pairs from which on those that duals exclude are left out; smaller markets stay whole."""


def most_pairs(prices: Prices) -> int:
    """Return the size of the largest matching where funds and capacities bind nobody."""
    pairs = prices.eligible.any(axis=2)
    if not pairs.any():
        return 0
    partners = maximum_bipartite_matching(csr_array(pairs), perm_type="column")
    return int((partners >= 0).sum())


def spenders(prices: Prices) -> dict[str, list[int]]:
    """Return the buys of each client that has fewer funds than its buys may cost."""
    market, owned = prices.market, defaultdict[str, list[int]](list)
    for b, order in enumerate(market.buys):
        owned[order.client].append(b)
    pairs = prices.eligible.any(axis=2)
    costs = np.where(pairs, prices.due, 0).max(axis=1, initial=0)
    return {
        owner: buys
        for owner, buys in owned.items()
        if sum(int(costs[b]) for b in buys) > market.budget(owner)
    }


def ends(m: Builder, prices: Prices, triples: list[Triple], x: Block) -> None:
    """``sum(s,m) x[b,s,m] <= 1`` for each buy, ``sum(b,m) x[b,s,m] <= 1`` for each sell."""
    for family, end, count in (
        ("buy", "b", len(prices.market.buys)), ("sell", "s", len(prices.market.sells))
    ):  # fmt: skip
        by_end: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for t, number in zip(triples, x.index.tolist(), strict=False):
            by_end[getattr(t, end)].append((1, number))
        rows = Rows(m, family, LE)
        for terms in filter(None, by_end):
            rows.add(*terms, rhs=1)
        rows.done()


def budgets(m: Builder, prices: Prices, triples: list[Triple], x: Block) -> None:
    """``sum(b of k) (EC' + F')(b,s) x[b,s,m] <= funds[k]`` for each client k who may overspend."""
    rows = Rows(m, "budget", LE)
    numbered = list(zip(triples, x.index.tolist(), strict=False))
    for owner, buys in spenders(prices).items():
        terms = [(int(prices.due[t.b, t.s]), n) for t, n in numbered if t.b in buys]
        rows.add(*terms, rhs=prices.market.budget(owner))
    rows.done()


def capacities(m: Builder, prices: Prices, triples: list[Triple], x: Block) -> None:
    """``sum(b,s) x[b,s,m] <= cap[m]`` where points have a capacity."""
    rows = Rows(m, "capacity", LE)
    for point, most in enumerate(prices.market.capacities):
        terms = [(1, n) for t, n in zip(triples, x.index.tolist(), strict=False) if t.m == point]
        if terms:
            rows.add(*terms, rhs=most)
    rows.done()


@dataclass(frozen=True)
class Matching(StrictModel):
    """What models of matchings share."""

    instance: MatchInstance | StableInstance

    @cached_property
    def prices(self) -> Prices:
        """Costs of the market."""
        return Prices(self.instance.market)

    @cached_property
    @abstractmethod
    def triples(self) -> list[Triple]:
        """The triples that have a variable."""

    @abstractmethod
    def _build(self) -> tuple[Problem, Block]: ...

    @cached_property
    def _built(self) -> tuple[Problem, Block]:
        return self._build()

    @property
    def unit(self) -> int:
        """Unit of the objective, in 10^-6 minor units; 1 where pairs are counted."""
        return 1

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a matching."""
        problem, block = self._built
        market = self.instance.market
        chosen = [t for t, taken in zip(self.triples, block.of(x), strict=False) if taken]
        names = [(market.buys[t.b].name, market.sells[t.s].name, t.m) for t in chosen]
        return matching(self.instance, names, self.unit, problem.value(x), source)


@dataclass(frozen=True)
class MatchModel(Matching):
    """The best matching of all orders at once; without funds and capacities, an assignment."""

    instance: MatchInstance

    @cached_property
    def _sums(self) -> NDArray[np.int64]:
        prices = self.prices
        return {
            "matched": np.ones_like(prices.cost),
            "cost": prices.travel,
            "consumer": prices.cost,
            "welfare": prices.welfare,
        }[self.instance.objective.name]

    @cached_property
    def triples(self) -> list[Triple]:
        """The eligible triples; without capacities, of each pair the best one is enough."""
        if self.instance.market.capacities:
            return self.prices.triples
        worst = np.iinfo(np.int64).max
        sign = -1 if self.instance.objective.sense == "max" else 1
        ranked = np.where(self.prices.eligible, sign * self._sums, worst)
        best = ranked.argmin(axis=2)
        pairs = self.prices.eligible.any(axis=2)
        if self.duals is not None:
            pairs = self.duals.tight
        return [Triple(int(b), int(s), int(best[b, s])) for b, s in np.argwhere(pairs)]

    @cached_property
    def duals(self) -> Duals | None:
        """Duals of large markets in which nothing but the orders themselves binds.

        Where pairs are counted, all are worth the same, and duals would leave none out: there those
        of the least travel are taken, whose matchings have most pairs too.
        """
        free = not self.instance.market.capacities and not spenders(self.prices)
        pairs = np.asarray(self.prices.eligible.any(axis=2))
        if not free or self.instance.pairs is not None or pairs.sum() < LARGE:
            return None
        sums, sign = self._weighed
        least = np.iinfo(np.int64).min
        values = np.where(self.prices.eligible, sign * sums, least).max(axis=2)
        return duals(np.where(pairs, values + self.premium, 0), pairs)

    @property
    def _weighed(self) -> tuple[NDArray[np.int64], int]:
        """What duals weigh, and whether more of it is better: 1 or -1."""
        if self.instance.objective.name == "matched":
            return self.prices.travel, -1
        return self._sums, 1 if self.instance.objective.sense == "max" else -1

    @cached_property
    def premium(self) -> int:
        """What a pair is worth beside its cost, so that a matching of most worth has most pairs."""
        sums, sign = self._weighed
        if sign > 0:
            return 0
        costs = np.where(self.prices.eligible, sums, 0)
        most = int(costs.max(initial=0))
        return len(costs) * most + 1

    @cached_property
    def unit(self) -> int:
        """Unit of the objective, in 10^-6 minor units; 1 where pairs are counted."""
        if self.instance.objective.name == "matched":
            return 1
        return unit_of(int(self._sums[t.b, t.s, t.m]) for t in self.triples)

    @property
    def pairs(self) -> int:
        """How many pairs are matched where that is fixed.

        Raises
        ------
        InputError
            Where funds or capacities decide it, and the instance does not say.
        """
        if self.instance.pairs is not None:
            return self.instance.pairs
        if self.instance.market.capacities or spenders(self.prices):
            allowed = "a number where funds or capacities bind: the optimum of matched"
            raise InputError("pairs", None, allowed)
        return most_pairs(self.prices)

    def _build(self) -> tuple[Problem, Block]:
        m = Builder(self.instance.name, self.instance.objective.sense)
        x = m.variables("x", max(1, len(self.triples)), base=0)
        if not self.triples:
            m.add("nothing", each(x.index), relation=EQ)
        ends(m, self.prices, self.triples, x)
        budgets(m, self.prices, self.triples, x)
        capacities(m, self.prices, self.triples, x)
        if self.instance.objective.name in {"cost", "consumer"}:
            self.size(m, x)
        values = [int(self._sums[t.b, t.s, t.m]) // self.unit for t in self.triples]
        m.optimise(sums([dict(zip(x.index.tolist(), values, strict=False))]))
        if self.duals is not None:
            self.dual(m, x, values)
        return m.build(), x

    def dual(self, m: Builder, x: Block, values: list[int]) -> None:
        """``sum w x <= sum u + sum v``, which the rows of the orders imply; exact, see `duals`.

        Of a cost c with w = premium - c, ``sum c x >= premium pairs - sum u - sum v``; and as all
        costs of a matching are below the premium, ``sum x <= ceil((sum u + sum v) / premium)``.
        """
        assert self.duals is not None, "the market is large"
        bound = self.duals.bound
        costs = self.instance.objective.sense == "min"
        rows = Rows(m, "dual", GE if costs else LE)
        rhs = self.premium * self.pairs - bound if costs else bound
        if self.instance.objective.name == "matched":
            rhs = -(-bound // self.premium)
        assert rhs % self.unit == 0, "a matching weighs as much, and its values are multiples"
        rows.add(*zip(values, x.index.tolist(), strict=False), rhs=rhs // self.unit)
        rows.done()

    def size(self, m: Builder, x: Block) -> None:
        """``sum x = pairs``."""
        rows = Rows(m, "pairs", EQ)
        rows.add(*((1, n) for n in x.index.tolist()), rhs=self.pairs)
        rows.done()
