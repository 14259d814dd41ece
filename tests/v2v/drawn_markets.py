"""Small random markets for comparisons with enumeration; positions are whole km, costs whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.v2v.catalogue import buy, sell, toy

if TYPE_CHECKING:
    from random import Random

    from milpbft.v2v.market import MarketData


def draw_market(r: Random, buys: int, sells: int, *, funds: bool = False) -> MarketData:
    """Draw a market whose orders often tie, and sometimes share an owner."""
    owners = ["", "", "", "k"]
    orders = [
        buy(f"b{i}", r.randint(0, 6), r.choice((12, 20, 30)), r.choice((1, 1, 2)),
            owner=r.choice(owners))
        for i in range(buys)
    ] + [
        sell(f"s{i}", r.randint(3, 12), r.randint(0, 6), r.choice((1, 2, 2)),
             paid=r.choice((0, 10)), owner=r.choice(owners))
        for i in range(sells)
    ]  # fmt: skip
    r.shuffle(orders)
    clients = {order.client for order in orders if order.side == "buy"}
    facts: dict[str, Any] = {"fee": r.choice((0, 1, 2)), "energy": r.random() < 0.2}
    if funds:
        facts["funds"] = {client: r.randint(5, 40) for client in clients if r.random() < 0.6}
        if r.random() < 0.5:
            facts["capacities"] = tuple(r.randint(0, 2) for _ in range(2))
    points = sorted(r.sample(range(7), 2))
    return toy("drawn", points, *orders, **facts)


def draw_arrivals(r: Random, market: MarketData) -> MarketData:
    """Give orders slots in which they arrive and are heard of, and sometimes a colluder."""
    orders: list[Any] = []
    for order in market.orders:
        arrives = r.randint(1, len(market.orders))
        heard = arrives + r.choice((0, 0, 0, 1))
        # A client has one request outstanding.
        orders.append(order.model_copy(update={"arrives": arrives, "heard": heard, "owner": ""}))
    if r.random() < 0.4:
        orders = orders[:-1]
        prices = r.sample(range(3, 14), 2)
        facts: Any = {"owner": "colluder", "secret": True, "arrives": 1}
        if r.random() < 0.5:
            orders += [sell(f"t{p}", p, r.randint(0, 6), 2, **facts) for p in prices]
        else:
            orders += [
                buy(f"t{p}", r.randint(0, 6), 2 * p, r.randint(1, 2), **facts) for p in prices
            ]
    return market.model_copy(update={"orders": tuple(orders)})
