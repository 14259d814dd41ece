"""The settings in which worst markets are looked for: types of orders, and markets made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.v2v.market import MarketData, OrderData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.v2v.instance import WorstInstance

KM = 1000
KEEPS_AT_HOME = 1
"""Price and fee on the line: a seller that moves loses."""


@dataclass(frozen=True)
class Buyer:
    """A type of buys: site in km, quantity in kWh."""

    site: int
    kwh: int = 1


@dataclass(frozen=True)
class Seller:
    """A type of sells."""

    site: int
    price: int
    kwh: int = 1


def buyer_types(instance: WorstInstance) -> list[Buyer]:
    """Return the types that buys can have."""
    if instance.setting == "lots":
        return [Buyer(0, 1), Buyer(0, 2)]
    return [Buyer(site) for site in range(instance.length + 1)]


def seller_types(instance: WorstInstance) -> list[Seller]:
    """Return the types that sells can have."""
    sites = range(instance.length + 1)
    match instance.setting:
        case "lots":
            return [Seller(0, price, kwh) for kwh in (1, 2) for price in (10, 20)]
        case "ends":
            return [Seller(site, instance.length) for site in sites]
        case "prices":
            prices = range(1, instance.length + 2)
            return [Seller(site, price) for site in sites for price in prices]
    return [Seller(site, KEEPS_AT_HOME) for site in sites]


def points_of(instance: WorstInstance) -> list[int]:
    """Return the meeting points, in km."""
    if instance.setting in {"ends", "prices"}:
        return [0, instance.length]
    return list(range(instance.length + 1))


def market_of_types(
    instance: WorstInstance, buys: Sequence[Buyer], sells: Sequence[Seller]
) -> MarketData:
    """Return a market in which sells come first, each side in the order of ids."""
    orders = [
        OrderData(name=f"s{j + 1}", side="sell", x=t.site * KM, price=t.price,
                  quantity=t.kwh * 1000)
        for j, t in enumerate(sells)
    ] + [
        OrderData(name=f"b{i + 1}", side="buy", x=t.site * KM, quantity=t.kwh * 1000)
        for i, t in enumerate(buys)
    ]  # fmt: skip
    fee = KEEPS_AT_HOME if instance.setting == "line" else 0
    points = tuple((km * KM, 0) for km in points_of(instance))
    return MarketData(name="worst", points=points, fee=fee, orders=tuple(orders))


def line_market(instance: WorstInstance, buys: Sequence[int], sells: Sequence[int]) -> MarketData:
    """Return a market on the line with orders at these sites."""
    made = [Seller(site, KEEPS_AT_HOME) for site in sells]
    return market_of_types(instance, [Buyer(site) for site in buys], made)
