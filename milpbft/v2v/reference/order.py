"""Orders as the book keeps them, and matches of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from milpbft.v2v.reference.codec import values

Id: TypeAlias = tuple[int, int]
"""Client and request number: fixed by the owner, before anybody orders requests."""

Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True)
class Order:
    """An open order with its snapshot of the vehicle.

    Parameters
    ----------
    client, number
        Owner, and the request that placed it.
    side
        ``buy`` or ``sell``.
    quantity
        Energy in Wh: what a buy wants, what a sell has at most.
    price
        Of a sell, in minor units per kWh. Of a buy its value per kWh, which only batches by
        welfare look at.
    x, y
        Position in metres.
    use
        e, energy per distance, in Wh per km.
    paid
        p, the price at which the vehicle's energy was bought, in minor units per kWh.
    """

    client: int
    number: int
    side: Side
    quantity: int
    price: int
    x: int
    y: int
    use: int
    paid: int

    @property
    def id(self) -> Id:
        """Its name on the market."""
        return self.client, self.number

    @property
    def fields(self) -> tuple[int | str, ...]:
        """All of it, for canonical bytes."""
        return values(self)


class Match(NamedTuple):
    """A buy and a sell that meet at a point, numbered from 0."""

    buy: Order
    sell: Order
    point: int
