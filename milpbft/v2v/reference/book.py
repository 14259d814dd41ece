"""The book of open orders, and the eligible match of least key for one that arrives.

The key is (UC, -UP, id of the buy, id of the sell, point); unit values are compared as fractions,
never divided. Both searches find the same match: :meth:`Book.scan` goes through all orders of the
other side and all points, as the thesis does; :meth:`Book.best` through those that can be better.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.order import Id, Match, Order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.v2v.reference.genesis import Genesis

Key = tuple[Fraction, Fraction, Id, Id, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match and its key."""

    key: Key
    match: Match


class Book:
    """Open orders of both sides.

    Parameters
    ----------
    genesis
        Points, fee, and whether purchase prices count.
    funds
        Returns the balance of a client now.

    Attributes
    ----------
    evaluations
        Triples that :meth:`scan` has looked at.
    """

    def __init__(self, genesis: Genesis, funds: Callable[[int], int]) -> None:
        self._genesis = genesis
        self._funds = funds
        self.orders: dict[Id, Order] = {}
        self._sells: list[tuple[int, Id]] = []
        self._buys: list[tuple[Fraction, Id]] = []
        self._ways: dict[Id, int] = {}
        self.evaluations = 0

    # ---- what is open

    def add(self, order: Order) -> None:
        """Let an order wait."""
        self.orders[order.id] = order
        if order.side == "sell":
            insort(self._sells, (order.price, order.id))
            self._ways[order.id] = self._nearest(order)
        else:
            insort(self._buys, (self._least(order), order.id))

    def remove(self, number: Id) -> None:
        """Take an order off."""
        order = self.orders.pop(number)
        if order.side == "sell":
            del self._sells[bisect_left(self._sells, (order.price, number))]
            del self._ways[number]
        else:
            del self._buys[bisect_left(self._buys, (self._least(order), number))]

    def side(self, side: str) -> list[Order]:
        """Return the open orders of a side, by id."""
        return [self.orders[i] for i in sorted(self.orders) if self.orders[i].side == side]

    def _least(self, buy: Order) -> Fraction:
        """Return the least travel of a buy per Wh."""
        return Fraction(self._nearest(buy), buy.quantity)

    def _nearest(self, order: Order) -> int:
        """Return TC of an order to its nearest point."""
        return min(pricing.travel(order, point) for point in self._genesis.points)

    # ---- what fits

    def fits(self, buy: Order, sell: Order) -> bool:
        """Whether two orders may meet: owners, quantities, funds; profit depends on the point."""
        return (
            buy.client != sell.client
            and sell.quantity >= buy.quantity
            and self._funds(buy.client) >= pricing.due(buy, sell, self._genesis.fee)
        )

    def earns(self, buy: Order, sell: Order, point: int) -> bool:
        """Whether the provider does not lose by meeting at `point`."""
        gain = pricing.true_profit if self._genesis.energy else pricing.profit
        return gain(buy, sell, self._genesis.points[point], self._genesis.fee) >= 0

    def key(self, match: Match) -> Key:
        """Return what matches are ranked by."""
        buy, sell, point = match
        where, fee = self._genesis.points[point], self._genesis.fee
        unit_cost = Fraction(pricing.cost(buy, sell, where, fee), buy.quantity)
        unit_profit = Fraction(pricing.profit(buy, sell, where, fee), buy.quantity)
        return unit_cost, -unit_profit, buy.id, sell.id, point

    def triples(self) -> Iterator[Match]:
        """Return every eligible triple of the book."""
        for buy in self.side("buy"):
            for sell in self.side("sell"):
                yield from self.triples_of(buy, sell)

    def triples_of(self, buy: Order, sell: Order) -> Iterator[Match]:
        """Return the eligible triples of two orders."""
        if self.fits(buy, sell):
            for point in range(len(self._genesis.points)):
                if self.earns(buy, sell, point):
                    yield Match(buy, sell, point)

    # ---- the search

    def scan(self, order: Order) -> Match | None:
        """Find the best match of an arriving order by looking at all."""
        best: Candidate | None = None
        for other in self.side("sell" if order.side == "buy" else "buy"):
            buy, sell = (order, other) if order.side == "buy" else (other, order)
            self.evaluations += len(self._genesis.points)
            for match in self.triples_of(buy, sell):
                candidate = Candidate(self.key(match), match)
                if best is None or candidate.key < best.key:
                    best = candidate
        return best.match if best else None

    def best(self, order: Order) -> Match | None:
        """Find the best match of an arriving order."""
        return self._for_buy(order) if order.side == "buy" else self._for_sell(order)

    def _for_buy(self, buy: Order) -> Match | None:
        """Go through sells by price, until price alone makes them dearer than the best."""
        points, fee = self._genesis.points, self._genesis.fee
        ways = [pricing.travel(buy, point) for point in points]
        nearest, least = min(ways), None
        wanted, balance = buy.quantity, self._funds(buy.client)
        charge = pricing.fee_of(wanted, fee)
        found: Match | None = None
        for price, number in self._sells:
            energy = 1000 * wanted * (price + fee)
            if least is not None and energy + nearest > least[0]:
                break
            if pricing.energy_cost(wanted, price) + charge > balance:
                break  # the rest costs no less
            sell = self.orders[number]
            loses = 1000 * wanted * (price - fee) < self._ways[number]
            if loses or sell.quantity < wanted or sell.client == buy.client:
                continue
            for point, way in enumerate(ways):
                if least is not None and energy + way > least[0]:
                    continue
                if self.earns(buy, sell, point):
                    # Of one buy, unit values rank as their numerators do.
                    gain = pricing.profit(buy, sell, points[point], fee)
                    key = (energy + way, -gain, number, point)
                    if least is None or key < least:
                        least, found = key, Match(buy, sell, point)
        return found

    def _for_sell(self, sell: Order) -> Match | None:
        """Go through buys by their least travel per Wh, until that makes them dearer."""
        price, fee = sell.price, self._genesis.fee
        base, margin = 1000 * (price + fee), 1000 * (price - fee)
        nearest, has, best = self._nearest(sell), dict[int, int](), None
        for way, number in self._buys:
            if best is not None and base + way > best.key[0]:
                break
            buy, client = self.orders[number], number[0]
            if client not in has:
                has[client] = self._funds(client)
            wanted = buy.quantity
            if wanted > sell.quantity or margin * wanted < nearest:
                continue
            if pricing.energy_cost(wanted, price) + pricing.fee_of(wanted, fee) > has[client]:
                continue
            for match in self.triples_of(buy, sell):
                candidate = Candidate(self.key(match), match)
                if best is None or candidate.key < best.key:
                    best = candidate
        return best.match if best else None
