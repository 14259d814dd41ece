"""Markets that were given as data, on the state machine: who is who, and what they ask for."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference.genesis import Genesis
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.measures import Measures
from milpbft.v2v.reference.order import Match, Order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from milpbft.v2v.market import MarketData, OrderData
    from milpbft.v2v.reference.order import Id

PRELUDE = 3
"""Requests of a client before its first order: register, link, deposit."""


@dataclass(frozen=True)
class Staged:
    """A market with clients that are registered and have vehicles and funds.

    Parameters
    ----------
    data
        The market.
    first
        Number of the first client.
    batch, rule, block_size
        As of :class:`milpbft.v2v.reference.genesis.Genesis`.
    """

    data: MarketData
    first: int = 0
    batch: int = 0
    rule: Literal["key", "best"] = "key"
    block_size: int = 4

    @property
    def genesis(self) -> Genesis:
        """What the market starts from."""
        d = self.data
        return Genesis(
            d.points,
            d.fee,
            None,
            self.block_size,
            energy=d.energy,
            batch=self.batch,
            rule=self.rule,
        )

    def client(self, owner: str) -> int:
        """Return the number of a client."""
        return self._clients[owner]

    def id(self, order: OrderData) -> Id:
        """Return the id that an order has on the market."""
        return self._ids[order.name]

    @cached_property
    def _clients(self) -> dict[str, int]:
        return {owner: self.first + place for place, owner in enumerate(self.data.owners)}

    @cached_property
    def _ids(self) -> dict[str, Id]:
        """Owners count their orders as listed; versions of a secret order have one number."""
        own: Counter[str] = Counter()
        found = {}
        for order in self.data.orders:
            found[order.name] = self._clients[order.client], PRELUDE + 1 + own[order.client]
            own[order.client] += not order.secret
        return found

    def order(self, order: OrderData) -> Order:
        """Return an order as the book keeps it."""
        price = order.value if order.side == "buy" else order.price
        return Order(*self.id(order), order.side, order.quantity, price, order.x, order.y,
                     order.use, order.paid)  # fmt: skip

    def operation(self, order: OrderData) -> bytes:
        """Return the request that places an order."""
        kind = ask.Buy if order.side == "buy" else ask.Sell
        price = order.value if order.side == "buy" else order.price
        return kind(order.quantity, price, order.use, order.paid, order.x, order.y).to_bytes()

    def prelude(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield client, number and request of all that comes before the orders."""
        orders = defaultdict[str, list["OrderData"]](list)
        for order in self.data.orders:
            orders[order.client].append(order)
        for owner, own in orders.items():
            charge = max((o.quantity for o in own if o.side == "sell"), default=0)
            link = ask.Link(charge, own[0].use, own[0].paid, own[0].x, own[0].y)
            client = self.client(owner)
            yield client, 1, ask.Register(owner).to_bytes()
            yield client, 2, link.to_bytes()
            # Without funds there is nothing to deposit: the number is spent all the same.
            funds = self.data.budget(owner)
            yield client, 3, (ask.Deposit(funds) if funds else ask.NoOp()).to_bytes()

    def open(self, kind: type[Market] = Market) -> Market:
        """Return the market once everybody is there, at height 0 of its batches."""
        market = kind(Genesis(self.data.points, self.data.fee))
        for request in self.prelude():
            market.apply(*request)
        market.state.totals.height = 0
        opened = kind(self.genesis)
        opened.restore(market.snapshot())
        return opened

    def place(self, market: Market, order: OrderData) -> bytes:
        """Execute the request that places an order; return the reply."""
        return market.apply(*self.id(order), self.operation(order))

    def run(self, kind: type[Market] = Market, orders: Sequence[OrderData] | None = None) -> Market:
        """Execute orders, by default as they arrive; return the market."""
        market = self.open(kind)
        for order in self.data.incoming if orders is None else orders:
            self.place(market, order)
        market.state.seal()
        return market

    def measures(self, market: Market, placed: Sequence[OrderData]) -> Measures:
        """Count what the ledger of `market` says, whose orders are those that were placed."""
        orders = {self.id(order): self.order(order) for order in placed}
        transactions = [t for block in market.blocks for t in block.transactions]
        transactions += market.state.waiting
        matches = [Match(orders[t.buy], orders[t.sell], t.point) for t in transactions]
        return Measures(self.genesis, matches, list(orders.values()))

    def names(self, market: Market, placed: Sequence[OrderData]) -> list[tuple[str, str, int]]:
        """Return the names of who met, and where, in the order of the ledger."""
        by_id = {self.id(order): order.name for order in placed}
        found = self.measures(market, placed).matches
        return [(by_id[m.buy.id], by_id[m.sell.id], m.point) for m in found]
