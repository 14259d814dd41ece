"""All matchings of a small market, counted by the reference's own measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from milpbft.v2v.reference import pricing
from milpbft.v2v.reference.measures import Measures
from milpbft.v2v.reference.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.v2v.market import MarketData
    from milpbft.v2v.reference.order import Match


def matchings(data: MarketData) -> Iterator[Measures]:
    """Yield every matching that funds and capacities allow, the empty one included."""
    staged = Staged(data)
    orders = [staged.order(order) for order in data.orders]
    every = Measures(staged.genesis, [], orders).meetings()
    buys = [order for order in orders if order.side == "buy"]
    by_buy = {buy.id: [match for match in every if match.buy.id == buy.id] for buy in buys}
    funds = {staged.client(owner): data.budget(owner) for owner in data.owners}

    def extend(place: int, chosen: list[Match]) -> Iterator[Measures]:
        if place == len(buys):
            yield Measures(staged.genesis, list(chosen), orders)
            return
        yield from extend(place + 1, chosen)
        for match in by_buy[buys[place].id]:
            if any(match.sell.id == other.sell.id for other in chosen):
                continue
            both = [*chosen, match]
            if _affordable(both, funds, data.fee) and _fits(both, data.capacities):
                yield from extend(place + 1, both)

    yield from extend(0, [])


def _affordable(chosen: list[Match], funds: dict[int, int], fee: int) -> bool:
    spent: dict[int, int] = {}
    for buy, sell, _ in chosen:
        spent[buy.client] = spent.get(buy.client, 0) + pricing.due(buy, sell, fee)
    return all(amount <= funds[client] for client, amount in spent.items())


def _fits(chosen: list[Match], capacities: tuple[int, ...]) -> bool:
    points = [match.point for match in chosen]
    return all(points.count(point) <= most for point, most in enumerate(capacities))


def largest(data: MarketData) -> int:
    """Return the size of the largest matching where funds and capacities bind nobody."""
    staged = Staged(data)
    orders = [staged.order(order) for order in data.orders]
    graph = nx.Graph()
    for match in Measures(staged.genesis, [], orders).meetings():
        graph.add_edge(("buy", match.buy.id), ("sell", match.sell.id))
    buys = [end for end in graph if end[0] == "buy"]
    return len(nx.bipartite.hopcroft_karp_matching(graph, buys)) // 2


def best_matching_value(data: MarketData, objective: str, pairs: int | None = None) -> int:
    """Return the optimum of a question about a best matching, in 10^-6 minor units or pairs."""
    every = list(matchings(data))
    if objective == "matched":
        return max(one.matched for one in every)
    if objective == "welfare":
        return max(one.welfare for one in every)
    size = max(one.matched for one in every) if pairs is None else pairs
    fitting = [one for one in every if one.matched == size]
    return min(one.cost if objective == "cost" else one.consumer for one in fitting)


def best_stable_value(data: MarketData, objective: str) -> int | None:
    """Return the optimum of a question about stability; None where nothing is stable."""
    every = list(matchings(data))
    if objective in {"pairs", "envy"}:
        size = max(one.matched for one in every)
        count = {"pairs": lambda one: len(one.blocking()), "envy": lambda one: len(one.envious())}
        return min(count[objective](one) for one in every if one.matched == size)
    stable = [one for one in every if not one.blocking()]
    if not stable:
        return None
    if objective == "cost":
        return min(one.cost for one in stable)
    return max(one.welfare for one in stable)
