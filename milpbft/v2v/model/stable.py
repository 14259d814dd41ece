"""Stable matchings of a market, and matchings of least envy, as integer programs.

A triple (b, s, m) of E blocks a matching where b's unit cost falls and s's unit profit rises,
strictly, by leaving for it; to be unmatched is worst. Variables: ``x[t]`` of triples, ``z[b,s]`` of
pairs that block, or ``z[b]`` of buys that envy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.milp.builder import Builder, each
from milpbft.milp.problem import EQ, GE
from milpbft.v2v.model.matching import Matching, budgets, ends, most_pairs, spenders
from milpbft.v2v.model.prices import Triple, unit_of
from milpbft.v2v.model.rows import Rows, sums

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.v2v.instance import StableInstance
    from milpbft.v2v.model.prices import Prices


def content(prices: Prices, t: Triple, triples: list[Triple]) -> list[int]:
    """Return places of triples that keep `t` from blocking; one that does so twice stands twice.

    Those of b at most as dear, and those of s that pay it at least as much.
    """
    cost, profit = prices.unit_cost(t), prices.unit_profit(t)
    found = []
    for place, other in enumerate(triples):
        if other.b == t.b and prices.unit_cost(other) <= cost:
            found.append(place)
        if other.s == t.s and prices.unit_profit(other) >= profit:
            found.append(place)
    return found


@dataclass(frozen=True)
class StableModel(Matching):
    """Of all matchings, or of the stable ones, the best."""

    instance: StableInstance

    @cached_property
    def triples(self) -> list[Triple]:
        """The eligible triples."""
        return self.prices.triples

    @cached_property
    def unit(self) -> int:
        """Unit of the objective, in 10^-6 minor units; 1 where pairs are counted."""
        return unit_of(self._values) if self.instance.objective.name in {"cost", "welfare"} else 1

    @property
    def _values(self) -> list[int]:
        prices = self.prices
        of = prices.travel if self.instance.objective.name == "cost" else prices.welfare
        return [int(of[t.b, t.s, t.m]) for t in self.triples]

    def _build(self) -> tuple[Problem, Block]:
        if spenders(self.prices):
            raise InputError("funds", self.instance.market.funds, "ample where stability counts")
        m = Builder(self.instance.name, self.instance.objective.sense)
        x = m.variables("x", max(1, len(self.triples)), base=0)
        if not self.triples:
            m.add("nothing", each(x.index), relation=EQ)
        ends(m, self.prices, self.triples, x)
        budgets(m, self.prices, self.triples, x)
        match self.instance.objective.name:
            case "pairs":
                self.blocked(m, x)
            case "envy":
                self.envied(m, x)
            case _:
                self.stable(m, x)
                numbers = x.index.tolist()
                values = (value // self.unit for value in self._values)
                m.optimise(sums([dict(zip(numbers, values, strict=False))]))
        return m.build(), x

    def stable(self, m: Builder, x: Block) -> None:
        """Nobody blocks, for each t = (b, s, m).

        ``sum(UC(b,s',m') <= UC(t)) x[b,s',m'] + sum(UP(b',s,m') >= UP(t)) x[b',s,m'] >= 1``.
        """
        rows = Rows(m, "stable", GE)
        for t in self.triples:
            rows.add(*((1, int(x.index[p])) for p in content(self.prices, t, self.triples)), rhs=1)
        rows.done()

    def _largest(self, m: Builder, x: Block) -> None:
        """``sum x`` is the size of the largest matching."""
        rows = Rows(m, "pairs", EQ)
        if self.triples:
            rows.add(*((1, n) for n in x.index.tolist()), rhs=most_pairs(self.prices))
        rows.done()

    def blocked(self, m: Builder, x: Block) -> None:
        """As :meth:`stable`, with ``z[b,s]`` on the left; minimise ``sum z`` of largest ones."""
        self._largest(m, x)
        pairs = sorted({(t.b, t.s) for t in self.triples})
        z = m.variables("z", max(1, len(pairs)), base=0)
        rows = Rows(m, "blocks", GE)
        for t in self.triples:
            own = int(z.index[pairs.index((t.b, t.s))])
            kept = content(self.prices, t, self.triples)
            rows.add((1, own), *((1, int(x.index[p])) for p in kept), rhs=1)
        rows.done()
        m.optimise(each(z.index))

    def envied(self, m: Builder, x: Block) -> None:
        """``z[b] + sum(UC(b,..) <= UC(b,s,m)) x[b,..] >= sum(b' != b) x[b',s,m]``, as above.

        For each (s, m) that b could have: who has no match at most as dear envies who has it.
        """
        self._largest(m, x)
        z = m.variables("z", max(1, len(self.instance.market.buys)), base=0)
        holders: defaultdict[tuple[int, int], list[Triple]] = defaultdict(list)
        for t in self.triples:
            holders[t.s, t.m].append(t)
        place = {t: int(n) for t, n in zip(self.triples, x.index, strict=False)}
        rows = Rows(m, "envies", GE)
        for t in self.triples:
            own = [
                other for other in self.triples
                if other.b == t.b and self.prices.unit_cost(other) <= self.prices.unit_cost(t)
            ]  # fmt: skip
            others = [other for other in holders[t.s, t.m] if other.b != t.b]
            if others:
                terms = [(1, place[o]) for o in own] + [(-1, place[o]) for o in others]
                rows.add((1, int(z.index[t.b])), *terms)
        rows.done()
        m.optimise(each(z.index))
