"""What a matching comes to, counted from the orders that met, whoever matched them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.order import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from milpbft.v2v.reference.genesis import Genesis
    from milpbft.v2v.reference.order import Id, Order


class Measures:
    """Sums over matches in 10^-6 minor units, and pairs that they leave discontent.

    Parameters
    ----------
    genesis
        Points and fee.
    matches
        Who met.
    orders
        All orders that were placed, matched or not.
    """

    def __init__(self, genesis: Genesis, matches: Sequence[Match], orders: Sequence[Order]) -> None:
        self.genesis = genesis
        self.matches = matches
        self.orders = orders

    @property
    def matched(self) -> int:
        """Pairs."""
        return len(self.matches)

    @property
    def cost(self) -> int:
        """Travel of both sides."""
        return self._total(lambda m: pricing.journeys(m.buy, m.sell, self._at(m)))

    @property
    def welfare(self) -> int:
        """Value of the energy, less its purchase and travel."""
        return self._total(lambda m: pricing.welfare(m.buy, m.sell, self._at(m)))

    @property
    def consumer(self) -> int:
        """What the buyers that are matched pay."""
        return self._total(self._cost)

    def consumers(self, buyers: Collection[Id]) -> int:
        """Return what buyers pay; one that is not matched pays what the energy is worth to it."""
        paid = {m.buy.id: self._cost(m) for m in self.matches}
        return sum(
            paid.get(order.id, 1000 * order.quantity * order.price)
            for order in self.orders
            if order.id in buyers
        )

    def gain(self, sellers: Collection[Id]) -> int:
        """Return the profit of sellers, as printed."""
        return sum(self._profit(m) for m in self.matches if m.sell.id in sellers)

    def blocking(self) -> set[tuple[Id, Id]]:
        """Return pairs that would both be better off, strictly, by leaving for each other."""
        cost = {m.buy.id: Fraction(self._cost(m), m.buy.quantity) for m in self.matches}
        profit = {m.sell.id: Fraction(self._profit(m), m.buy.quantity) for m in self.matches}
        found = set()
        for match in self.meetings():
            buy, sell = match.buy.id, match.sell.id
            mine = Fraction(self._cost(match), match.buy.quantity)
            theirs = Fraction(self._profit(match), match.buy.quantity)
            cheaper = buy not in cost or mine < cost[buy]
            if cheaper and (sell not in profit or theirs > profit[sell]):
                found.add((buy, sell))
        return found

    def envious(self) -> set[Id]:
        """Return buys to which another's match, seller and point, would be cheaper."""
        cost = {m.buy.id: Fraction(self._cost(m), m.buy.quantity) for m in self.matches}
        allowed = {(m.buy.id, m.sell.id, m.point) for m in self.meetings()}
        found = set()
        for order in self.orders:
            for other in self.matches:
                if (order.id, other.sell.id, other.point) not in allowed:
                    continue
                there = Match(order, other.sell, other.point)
                price = Fraction(self._cost(there), order.quantity)
                if other.buy.id != order.id and (order.id not in cost or price < cost[order.id]):
                    found.add(order.id)
        return found

    def meetings(self) -> list[Match]:
        """Return all triples that may be matched, funds aside."""
        buys = [order for order in self.orders if order.side == "buy"]
        sells = [order for order in self.orders if order.side == "sell"]
        return [
            Match(buy, sell, point)
            for buy in buys
            for sell in sells
            for point in range(len(self.genesis.points))
            if self.allows(Match(buy, sell, point))
        ]

    def allows(self, match: Match) -> bool:
        """Whether owners differ, the quantity suffices, and the provider does not lose."""
        buy, sell, _ = match
        earned = pricing.true_profit if self.genesis.energy else pricing.profit
        return (
            buy.client != sell.client
            and buy.quantity <= sell.quantity
            and earned(buy, sell, self._at(match), self.genesis.fee) >= 0
        )

    def _at(self, match: Match) -> tuple[int, int]:
        return self.genesis.points[match.point]

    def _cost(self, match: Match) -> int:
        return pricing.cost(match.buy, match.sell, self._at(match), self.genesis.fee)

    def _profit(self, match: Match) -> int:
        return pricing.profit(match.buy, match.sell, self._at(match), self.genesis.fee)

    def _total(self, value: Callable[[Match], int]) -> int:
        return sum(value(match) for match in self.matches)
