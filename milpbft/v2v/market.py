"""A market as data: meeting points, a fee, funds, and orders with their arrivals.

Numbers only. What they cost is computed by the state machine and by the models, each with code of
its own.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from milpbft.errors import InputError

MILLION = 10**6
AMPLE = 10**12
"""Funds of a client of whom nothing is said, in minor units."""

Coordinate = Annotated[int, Field(ge=0, le=MILLION)]
Price = Annotated[int, Field(ge=0, le=MILLION)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,15}$")]


class OrderData(BaseModel):
    """An order.

    Parameters
    ----------
    name
        Unique; its owner, too, where none is given.
    side
        ``buy`` or ``sell``.
    quantity
        Wh, 1 to 10^6.
    price
        Of a sell, minor units per kWh.
    value
        Of a buy: what energy is worth to it, minor units per kWh.
    x, y
        Position in metres.
    use, paid
        e in Wh per km, and p in minor units per kWh.
    owner
        Client; several orders may have one.
    arrives
        First slot in which it can be executed, from 1 on; by default the place in the list.
    heard
        Slot from which all replicas know it; by default `arrives`.
    secret
        A version of a colluder's order, of which one at most is executed, known to nobody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    side: Literal["buy", "sell"]
    quantity: int = Field(default=1000, ge=1, le=MILLION)
    price: Price = 0
    value: Price = 60
    x: Coordinate = 0
    y: Coordinate = 0
    use: int = Field(default=100, ge=0, le=10**4)
    paid: Price = 10
    owner: Name | Literal[""] = ""
    arrives: int = Field(default=0, ge=0, le=1000)
    heard: int = Field(default=0, ge=0, le=1000)
    secret: bool = False

    @property
    def client(self) -> str:
        """Name of its owner."""
        return self.owner or self.name


class MarketData(BaseModel):
    """A market.

    Parameters
    ----------
    name
        For names of instances.
    points
        Meeting points (x, y) in metres.
    fee
        Minor units per kWh, from each side.
    orders
        In the order of the clients' numbers, and so of ids.
    arrival
        Names of orders as they come; by default as listed.
    funds
        By owner, in minor units; :data:`AMPLE` where nothing is said.
    capacities
        Matches per point, at most; empty where points have none.
    energy
        Whether the price that a seller bought its energy at counts.
    source
        Where the market and what is said of it are from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,31}$")]
    points: tuple[tuple[Coordinate, Coordinate], ...] = Field(min_length=1)
    fee: Price = 0
    orders: tuple[OrderData, ...] = Field(min_length=1)
    arrival: tuple[Name, ...] = ()
    funds: dict[Name, Annotated[int, Field(ge=0, le=AMPLE)]] = Field(default_factory=dict)
    capacities: tuple[Annotated[int, Field(ge=0, le=1000)], ...] = ()
    energy: bool = False
    source: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [order.name for order in self.orders]
        if len(set(names)) < len(names):
            raise InputError("market.orders", names, "names that differ")
        if self.arrival and sorted(self.arrival) != sorted(names):
            raise InputError("market.arrival", self.arrival, "the name of every order once")
        for owner in self.funds:
            if owner not in self.owners:
                raise InputError("market.funds", owner, "the owner of an order")
        if self.capacities and len(self.capacities) != len(self.points):
            raise InputError("market.capacities", self.capacities, "a number per meeting point")
        self._secrets()
        return self

    def _secrets(self) -> None:
        secret = [order for order in self.orders if order.secret]
        if len({(order.client, order.side) for order in secret}) > 1:
            raise InputError("market.orders", "secret", "versions of one order of one client")
        owners = {order.client for order in self.orders if not order.secret}
        if secret and secret[0].client in owners:
            raise InputError("market.orders", secret[0].client, "a colluder without other orders")
        for order in self.orders:
            if order.heard and order.heard < self.arrives(order):
                raise InputError("heard", order.heard, f"{self.arrives(order)} or later")

    def __str__(self) -> str:
        return self.name

    # ---- derived

    @property
    def owners(self) -> tuple[str, ...]:
        """Clients, in the order of their numbers."""
        return tuple(dict.fromkeys(order.client for order in self.orders))

    @property
    def buys(self) -> tuple[OrderData, ...]:
        """Orders that buy, as listed."""
        return tuple(order for order in self.orders if order.side == "buy")

    @property
    def sells(self) -> tuple[OrderData, ...]:
        """Orders that sell, as listed."""
        return tuple(order for order in self.orders if order.side == "sell")

    @property
    def incoming(self) -> tuple[OrderData, ...]:
        """Orders as they arrive."""
        by_name = {order.name: order for order in self.orders}
        return tuple(by_name[name] for name in self.arrival) or self.orders

    def arrives(self, order: OrderData) -> int:
        """Return the first slot in which an order can be executed."""
        return order.arrives or self.incoming.index(order) + 1

    def heard(self, order: OrderData) -> int:
        """Return the first slot in which every replica knows an order."""
        return order.heard or self.arrives(order)

    def rank(self, order: OrderData) -> tuple[int, int]:
        """Return what ids are compared by: the owner's number, and that among its orders.

        Versions of a secret order have one number: one of them is executed.
        """
        own = [o for o in self.orders if o.client == order.client]
        return self.owners.index(order.client), 0 if order.secret else own.index(order)

    def budget(self, owner: str) -> int:
        """Return what a client has."""
        return self.funds.get(owner, AMPLE)
