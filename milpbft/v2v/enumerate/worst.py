"""All small markets of a setting, each served first come, first served by the state machine."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from milpbft.v2v.market import MarketData, OrderData
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.reference.verdicts import arrive, best_travel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.v2v.instance import WorstInstance

_MICRO = 10**6


def markets(instance: WorstInstance) -> Iterator[MarketData]:
    """Yield every market of the instance's setting."""
    buyers, sellers, _, _ = _choices(instance)
    for sells, buys in product(
        product(sellers, repeat=instance.n), product(buyers, repeat=instance.n)
    ):
        yield made(instance, buys, sells)


def made(
    instance: WorstInstance,
    buys: Sequence[tuple[int, int]],
    sells: Sequence[tuple[int, int, int]],
    names: Sequence[str] = (),
) -> MarketData:
    """Return a market of buyers (site, kWh) and sellers (site, price, kWh), the sells first."""
    _, _, points, fee = _choices(instance)
    called = iter(names or [f"{end}{k}" for end in "sb" for k in range(instance.n)])
    orders = [
        OrderData(name=next(called), side="sell", x=1000 * km, price=price, quantity=1000 * kwh)
        for km, price, kwh in sells
    ] + [
        OrderData(name=next(called), side="buy", x=1000 * km, quantity=1000 * kwh)
        for km, kwh in buys
    ]  # fmt: skip
    places = tuple((1000 * km, 0) for km in points)
    return MarketData(name="one", points=places, fee=fee, orders=tuple(orders))


def belongs(instance: WorstInstance, data: MarketData) -> bool:
    """Whether a market is one of the instance's setting, whatever its orders are called."""
    buyers, sellers, _, _ = _choices(instance)
    sells = [(o.x // 1000, o.price, o.quantity // 1000) for o in data.sells]
    buys = [(o.x // 1000, o.quantity // 1000) for o in data.buys]
    if len(sells) != instance.n or len(buys) != instance.n:
        return False
    if not (set(sells) <= set(sellers) and set(buys) <= set(buyers)):
        return False
    same = made(instance, buys, sells, [order.name for order in data.orders])
    return same.model_copy(update={"name": data.name, "source": data.source}) == data


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
