"""What a match costs and pays, in integers (section 5.1 of the thesis).

Sums are in units of 10^-6 minor units, exact; accounts are in minor units.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.v2v.reference.order import Order

Point = tuple[int, int]
MICRO = 1_000_000
"""Units of a sum per minor unit."""


def distance(ax: int, ay: int, bx: int, by: int) -> int:
    """Return the distance in whole metres, rounded up; of (5.5) with squared differences."""
    square = (ax - bx) ** 2 + (ay - by) ** 2
    root = isqrt(square)
    return root + (root * root < square)


def travel(order: Order, point: Point) -> int:
    """Return TC, what an order's way to a point costs: (5.5), (5.7)."""
    return distance(order.x, order.y, *point) * order.use * order.paid


def cost(buy: Order, sell: Order, point: Point, fee: int) -> int:
    """Return C, what the consumer pays in all: (5.6)."""
    return 1000 * buy.quantity * (sell.price + fee) + travel(buy, point)


def profit(buy: Order, sell: Order, point: Point, fee: int) -> int:
    """Return G, the provider's profit as printed: (5.9) less (5.8)."""
    return 1000 * buy.quantity * (sell.price - fee) - travel(sell, point)


def true_profit(buy: Order, sell: Order, point: Point, fee: int) -> int:
    """Return G less what the energy was bought for, which section 5.1.4 lists and (5.8) forgets."""
    return profit(buy, sell, point, fee) - 1000 * buy.quantity * sell.paid


def journeys(buy: Order, sell: Order, point: Point) -> int:
    """Return R, the ways of both: the only cost besides energy."""
    return travel(buy, point) + travel(sell, point)


def welfare(buy: Order, sell: Order, point: Point) -> int:
    """Return W: what the energy is worth to the buyer, less all that it cost."""
    return 1000 * buy.quantity * (buy.price - sell.paid) - journeys(buy, sell, point)


def energy_cost(quantity: int, price: int) -> int:
    """Return EC' = ceil(quantity price / 1000), in minor units, settled once per match."""
    return -(-quantity * price // 1000)


def fee_of(quantity: int, fee: int) -> int:
    """Return F' = ceil(quantity fee / 1000), in minor units: each side pays it."""
    return energy_cost(quantity, fee)


def due(buy: Order, sell: Order, fee: int) -> int:
    """Return what the buyer's account is debited with, EC' + F'."""
    return energy_cost(buy.quantity, sell.price) + fee_of(buy.quantity, fee)
