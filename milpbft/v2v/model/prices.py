"""What the triples of a market cost, as arrays; the state machine computes the same apart.

Sums are in units of 10^-6 minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import gcd, lcm
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from milpbft.v2v.market import MarketData, OrderData

COEFFICIENT_MOST = 10**9


@dataclass(frozen=True)
class Triple:
    """A buy, a sell and a point, by their places in the market."""

    b: int
    s: int
    m: int


@dataclass(frozen=True)
class Prices:
    """Costs of a market: arrays over buys, sells and points, in that order of axes."""

    market: MarketData

    @cached_property
    def quantity(self) -> NDArray[np.int64]:
        """What each buy wants, as the first axis of three."""
        return self._column("quantity", self.market.buys)[:, None, None]

    @cached_property
    def buyer_way(self) -> NDArray[np.int64]:
        """TC of each buy to each point."""
        return self._ways(self.market.buys)

    @cached_property
    def seller_way(self) -> NDArray[np.int64]:
        """TC of each sell to each point."""
        return self._ways(self.market.sells)

    @cached_property
    def price(self) -> NDArray[np.int64]:
        """Price of each sell, as the second axis of three."""
        return self._column("price", self.market.sells)[None, :, None]

    @cached_property
    def cost(self) -> NDArray[np.int64]:
        """C: what the consumer pays in all."""
        energy = 1000 * self.quantity * (self.price + self.market.fee)
        return energy + self.buyer_way[:, None, :]

    @cached_property
    def profit(self) -> NDArray[np.int64]:
        """G: what the provider gets, less fee and travel."""
        energy = 1000 * self.quantity * (self.price - self.market.fee)
        return energy - self.seller_way[None, :, :]

    @cached_property
    def travel(self) -> NDArray[np.int64]:
        """R: the ways of both."""
        return self.buyer_way[:, None, :] + self.seller_way[None, :, :]

    @cached_property
    def welfare(self) -> NDArray[np.int64]:
        """W: value, less what the energy was bought for, less travel."""
        value = self._column("value", self.market.buys)[:, None, None]
        paid = self._column("paid", self.market.sells)[None, :, None]
        return 1000 * self.quantity * (value - paid) - self.travel

    @cached_property
    def due(self) -> NDArray[np.int64]:
        """EC' + F' in minor units, by buy and sell."""
        quantity = self.quantity[:, :, 0]
        price = self.price[:, :, 0]
        return -(-quantity * price // 1000) - (-quantity * self.market.fee // 1000)

    @cached_property
    def funds(self) -> NDArray[np.int64]:
        """What the owner of each buy has."""
        return np.array([self.market.budget(o.client) for o in self.market.buys], dtype=np.int64)

    @cached_property
    def eligible(self) -> NDArray[np.bool_]:
        """E: whether a triple may be matched, by itself."""
        buys, sells = self.market.buys, self.market.sells
        apart = [b.client != s.client for b in buys for s in sells]
        owners = np.array(apart, dtype=bool).reshape(len(buys), len(sells), 1)
        enough = self._column("quantity", sells)[None, :, None] >= self.quantity
        paid = self._column("paid", sells)[None, :, None] if self.market.energy else 0
        earns = self.profit - 1000 * self.quantity * paid >= 0
        affordable = (self.due <= self.funds[:, None])[:, :, None]
        return owners & enough & earns & affordable

    @cached_property
    def triples(self) -> list[Triple]:
        """The eligible triples."""
        return [Triple(*map(int, where)) for where in np.argwhere(self.eligible)]

    @cached_property
    def scale(self) -> int:
        """A common multiple of all quantities: unit values times it are whole."""
        return lcm(*(order.quantity for order in self.market.buys))

    def unit_cost(self, t: Triple) -> int:
        """Return UC times :attr:`scale`."""
        return int(self.cost[t.b, t.s, t.m]) * (self.scale // self.market.buys[t.b].quantity)

    def unit_profit(self, t: Triple) -> int:
        """Return UP times :attr:`scale`."""
        return int(self.profit[t.b, t.s, t.m]) * (self.scale // self.market.buys[t.b].quantity)

    def key(self, t: Triple) -> tuple[int, int, tuple[int, int], tuple[int, int], int]:
        """Return what triples are ranked by, the least first."""
        ids = self.market.rank(self.market.buys[t.b]), self.market.rank(self.market.sells[t.s])
        return self.unit_cost(t), -self.unit_profit(t), *ids, t.m

    @cached_property
    def nearest(self) -> dict[tuple[int, int], Triple]:
        """The triple of least key of each pair that has one, in the order of keys."""
        found: dict[tuple[int, int], Triple] = {}
        for t in sorted(self.triples, key=self.key):
            found.setdefault((t.b, t.s), t)
        return found

    def _ways(self, orders: Sequence[OrderData]) -> NDArray[np.int64]:
        points = np.array(self.market.points, dtype=np.int64)
        here = np.array([(o.x, o.y) for o in orders], dtype=np.int64).reshape(-1, 1, 2)
        square = ((here - points[None]) ** 2).sum(axis=2)
        metres = np.sqrt(square).astype(np.int64)
        metres -= metres * metres > square
        metres += (metres + 1) ** 2 <= square
        metres += metres * metres < square
        rate = self._column("use", orders) * self._column("paid", orders)
        ways: NDArray[np.int64] = metres * rate[:, None]
        return ways

    def _column(self, field: str, orders: Sequence[OrderData]) -> NDArray[np.int64]:
        return np.array([getattr(order, field) for order in orders], dtype=np.int64)


def unit_of(values: Iterable[int]) -> int:
    """Return the largest power of ten, up to a minor unit, that divides all values.

    Objectives are stated in it: on toy markets, in minor units.

    Raises
    ------
    InputError
        Where a value stays too large for solvers, which compute in doubles.
    """
    found = list(values)
    common = gcd(10**6, *found)
    unit = 1
    while common % (unit * 10) == 0:
        unit *= 10
    largest = max(map(abs, found), default=0) // unit
    if largest > COEFFICIENT_MOST:
        raise InputError("market", largest, f"sums up to {COEFFICIENT_MOST} times their unit")
    return unit
