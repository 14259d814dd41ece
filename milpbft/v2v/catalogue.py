"""Markets that are solved by hand, and random ones by seed.

On toy markets positions are kilometres on a line, vehicles use 100 Wh per km of energy bought at
10, and orders are of 1 kWh where nothing else is said: a kilometre costs one minor unit.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.v2v.market import MarketData, OrderData

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KM = 1000
RANDOM = r"r(\d{1,3})x(\d{1,3})x(\d{1,2})s(\d{1,6})"
"""Names of random markets: buys, sells, points, seed."""


def buy(name: str, km: int = 0, value: int = 60, kwh: int = 1, **others: Any) -> OrderData:  # noqa: ANN401
    """Return a buy of the toy scale."""
    return OrderData(name=name, side="buy", x=km * KM, value=value, quantity=kwh * 1000, **others)


def sell(name: str, price: int, km: int = 0, kwh: int = 1, **others: Any) -> OrderData:  # noqa: ANN401
    """Return a sell of the toy scale."""
    return OrderData(name=name, side="sell", price=price, x=km * KM, quantity=kwh * 1000, **others)


def toy(name: str, points: Sequence[int], *orders: OrderData, **others: Any) -> MarketData:  # noqa: ANN401
    """Return a market on a line; points in km."""
    places = tuple((km * KM, 0) for km in points)
    return MarketData(name=name, points=places, orders=orders, **others)


def _a1() -> MarketData:
    """First come first served sends both pairs across; the other way round they stay at home."""
    orders = (buy("b1", 4), buy("b2", 1), sell("s1", 20, 0), sell("s2", 21, 10))
    return toy("a1", (0, 10), *orders, arrival=("s1", "s2", "b1", "b2"))


def _a2() -> MarketData:
    """The small buy takes the cheap sell that the large one needs."""
    orders = (
        sell("s1", 20), sell("s2", 10, kwh=2), buy("b1", value=30), buy("b2", value=30, kwh=2)
    )  # fmt: skip
    return toy("a2", (0,), *orders)


def _a2slots() -> MarketData:
    """A2 where the large buy comes first."""
    orders = (
        sell("s1", 20, arrives=1), sell("s2", 10, kwh=2, arrives=2),
        buy("b1", value=30, arrives=4), buy("b2", value=30, kwh=2, arrives=3),
    )  # fmt: skip
    return toy("a2slots", (0,), *orders)


def _a3() -> MarketData:
    """The consumer's nearest point is not where travel is least."""
    return toy("a3", (0, 3), sell("s", 20, 5), buy("b", 1), arrival=("s", "b"))


def _a4() -> MarketData:
    """Two buys of one client, who can pay one."""
    orders = (
        sell("s1", 20), sell("s2", 20), buy("b1", owner="k"), buy("b2", owner="k")
    )  # fmt: skip
    return toy("a4", (0,), *orders, funds={"k": 30})


def _c1() -> MarketData:
    """A buyer pays 20 in place of 10 if the cheap sell is held back until it is served."""
    return toy("c1", (0,), sell("s1", 10), sell("s2", 20), buy("b", value=30))


def _c3() -> MarketData:
    """A colluder undercuts s1 at any of five prices."""
    versions = [
        sell(f"t{price}", price, owner="colluder", secret=True, arrives=1)
        for price in (5, 9, 10, 20, 30)
    ]
    return toy("c3", (0,), sell("s1", 10, arrives=1), buy("b", value=40, arrives=2), *versions)


def _d2() -> MarketData:
    """Both buyers prefer s1, and s1 the one that buys more; apart they travel less."""
    orders = (
        buy("b1", 5, value=40, kwh=2), buy("b2", 0, value=40),
        sell("s1", 20, 1, kwh=2), sell("s2", 25, 10, kwh=2),
    )  # fmt: skip
    return toy("d2", (0, 10), *orders, arrival=("s1", "s2", "b1", "b2"))


def _d2swap() -> MarketData:
    """D2 where b2 comes first."""
    market = _d2()
    return market.model_copy(update={"name": "d2swap", "arrival": ("s1", "s2", "b2", "b1")})


def _loss(*, energy: bool = False) -> MarketData:
    """The seller earns 9 by the printed formula, and paid 30 for what it sells."""
    orders = (sell("s", 10, paid=30), buy("b"))
    name = "lossenergy" if energy else "loss"
    return toy(name, (0,), *orders, fee=1, energy=energy)


TOYS: dict[str, Callable[[], MarketData]] = {
    "a1": _a1, "a2": _a2, "a2slots": _a2slots, "a3": _a3, "a4": _a4, "c1": _c1, "c3": _c3,
    "d2": _d2, "d2swap": _d2swap, "loss": _loss, "lossenergy": lambda: _loss(energy=True),
}  # fmt: skip


def random_market(buys: int, sells: int, points: int, seed: int) -> MarketData:
    """Draw a market of 10 km by 10 km, by the recipe that values are compared by.

    Raises
    ------
    InputError
        Where a number is outside its range.
    """
    for name, number in (("buys", buys), ("sells", sells), ("points", points)):
        if number < 1:
            raise InputError(name, number, "1 or more")
    r = Random(seed)

    def place() -> tuple[int, int]:
        return 100 * r.randint(0, 100), 100 * r.randint(0, 100)

    places = tuple(place() for _ in range(points))
    orders = []
    for number in range(buys):
        x, y = place()
        quantity, use, paid = 1000 * r.randint(5, 20), r.randint(120, 220), r.randint(10, 30)
        orders.append(OrderData(name=f"b{number + 1}", side="buy", x=x, y=y, quantity=quantity,
                                use=use, paid=paid))  # fmt: skip
    for number in range(sells):
        x, y = place()
        quantity, use, paid = 1000 * r.randint(5, 30), r.randint(120, 220), r.randint(10, 30)
        orders.append(OrderData(name=f"s{number + 1}", side="sell", x=x, y=y, quantity=quantity,
                                use=use, paid=paid, price=r.randint(20, 60)))  # fmt: skip
    arrival = [order.name for order in orders]
    r.shuffle(arrival)
    return MarketData(name=f"r{buys}x{sells}x{points}s{seed}", points=places, fee=2,
                      orders=tuple(orders), arrival=tuple(arrival))  # fmt: skip


def market_of(name: str) -> MarketData:
    """Return a market by its name.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    if name in TOYS:
        return TOYS[name]()
    if match := re.fullmatch(RANDOM, name):
        return random_market(*map(int, match.groups()))
    allowed = f"{', '.join(TOYS)}, or a random one such as r3x3x2s0: buys, sells, points, seed"
    raise InputError("market", name, allowed)
