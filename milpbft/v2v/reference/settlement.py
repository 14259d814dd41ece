"""How orders are matched and paid: on arrival, or in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.assignment import best_matching
from milpbft.v2v.reference.blocks import Transaction
from milpbft.v2v.reference.state import Account

if TYPE_CHECKING:
    from milpbft.v2v.reference.order import Match, Order
    from milpbft.v2v.reference.state import State


class Settlement:
    """Matches orders of a state and moves the money; subclasses are readings and mutants."""

    def __init__(self, state: State) -> None:
        self.state = state

    def arrive(self, order: Order) -> list[Match]:
        """Match an order at once, or let it wait; both orders leave the book whole."""
        if self.state.genesis.batch:
            self.state.add_order(order)
            return []
        match = self.choose(order)
        if match is None:
            self.state.add_order(order)
            return []
        other = match.sell if order.side == "buy" else match.buy
        self.state.remove_order(other.id)
        self.settle(match)
        return [match]

    def choose(self, order: Order) -> Match | None:
        """Return the eligible match of least key."""
        return self.state.book.best(order)

    def close(self) -> list[Match]:
        """Match what is in the book at the end of a batch."""
        chosen = self._by_key() if self.state.genesis.rule == "key" else self._best()
        settled = []
        for match in chosen:
            # Earlier matches of the batch may have spent what the buyer had.
            if self.state.book.fits(match.buy, match.sell):
                self.state.remove_order(match.buy.id)
                self.state.remove_order(match.sell.id)
                self.settle(match)
                settled.append(match)
        return settled

    def _by_key(self) -> list[Match]:
        book = self.state.book
        chosen: list[Match] = []
        used: set[tuple[int, int]] = set()
        left: dict[int, int] = {}
        for match in sorted(book.triples(), key=book.key):
            spent = pricing.due(match.buy, match.sell, self.state.genesis.fee)
            owner = match.buy.client
            has = left.setdefault(owner, self.state.balance(owner))
            if spent <= has and not used & {match.buy.id, match.sell.id}:
                used |= {match.buy.id, match.sell.id}
                left[owner] = has - spent
                chosen.append(match)
        return chosen

    def _best(self) -> list[Match]:
        """Return the matching of most welfare, by key where it is not the only one.

        Each pair meets at its point of least key. Of N pairs, the one of rank i from the last has
        2^i added to 2^N times its welfare: no two matchings have the same sum.
        """
        book, points = self.state.book, self.state.genesis.points
        pairs: dict[tuple[tuple[int, int], tuple[int, int]], Match] = {}
        for match in sorted(book.triples(), key=book.key):
            pairs.setdefault((match.buy.id, match.sell.id), match)
        weights = {
            pair: (pricing.welfare(m.buy, m.sell, points[m.point]) << len(pairs))
            + (1 << (len(pairs) - 1 - rank))
            for rank, (pair, m) in enumerate(pairs.items())
        }
        return [pairs[pair] for pair in best_matching(weights)]

    def settle(self, match: Match) -> None:
        """Pay: the buyer EC' + F', to the seller EC' - F', to the platform 2 F'."""
        state, (buy, sell, point) = self.state, match
        paid = pricing.energy_cost(buy.quantity, sell.price)
        fee = pricing.fee_of(buy.quantity, state.genesis.fee)
        self.move(buy.client, -paid - fee)
        self.move(sell.client, paid - fee)
        state.totals.platform += 2 * fee
        height = state.totals.height
        state.waiting.append(Transaction(height, buy.id, sell.id, point, buy.quantity, paid, fee))
        if len(state.waiting) >= state.genesis.block_size:
            state.seal()

    def move(self, client: int, amount: int) -> None:
        """Add to an account."""
        account = self.state.accounts[client]
        self.state.put_account(
            client, Account(account.name, account.balance + amount, account.last)
        )
