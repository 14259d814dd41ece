"""Whether a matching, or a run, is what a witness says of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.v2v.reference.assignment import best_matching
from milpbft.v2v.reference.measures import Measures
from milpbft.v2v.reference.order import Match
from milpbft.v2v.reference.pricing import due
from milpbft.v2v.reference.settlement import Settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.v2v.reference.machine import Market
    from milpbft.v2v.reference.staged import Staged


def settle(staged: Staged, said: Sequence[tuple[str, str, int]]) -> tuple[Measures | None, str]:
    """Settle a matching that was chosen elsewhere, on accounts.

    Returns
    -------
    tuple
        What it comes to and nothing, or nothing and the first thing that is not allowed.
    """
    by_name = {order.name: staged.order(order) for order in staged.data.orders}
    market = staged.open()
    every = list(by_name.values())
    matches = [Match(by_name[buy], by_name[sell], point) for buy, sell, point in said]
    measures = Measures(staged.genesis, matches, every)
    used: Counter[tuple[int, int]] = Counter()
    settlement = Settlement(market.state)
    for name, match in zip(said, matches, strict=True):
        if not measures.allows(match):
            return None, f"{name[0]} and {name[1]} may not meet at point {name[2]}"
        used.update((match.buy.id, match.sell.id))
        left = market.state.balance(match.buy.client) - due(match.buy, match.sell, staged.data.fee)
        if left < 0:
            return None, f"{name[0]} leaves its account at {left}"
        settlement.settle(match)
    if twice := [number for number, times in used.items() if times > 1]:
        return None, f"order {twice[0]} is matched twice"
    points = Counter(match.point for match in matches)
    for point, most in enumerate(staged.data.capacities):
        if points[point] > most:
            return None, f"{points[point]} matches at point {point}, which bears {most}"
    if market.state.money != market.state.backing:
        return None, "money was created or lost"
    return measures, ""


def best_travel(staged: Staged, value: int) -> tuple[int, int]:
    """Return the pairs and the travel of the matching that is worth most.

    Parameters
    ----------
    value
        What a pair is worth, in 10^-6 minor units, beside its travel.
    """
    every = [staged.order(order) for order in staged.data.orders]
    least: dict[tuple[int, int], int] = {}
    buys = {order.id: number for number, order in enumerate(every)}
    for match in Measures(staged.genesis, [], every).meetings():
        pair = buys[match.buy.id], buys[match.sell.id]
        way = Measures(staged.genesis, [match], []).cost
        least[pair] = min(way, least.get(pair, way))
    chosen = best_matching({pair: value - way for pair, way in least.items()})
    return len(chosen), sum(least[pair] for pair in chosen)


def arrive(staged: Staged) -> tuple[Market, Measures]:
    """Run the orders of a market as they arrive."""
    market = staged.run()
    return market, staged.measures(market, staged.data.orders)
