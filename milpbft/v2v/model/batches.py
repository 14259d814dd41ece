"""Matching in batches: at every w-th slot, of all that is there."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.milp.problem import EQ, GE
from milpbft.v2v.model.prices import COEFFICIENT_MOST
from milpbft.v2v.model.rows import Rows

if TYPE_CHECKING:
    from milpbft.milp.builder import Builder
    from milpbft.v2v.model.ordering_layout import Layout, Slots


def _between(m: Builder, lay: Layout, v: Slots) -> None:
    """``match[q,k] = 0`` but at multiples of w."""
    rows = Rows(m, "between", EQ)
    for k in lay.range:
        if k % lay.instance.batch:
            for q in range(len(lay.pairs)):
                rows.add((1, v.at(v.match, q, k)))
    rows.done()


def _ends(lay: Layout) -> list[int]:
    return [k for k in lay.range if k % lay.instance.batch == 0]


def match_by_key(m: Builder, lay: Layout, v: Slots) -> None:
    """A pair that is there is matched, or one of its ends is in a pair of lower key.

    ``sum(q': key <= key(q), with b or s) match[q',k] >= there[b,k] + there[s,k] - 1``.
    """
    _between(m, lay, v)
    rows = Rows(m, "by_key", GE)
    for q, pair in enumerate(lay.pairs):
        ends = {pair.buy, pair.sell}
        better = [p for p, one in enumerate(lay.pairs[: q + 1]) if ends & {one.buy, one.sell}]
        for k in _ends(lay):
            there = [*v.present(pair.buy, k), *v.present(pair.sell, k)]
            terms = [(1, v.at(v.match, p, k)) for p in better]
            rows.add(*terms, *((-c, n) for c, n in there), rhs=-1)
    rows.done()


def weights(lay: Layout) -> list[int]:
    """Return a weight per pair: welfare first, and of equal welfare the lowest keys.

    ``W[q] 2^N + 2^(N - 1 - rank)`` of N pairs: no two matchings have the same sum.

    Raises
    ------
    InputError
        Where a weight is too large for solvers.
    """
    prices, count = lay.prices, len(lay.pairs)
    values = [int(prices.welfare[p.triple.b, p.triple.s, p.triple.m]) for p in lay.pairs]
    unit = gcd(*values) or 1
    found = [(w // unit << count) + (1 << (count - 1 - rank)) for rank, w in enumerate(values)]
    if max(map(abs, found), default=0) > COEFFICIENT_MOST:
        allowed = f"weights up to {COEFFICIENT_MOST}: fewer pairs, or values with a common divisor"
        raise InputError("market", count, allowed)
    return found


def match_best(m: Builder, lay: Layout, v: Slots) -> None:
    """Match for the most weight, which duals prove: u of orders, 0 or more.

    ``u[b,k] + u[s,k] >= weight[q] (there[b,k] + there[s,k] - 1)`` and
    ``sum(q) weight[q] match[q,k] = sum(i) u[i,k]``.
    """
    _between(m, lay, v)
    found = weights(lay)
    highest = max([*found, 1])
    u = m.variables("u", len(lay.orders), lay.slots, upper=highest)
    dual, meet, unused = Rows(m, "dual", GE), Rows(m, "meet", EQ), Rows(m, "unused", EQ)
    for k in lay.range:
        prices = [(-1, v.at(u, i, k)) for i in range(len(lay.orders))]
        if k % lay.instance.batch:
            for _, number in prices:
                unused.add((1, number))
            continue
        for pair, weight in zip(lay.pairs, found, strict=True):
            if weight > 0:
                there = [*v.present(pair.buy, k), *v.present(pair.sell, k)]
                both = (1, v.at(u, pair.buy, k)), (1, v.at(u, pair.sell, k))
                dual.add(*both, *((-weight * c, n) for c, n in there), rhs=-weight)
        meet.add(*((w, v.at(v.match, q, k)) for q, w in enumerate(found)), *prices)
    for rows in (dual, meet, unused):
        rows.done()
