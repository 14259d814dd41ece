"""Evidence on matching: determinism, best deals, losses, and what the algorithms print."""

from __future__ import annotations

from itertools import permutations

from milpbft.claims import Measured
from milpbft.v2v.catalogue import buy, market_of, random_market, sell, toy
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.genesis import Genesis
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.readings import PrintedMarket, TabledMarket, values
from milpbft.v2v.reference.staged import Staged

SEEDS = range(100)


def tables_agree() -> Measured:
    """Match on a hash table and on its serialised copy, after 14 of 16 orders are gone."""
    market = TabledMarket(Genesis(((0, 0),)))
    owners = 18
    for client in range(owners):
        market.apply(client, 1, ask.Register(f"c{client}").to_bytes())
        market.apply(client, 2, ask.Link(1000, 100, 10, 0, 0).to_bytes())
        market.apply(client, 3, ask.Deposit(100).to_bytes())
    market.state.totals.height = 0
    for client in range(16):
        market.apply(client, 4, ask.Sell(1000, 20, 100, 10, 0, 0).to_bytes())
    for client in range(16):
        if client + 1 not in (5, 16):
            market.apply(client, 5, ask.Cancel(client, 4).to_bytes())
    copy = market.copy()
    wish = ask.Buy(1000, 60, 100, 10, 0, 0).to_bytes()
    market.apply(17, 4, wish)
    copy.apply(17, 4, wish)
    sold = [m.state.waiting[0].sell[0] + 1 for m in (market, copy)]
    words = f"of the equal sells 5 and 16, the live table takes {sold[0]}, its copy {sold[1]}"
    return Measured(market.digest() == copy.digest(), words)


def floats_agree() -> Measured:
    """Add three numbers in two orders; sellers 1 and 2 cost the same, 0.29."""
    fee, sellers = 0.08, ((0.11, 0.10), (0.15, 0.06))
    left = [(price + travel) + fee for price, travel in sellers]
    right = [price + (travel + fee) for price, travel in sellers]
    chosen = [1 + costs.index(min(costs)) for costs in (left, right)]
    words = f"(EC + TC) + F makes seller {chosen[0]} the cheaper, EC + (TC + F) {chosen[1]}"
    return Measured(chosen[0] == chosen[1], words)


def printed_matches() -> Measured:
    """Run the printed rule on A1 in all orders of arrival, and on random markets."""
    data = market_of("a1")
    pairs = dict.fromkeys((Market, PrintedMarket), 0)
    for kind in pairs:
        for arrival in permutations(order.name for order in data.orders):
            staged = Staged(data.model_copy(update={"arrival": arrival}))
            pairs[kind] += len(staged.names(staged.run(kind), data.orders))
    made = [_matched(kind) for kind in (PrintedMarket, Market)]
    words = (
        f"on A1, in 24 orders of arrival, the printed rule makes {pairs[PrintedMarket]} matches "
        f"and the meant one {pairs[Market]}; in 100 random markets {made[0]} and {made[1]}"
    )
    return Measured(pairs[PrintedMarket] == pairs[Market] and made[0] == made[1], words)


def _matched(kind: type[Market]) -> int:
    found = 0
    for seed in SEEDS:
        staged = Staged(random_market(6, 6, 3, seed))
        found += len(staged.names(staged.run(kind), staged.data.orders))
    return found


def meant_matches() -> Measured:
    """Ask after every request of 100 random markets whether an eligible pair is left."""
    left = 0
    for seed in SEEDS:
        staged = Staged(random_market(6, 6, 3, seed))
        market = staged.open()
        for order in staged.data.incoming:
            staged.place(market, order)
            left += any(True for _ in market.state.book.triples())
    return Measured(not left, f"eligible pairs left waiting after {left} of 1200 requests")


def lowest_and_highest() -> Measured:
    """Look at the pairs of A3: which has the lowest UC, and which the highest UP."""
    staged = Staged(market_of("a3"))
    market = staged.open()
    for order in staged.data.orders:
        market.state.add_order(staged.order(order))
    triples = list(market.state.book.triples())
    cheapest = min(triples, key=lambda match: values(market.state, match)[0])
    highest = min(triples, key=lambda match: values(market.state, match)[1])
    words = f"lowest UC at point {cheapest.point}, highest UP at point {highest.point}"
    return Measured(cheapest.point == highest.point, words)


def lexicographic() -> Measured:
    """Compare each match of 100 random markets with all pairs of the arriving order."""
    wrong, made = 0, 0
    for seed in SEEDS:
        staged = Staged(random_market(6, 6, 3, seed))
        market = staged.open()
        for data in staged.data.incoming:
            order = staged.order(data)
            best, all_of = market.state.book.best(order), market.state.book.scan(order)
            wrong += best != all_of
            made += best is not None
            staged.place(market, data)
    return Measured(not wrong, f"{wrong} of {made} matches differ from the least of all pairs")


def best_deal_on_arrival() -> Measured:
    """Compare the unit cost of each arriving buy's match with all sells that are eligible."""
    wrong, made = 0, 0
    for seed in SEEDS:
        staged = Staged(random_market(6, 6, 3, seed))
        market = staged.open()
        for data in staged.data.incoming:
            order = staged.order(data)
            chosen = market.state.book.best(order) if order.side == "buy" else None
            if chosen is not None:
                costs = [
                    values(market.state, match)[0]
                    for sell_ in market.state.book.side("sell")
                    for match in market.state.book.triples_of(order, sell_)
                ]
                made += 1
                wrong += values(market.state, chosen)[0] > min(costs)
            staged.place(market, data)
    return Measured(not wrong, f"{wrong} of {made} buys were matched at more than the least")


def best_deal_for_who_waits() -> Measured:
    """Let b of C1 wait; s2 comes, and s1 a moment later."""
    data = market_of("c1").model_copy(update={"arrival": ("b", "s2", "s1")})
    staged = Staged(data)
    [(_, seller, _)] = staged.names(staged.run(), data.orders)
    price = next(order.price for order in data.sells if order.name == seller)
    least = min(order.price for order in data.sells)
    words = f"b waits and pays {price}; {least} is asked a moment later"
    return Measured(price == least, words)


def losses(*, energy: bool) -> Measured:
    """Count matches of random markets and of the loss example that lose what was paid."""
    found, made = 0, 0
    markets = [random_market(6, 6, 3, seed) for seed in SEEDS] + [market_of("loss")]
    for data in markets:
        staged = Staged(data.model_copy(update={"energy": energy}))
        met = staged.measures(staged.run(), data.orders)
        made += met.matched
        found += sum(
            pricing.true_profit(m.buy, m.sell, data.points[m.point], data.fee) < 0
            for m in met.matches
        )
    return Measured(not found, f"{found} of {made} matches, the purchase of the energy counted")


def printed_discards() -> Measured:
    """Let the printed rule match a seller whose way costs more than it is paid."""
    data = toy("far", (0,), sell("s", 3, 9), buy("b"))
    made = [len(Staged(data).names(Staged(data).run(k), data.orders))
            for k in (PrintedMarket, Market)]  # fmt: skip
    words = f"UP is -6: the printed rule makes {made[0]} match, the state machine {made[1]}"
    return Measured(made[0] == 0, words)


def evaluations() -> Measured:
    """Count the triples that a scan looks at, for an arriving buy among 1 to 200 sells."""
    exact = True
    for orders in (1, 10, 50, 200):
        staged = Staged(random_market(1, orders, 4, 0))
        market = staged.open()
        for order in staged.data.sells:
            market.state.add_order(staged.order(order))
        market.state.book.scan(staged.order(staged.data.buys[0]))
        exact &= market.state.book.evaluations == 4 * orders
    return Measured(exact, "orders of the other side x points, exactly, up to 200 x 4")


def asks_more() -> Measured:
    """Let s1 of C1 ask for 10 to 21, served first come, first served."""
    gains = {}
    for price in range(10, 22):
        data = market_of("c1")
        dearer = data.orders[0].model_copy(update={"price": price})
        staged = Staged(data.model_copy(update={"orders": (dearer, *data.orders[1:])}))
        met = staged.measures(staged.run(), staged.data.orders)
        gains[price] = met.gain({staged.id(dearer)}) // pricing.MICRO
    best = max(gains, key=lambda price: gains[price])
    words = f"asking {best} in place of 10, s1 gains {gains[best]} in place of {gains[10]}"
    return Measured(gains[best] <= gains[10], words)
