"""Objectives of a primary that orders requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from milpbft.milp.builder import each
from milpbft.milp.problem import LE
from milpbft.v2v.model.prices import unit_of
from milpbft.v2v.model.rows import Rows, sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.milp.builder import Builder
    from milpbft.v2v.model.ordering_layout import Layout, Slots
    from milpbft.v2v.model.prices import Prices, Triple


_NONE: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True)
class Goal:
    """A sum over the pairs that are matched.

    Parameters
    ----------
    values
        Per pair, by its place, in units.
    constant
        What is added to it.
    placed
        What is added where a secret order is executed, by its place.
    unit
        In 10^-6 minor units; 1 where pairs are counted.
    """

    values: Mapping[int, int] = field(default_factory=dict)
    constant: int = 0
    unit: int = 1
    placed: Mapping[int, int] = field(default_factory=dict)
    blocking: bool = False

    def optimise(self, m: Builder, lay: Layout, v: Slots) -> None:
        """Add the objective."""
        if self.blocking:
            block(m, lay, v)
            return
        terms = {v.at(v.match, q, k): value for q, value in self.values.items() for k in lay.range}
        for i, value in self.placed.items():
            terms |= {n: value * c for c, n in v.done(i, lay.slots)}
        m.optimise(sums([terms | {int(v.one.index): self.constant}]))


def goal_of(lay: Layout) -> Goal:
    """Return the objective of an instance."""
    match lay.instance.objective.name:
        case "blocking":
            return Goal(blocking=True)
        case "matched":
            return Goal(dict.fromkeys(range(len(lay.pairs)), 1))
        case "victim":
            return _paid(lay, set(lay.instance.about))
        case "consumers":
            return _paid(lay, {order.name for order in lay.instance.market.buys})
        case "gain":
            about = set(lay.instance.about)
            profit = lay.prices.profit
            own = {
                q: int(profit[p.triple.b, p.triple.s, p.triple.m])
                for q, p in enumerate(lay.pairs)
                if lay.orders[p.sell].name in about
            }
            return _scaled(own, 0)
    welfare = lay.prices.welfare
    every = {q: int(welfare[p.triple.b, p.triple.s, p.triple.m]) for q, p in enumerate(lay.pairs)}
    return _scaled(every, 0)


def _paid(lay: Layout, buyers: set[str]) -> Goal:
    """What buyers pay: C where they are matched, and the worth of the energy where not.

    A secret order that nobody executes was never placed, and costs nothing.
    """
    worth = {o.name: 1000 * o.quantity * o.value for o in lay.orders if o.name in buyers}
    values = {}
    for q, p in enumerate(lay.pairs):
        name = lay.orders[p.buy].name
        if name in buyers:
            paid = int(lay.prices.cost[p.triple.b, p.triple.s, p.triple.m])
            values[q] = paid - worth[name]
    constant = sum(worth[o.name] for o in lay.orders if o.name in worth and not o.secret)
    secret = {i: worth[o.name] for i, o in enumerate(lay.orders) if o.name in worth and o.secret}
    return _scaled(values, constant, secret)


def _scaled(values: Mapping[int, int], constant: int, placed: Mapping[int, int] = _NONE) -> Goal:
    unit = unit_of([*values.values(), constant, *placed.values()])
    matched = {q: value // unit for q, value in values.items()}
    return Goal(matched, constant // unit, unit, {i: value // unit for i, value in placed.items()})


def block(m: Builder, lay: Layout, v: Slots) -> None:
    """Maximise ``sum Z[b,s]``, pairs that would leave for each other once all is done.

    ``z[t] + sum(k) sum(q of b at most as dear) match[q,k] <= 1``, ``z[t] + sum(k) sum(q of s that
    pays at least as much) match[q,k] <= 1`` of triples t = (b,s,m); ``z[t] <= h[i,K]`` of both;
    ``Z[b,s] <= sum(m) z[b,s,m]``.
    """
    prices, triples = lay.prices, lay.prices.triples
    z = m.variables("z", max(1, len(triples)))
    pairs = list(dict.fromkeys((t.b, t.s) for t in triples))
    big = m.variables("Z", max(1, len(pairs)))
    content, there, any_ = Rows(m, "content", LE), Rows(m, "there", LE), Rows(m, "blocks", LE)
    for number, t in zip(z.index.tolist(), triples, strict=False):
        for family in (_dear(lay, prices, t), _paying(lay, prices, t)):
            terms = [(1, v.at(v.match, q, k)) for q in family for k in lay.range]
            content.add((1, number), *terms, rhs=1)
        for pair in lay.pairs:
            if (pair.triple.b, pair.triple.s) == (t.b, t.s):
                for i in (pair.buy, pair.sell):
                    done = [(-1, n) for _, n in v.done(i, lay.slots)]
                    there.add((1, number), *done)
    for number, pair_ in zip(big.index.tolist(), pairs, strict=False):
        own = [
            (-1, n) for n, t in zip(z.index.tolist(), triples, strict=False) if (t.b, t.s) == pair_
        ]
        any_.add((1, number), *own)
    if not triples:
        any_.add((1, int(big.index[0])))
    for rows in (content, there, any_):
        rows.done()
    m.optimise(each(big.index))


def _dear(lay: Layout, prices: Prices, t: Triple) -> list[int]:
    """Return pairs of the same buy that cost it at most as much."""
    return [
        q for q, p in enumerate(lay.pairs)
        if p.triple.b == t.b and prices.unit_cost(p.triple) <= prices.unit_cost(t)
    ]  # fmt: skip


def _paying(lay: Layout, prices: Prices, t: Triple) -> list[int]:
    """Return pairs of the same sell that pay it at least as much."""
    return [
        q for q, p in enumerate(lay.pairs)
        if p.triple.s == t.s and prices.unit_profit(p.triple) >= prices.unit_profit(t)
    ]  # fmt: skip
