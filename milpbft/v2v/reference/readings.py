"""The thesis' algorithms as they are printed, and as hash tables would run them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.javatable import JavaTable
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.order import Match
from milpbft.v2v.reference.settlement import Settlement

if TYPE_CHECKING:
    from milpbft.v2v.reference.order import Order
    from milpbft.v2v.reference.state import State


def values(state: State, match: Match) -> tuple[Fraction, Fraction]:
    """Return UC and -UP: the less, the better."""
    where, fee = state.genesis.points[match.point], state.genesis.fee
    cost = pricing.cost(match.buy, match.sell, where, fee)
    profit = pricing.profit(match.buy, match.sell, where, fee)
    return Fraction(cost, match.buy.quantity), Fraction(-profit, match.buy.quantity)


def listed(state: State, order: Order) -> list[Match]:
    """Return pairs of an arriving order in the order of the book's ids, and of points."""
    found = []
    for other in state.book.side("sell" if order.side == "buy" else "buy"):
        buy, sell = (order, other) if order.side == "buy" else (other, order)
        found += [Match(buy, sell, point) for point in range(len(state.genesis.points))]
    return found


class Printed(Settlement):
    """Algorithms 2 and 3 to the letter: the first pair that is not better ends the search.

    The first pair is bestMatch; then each must be better in UC, and of equal UC in UP, or nil is
    returned. Nothing asks whether the provider earns or has the quantity; funds are asked for after
    the choice (6.3.4).
    """

    def choose(self, order: Order) -> Match | None:
        """Return the last pair if each was better than the one before; nothing otherwise."""
        best: Match | None = None
        for match in listed(self.state, order):
            if best is not None and values(self.state, match) >= values(self.state, best):
                return None
            best = match
        if best is None:
            return None
        due = pricing.due(best.buy, best.sell, self.state.genesis.fee)
        return best if self.state.balance(best.buy.client) >= due else None


class Tabled(Settlement):
    """The meant rule, but of equal pairs the one that a hash table of sequence numbers has first.

    `table` holds the sequence numbers at which the open orders were placed.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.table = JavaTable()
        self.placed: dict[int, tuple[int, int]] = {}

    def arrive(self, order: Order) -> list[Match]:
        """As meant; the table follows the book."""
        height = self.state.totals.height
        self.table.add(height)
        self.placed[height] = order.id
        return super().arrive(order)

    def choose(self, order: Order) -> Match | None:
        """Return the best match in UC and UP, the first that the table lists."""
        best: Match | None = None
        for height in self.table:
            other = self.state.book.orders.get(self.placed[height])
            if other is None or other.side == order.side:
                continue
            buy, sell = (order, other) if order.side == "buy" else (other, order)
            for match in self.state.book.triples_of(buy, sell):
                if best is None or values(self.state, match) < values(self.state, best):
                    best = match
        return best


class PrintedMarket(Market):
    """The market with the algorithms as printed."""

    settlement = Printed


class TabledMarket(Market):
    """The market with hash tables; its copy is made as Java's serialisation makes it."""

    settlement = Tabled

    def copy(self) -> TabledMarket:
        """Return what a replica gets by state transfer (6.2.2)."""
        other = TabledMarket(self.genesis)
        other.restore(self.snapshot())
        other.state.blocks = list(self.state.blocks)
        mine, theirs = self._settlement, other._settlement
        assert isinstance(mine, Tabled)
        assert isinstance(theirs, Tabled)
        # Orders that were taken off the book are off the table as well.
        for height, number in mine.placed.items():
            if number not in self.state.book.orders:
                mine.table.remove(height)
        theirs.table, theirs.placed = mine.table.serialised(), dict(mine.placed)
        return other
