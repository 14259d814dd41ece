"""All small markets of a setting, each served first come, first served by the state machine."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from milpbft.v2v.market import MarketData, OrderData
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.reference.verdicts import arrive, best_travel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.v2v.instance import WorstInstance

_MICRO = 10**6


def markets(instance: WorstInstance) -> Iterator[MarketData]:
    """Yield every market of the instance's setting."""
    buyers, sellers, points, fee = _choices(instance)
    for chosen in product(product(sellers, repeat=instance.n), product(buyers, repeat=instance.n)):
        sells = [
            OrderData(name=f"s{k}", side="sell", x=1000 * km, price=price, quantity=1000 * kwh)
            for k, (km, price, kwh) in enumerate(chosen[0])
        ]
        buys = [
            OrderData(name=f"b{k}", side="buy", x=1000 * km, quantity=1000 * kwh)
            for k, (km, kwh) in enumerate(chosen[1])
        ]
        places = tuple((1000 * km, 0) for km in points)
        yield MarketData(name="one", points=places, fee=fee, orders=(*sells, *buys))


def _choices(
    instance: WorstInstance,
) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]], list[int], int]:
    """Return buyers (site, kWh), sellers (site, price, kWh), points, and the fee."""
    length, sites = instance.length, range(instance.length + 1)
    if instance.setting == "lots":
        return [(0, 1), (0, 2)], [(0, p, q) for p in (10, 20) for q in (1, 2)], [0], 0
    if instance.setting == "line":
        return [(km, 1) for km in sites], [(km, 1, 1) for km in sites], list(sites), 1
    prices = [length] if instance.setting == "ends" else list(range(1, length + 2))
    sellers = [(km, price, 1) for km in sites for price in prices]
    return [(km, 1) for km in sites], sellers, [0, length], 0


def worst_value(instance: WorstInstance) -> int | None:
    """Return the optimum, in minor units or pairs; None where no market qualifies."""
    values = (value_of(instance, market) for market in markets(instance))
    return max((value for value in values if value is not None), default=None)


def value_of(instance: WorstInstance, data: MarketData) -> int | None:
    """Return what a market counts for; None where its best matching costs more than `most`."""
    staged = Staged(data)
    _, met = arrive(staged)
    # On a line and with lots, pairs come before travel.
    pair = instance.worth if instance.setting in {"ends", "prices"} else 10**6
    pairs, travel = best_travel(staged, pair * _MICRO)
    if instance.objective.name == "pairs":
        return pairs - met.matched
    if instance.objective.name == "worst":
        assert instance.most is not None
        return met.cost // _MICRO if travel <= instance.most * _MICRO else None
    worth = pairs * pair - travel // _MICRO
    return worth - (met.matched * pair - met.cost // _MICRO)
