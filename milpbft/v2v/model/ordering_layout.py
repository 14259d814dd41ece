"""Layout: orders, pairs and slots of a question about the order of requests, and its variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.v2v.model.prices import Prices, Triple

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.v2v.instance import OrderInstance
    from milpbft.v2v.market import OrderData

Terms = list[tuple[int, int]]
"""Coefficients and variables."""


@dataclass(frozen=True)
class Pair:
    """A buy and a sell, by their places among all orders, and where they would meet."""

    buy: int
    sell: int
    triple: Triple


@dataclass(frozen=True)
class Layout:
    """What the rows are about."""

    instance: OrderInstance

    @cached_property
    def prices(self) -> Prices:
        """Costs of the market."""
        return Prices(self.instance.market)

    @property
    def orders(self) -> tuple[OrderData, ...]:
        """All orders, as listed."""
        return self.instance.market.orders

    @cached_property
    def sent(self) -> list[int]:
        """Per order the first slot in which it can be executed."""
        return [self.instance.market.arrives(order) for order in self.orders]

    @cached_property
    def heard(self) -> list[int]:
        """Per order the first slot in which all replicas know it."""
        return [self.instance.market.heard(order) for order in self.orders]

    @cached_property
    def slots(self) -> int:
        """K."""
        return self.instance.slots

    @property
    def range(self) -> range:
        """Slots 1 to K."""
        return range(1, self.slots + 1)

    def before(self, i: int) -> list[int]:
        """Return the requests that replicas have known for longer, of the same slot those first."""
        when = self.heard[i], i
        known = (j for j, order in enumerate(self.orders) if not order.secret)
        return [j for j in known if (self.heard[j], j) < when]

    @cached_property
    def pairs(self) -> list[Pair]:
        """Pairs that may be matched, by key."""
        market = self.instance.market
        buys = [i for i, order in enumerate(self.orders) if order.side == "buy"]
        sells = [i for i, order in enumerate(self.orders) if order.side == "sell"]
        # Of pairs with versions of one order only one is ever there: their order is no matter.
        assert len(buys) == len(market.buys), "the prices list orders as the market does"
        return [Pair(buys[t.b], sells[t.s], t) for t in self.prices.nearest.values()]


@dataclass(frozen=True)
class Slots:
    """Blocks of variables, see :mod:`milpbft.v2v.model.ordering`; ``one`` is 1."""

    y: Block
    o: Block
    book: Block
    match: Block
    one: Block

    @staticmethod
    def at(block: Block, i: int, k: int) -> int:
        """Return the variable of order or pair `i` in slot k."""
        return int(block.index[i, k - 1])

    def done(self, i: int, k: int) -> Terms:
        """Return h[i,k]: i is executed by the end of slot k."""
        return [(1, self.at(self.y, i, slot)) for slot in range(1, k + 1)]

    def waits(self, i: int, k: int) -> Terms:
        """Return book[i,k]: 0 before the first slot."""
        return [(1, self.at(self.book, i, k))] if k else []

    def present(self, i: int, k: int) -> Terms:
        """Return book[i,k-1] + y[i,k]: i is there as slot k is matched."""
        return [*self.waits(i, k - 1), (1, self.at(self.y, i, k))]
