"""Markets with a known fault, each of which a check catches; the right one passes it."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import TYPE_CHECKING

import pytest

from milpbft.v2v.catalogue import buy, market_of, random_market, sell, toy
from milpbft.v2v.model.prices import Prices
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.blocks import GENESIS_HASH, Block, fault
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.readings import TabledMarket, values
from milpbft.v2v.reference.settlement import Settlement
from milpbft.v2v.reference.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.v2v.reference.order import Match, Order


def mutant(kind: type[Settlement]) -> type[Market]:
    """Return a market that settles by `kind`."""
    return type("Mutant", (Market,), {"settlement": kind})


def books(kind: type[Market]) -> bool:
    """Whether money is kept and nobody is overdrawn, on random markets and on A4."""
    for data in (market_of("a4"), market_of("loss"), random_market(6, 6, 3, 0)):
        try:
            state = Staged(data).run(kind).state
        except OverflowError:
            return False  # a balance below 0 has no canonical bytes
        if state.money != state.backing or min(a.balance for a in state.accounts.values()) < 0:
            return False
    return True


class FeeOnce(Settlement):
    """Forgets the seller's fee."""

    def settle(self, match: Match) -> None:
        """Pay the seller all of EC'."""
        super().settle(match)
        self.move(match.sell.client, pricing.fee_of(match.buy.quantity, self.state.genesis.fee))


class FeeToNobody(Settlement):
    """Books the fee nowhere."""

    def settle(self, match: Match) -> None:
        """Leave the platform as it was."""
        before = self.state.totals.platform
        super().settle(match)
        self.state.totals.platform = before


class PerWh(Settlement):
    """Takes the price per kWh for one per Wh."""

    def settle(self, match: Match) -> None:
        """Pay a thousand times as much."""
        super().settle(replace_price(match, 1000 * match.sell.price))


class Overdrafts(Settlement):
    """Matches what nobody can pay, and an owner's orders with each other."""

    def choose(self, order: Order) -> Match | None:
        """Look at owners and quantities alone."""
        book = self.state.book
        book.fits = lambda buy, sell: sell.quantity >= buy.quantity
        return book.scan(order)


def replace_price(match: Match, price: int) -> Match:
    """Return a match at another price."""
    return match._replace(sell=replace(match.sell, price=price))


@pytest.mark.parametrize("kind", [FeeOnce, FeeToNobody, PerWh, Overdrafts])
def test_the_books_catch(kind: type[Settlement]):
    """The invariant of money, or an account below 0."""
    assert books(Market)
    assert not books(mutant(kind))


class LeavesMatched(Settlement):
    """Removes the loop variable: the last order of the book in place of the one matched."""

    def arrive(self, order: Order) -> list[Match]:
        """Match, and keep the matched order open."""
        match = self.choose(order)
        matches = super().arrive(order)
        if match is not None:
            self.state.add_order(match.sell if order.side == "buy" else match.buy)
        return matches


def twice(kind: type[Market]) -> bool:
    """Whether an order is matched twice, or with its owner's own."""
    data = toy("own", (0,), sell("s", 20, owner="k"), buy("b0", owner="k"), buy("b1"), buy("b2"))
    staged = Staged(data)
    names = [end for b, s, _ in staged.names(staged.run(kind), data.orders) for end in (b, s)]
    return len(names) > len(set(names)) or "b0" in names


@pytest.mark.parametrize("kind", [LeavesMatched, Overdrafts])
def test_the_ledger_catches(kind: type[Settlement]):
    """Every order once, and never with its owner's own."""
    assert not twice(Market)
    assert twice(mutant(kind))


def test_a_hash_after_restore_catches_ties_by_table():
    """Claim 1: the copy's table lists equal sells otherwise."""
    from milpbft.v2v.evidence.matching import tables_agree

    assert not tables_agree().holds
    assert TabledMarket is not Market


class AfterChoosing(Settlement):
    """Tests funds after the choice."""

    def choose(self, order: Order) -> Match | None:
        """Choose as if all had money, and drop the choice where they have none."""
        book = self.state.book
        fits = book.fits
        book.fits = lambda b, s: b.client != s.client and s.quantity >= b.quantity
        chosen = book.scan(order)
        book.fits = fits
        return chosen if chosen and fits(chosen.buy, chosen.sell) else None


def test_a_poor_buyer_keeps_nobody_from_the_market():
    """Funds are tested before choosing: else who stands nearest and has nothing blocks sellers."""
    data = toy("poor", (0,), buy("near"), buy("far", 5), sell("s", 20), funds={"near": 0})
    made = [
        len(Staged(data).names(Staged(data).run(kind), data.orders))
        for kind in (Market, mutant(AfterChoosing))
    ]
    assert made == [1, 0]


DISTANCES: list[Callable[[int, int, int, int], int]] = [
    lambda ax, ay, bx, by: isqrt((ax - bx) ** 2 + (ay - by) ** 2),
    lambda ax, ay, bx, by: isqrt(abs((ax**2 - bx**2) + (ay**2 - by**2))),
]


@pytest.mark.parametrize("wrong", DISTANCES, ids=["floored", "squares not differenced"])
def test_the_arrays_catch_distances(wrong: Callable[..., int], monkeypatch: pytest.MonkeyPatch):
    """Models compute costs by themselves."""
    assert agrees(4)
    monkeypatch.setattr(pricing, "distance", wrong)
    assert not agrees(4)


def test_the_arrays_catch_signs(monkeypatch: pytest.MonkeyPatch):
    """UP with its sign turned; UC after integer division."""
    profit = pricing.profit
    monkeypatch.setattr(pricing, "profit", lambda *facts: -profit(*facts))
    assert not agrees(4)


def agrees(seeds: int) -> bool:
    """Whether machine and models have the same eligible triples, in the same order of keys."""
    for seed in range(seeds):
        data = random_market(4, 4, 3, seed)
        prices, staged = Prices(data), Staged(data)
        market = staged.open()
        for order in data.orders:
            market.state.add_order(staged.order(order))
        book = market.state.book
        found = sorted(book.triples(), key=book.key)
        ids = {staged.id(order): place for side in (data.buys, data.sells)
               for place, order in enumerate(side)}  # fmt: skip
        theirs = [(ids[m.buy.id], ids[m.sell.id], m.point) for m in found]
        mine = [(t.b, t.s, t.m) for t in sorted(prices.triples, key=prices.key)]
        if theirs != mine:
            return False
        for t, m in zip(sorted(prices.triples, key=prices.key), found, strict=True):
            where = data.points[m.point]
            if pricing.cost(m.buy, m.sell, where, data.fee) != prices.cost[t.b, t.s, t.m]:
                return False
    return True


def test_unit_costs_are_not_rounded():
    """9 over 2 is more than 4: UC compared after integer division would tie, and take s1."""
    data = toy("half", (0,), sell("s1", 4, use=0, kwh=2), buy("b1", 1, kwh=2), buy("b2", 0))
    staged = Staged(data.model_copy(update={"arrival": ("b1", "b2", "s1")}))
    took = [staged.names(staged.run(kind), data.orders)[0][0] for kind in (Market, mutant(Rounded))]
    assert took == ["b2", "b1"]


def test_a_block_names_the_one_before():
    """Without the previous hash, or with another, the chain does not hold."""
    first = Block(1, GENESIS_HASH, ())
    assert fault([first, Block(2, first.hash, ())]) is None
    assert fault([first, Block(2, GENESIS_HASH, ())]) is not None
    assert fault([first, Block(3, first.hash, ())]) is not None


class AcrossBatches(Settlement):
    """Matches orders as they arrive although the market works in batches."""

    def arrive(self, order: Order) -> list[Match]:
        """Match at once."""
        match = self.choose(order)
        if match is None:
            return super().arrive(order)
        other = match.sell if order.side == "buy" else match.buy
        self.state.remove_order(other.id)
        self.settle(match)
        return [match]


def test_batches_match_at_their_ends():
    """C1 in batches of three matches at height 3, when all are there; b pays 10 for s1's energy."""
    data = market_of("c1")
    heights = []
    for kind in (Market, mutant(AcrossBatches)):
        staged = Staged(data.model_copy(update={"arrival": ("s2", "b", "s1")}), batch=3)
        market = staged.run(kind)
        done = [t for block in market.blocks for t in block.transactions]
        heights.append([(t.height, t.paid) for t in done])
    assert heights == [[(3, 10)], [(2, 20)]]


def test_batches_keep_budgets():
    """A4 in a batch of four: one of two buys can be paid, by either rule."""
    for rule in ("key", "best"):
        staged = Staged(market_of("a4"), batch=4, rule=rule)
        market = staged.run()
        assert len(staged.names(market, staged.data.orders)) == 1
        assert market.state.balance(staged.client("k")) == 10


class Unbudgeted(Settlement):
    """Settles a batch without asking whether earlier matches left enough."""

    def close(self) -> list[Match]:
        """Settle all that each buyer could pay by itself."""
        used: set[tuple[int, int]] = set()
        settled = []
        for match in sorted(self.state.book.triples(), key=self.state.book.key):
            if not used & {match.buy.id, match.sell.id}:
                used |= {match.buy.id, match.sell.id}
                self.settle(match)
                settled.append(match)
        return settled


def test_a_batch_without_budgets_is_caught():
    """A4: the account would be at -10, which has no canonical bytes."""
    staged = Staged(market_of("a4"), batch=4)
    assert staged.run().state.balance(staged.client("k")) == 10
    with pytest.raises(OverflowError, match="-10"):
        staged.run(mutant(Unbudgeted))


class Rounded(Settlement):
    """Compares unit costs after integer division, per kWh."""

    def choose(self, order: Order) -> Match | None:
        """Return the first of the least rounded UC."""
        state = self.state

        def key(match: Match) -> tuple[object, ...]:
            uc, up = values(state, match)
            return uc // 10**3 // 10**3, up // 10**3 // 10**3, match.buy.id, match.sell.id

        state.book.add(order)
        mine = [m for m in state.book.triples() if order.id in (m.buy.id, m.sell.id)]
        state.book.remove(order.id)
        return min(mine, key=key, default=None)


def test_no_clock_seals_blocks():
    """A block is sealed at its last transaction, wherever replicas are restored."""
    data = random_market(6, 6, 3, 0)
    staged = Staged(data, block_size=2)
    market = staged.open()
    for order in data.incoming:
        staged.place(market, order)
        market = market.copy()
    assert [len(block.transactions) for block in market.blocks] == [2, 2]
    assert ask.read(ask.Seal().to_bytes()) == ask.Seal()
