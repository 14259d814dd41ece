"""Requests: what clients may ask for, as canonical bytes, and the checks that need no state."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import ClassVar, TypeAlias

from milpbft.v2v.reference.codec import DecodeError, Item, decode, encode, values
from milpbft.v2v.reference.genesis import (
    AMOUNT_MOST,
    COORDINATE_MOST,
    FUNDS_MOST,
    NAME_MOST,
    PRICE_MOST,
    QUANTITY_MOST,
    USE_MOST,
)

SIZE_MOST = 20_000
"""Bytes of a request; the thesis pads them to 10 kB."""
_CLIENT_MOST = _NUMBER_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Operation:
    """What all requests have: a name, and a range per field."""

    kind: ClassVar[str] = ""
    ranges: ClassVar[tuple[tuple[int, int], ...]] = ()

    def to_bytes(self, padding: int = 0) -> bytes:
        """Write it; `padding` bytes more, as in chapter 7, are ignored by the market."""
        return encode((self.kind, *values(self), bytes(padding)))


_XY = ((0, COORDINATE_MOST), (0, COORDINATE_MOST))
_VEHICLE = ((0, USE_MOST), (0, PRICE_MOST), *_XY)
_ID = ((0, _CLIENT_MOST), (0, _NUMBER_MOST))


@dataclass(frozen=True, slots=True)
class Register(Operation):
    """Open an account under a name that nobody has."""

    name: str
    kind: ClassVar[str] = "register"


@dataclass(frozen=True, slots=True)
class Link(Operation):
    """Say which vehicle is the client's, in place of the last."""

    charge: int
    use: int
    paid: int
    x: int
    y: int
    kind: ClassVar[str] = "link"
    ranges: ClassVar = ((0, QUANTITY_MOST), *_VEHICLE)


@dataclass(frozen=True, slots=True)
class Deposit(Operation):
    """Pay money in."""

    amount: int
    kind: ClassVar[str] = "deposit"
    ranges: ClassVar = ((1, AMOUNT_MOST),)


@dataclass(frozen=True, slots=True)
class Withdraw(Operation):
    """Take money out."""

    amount: int
    kind: ClassVar[str] = "withdraw"
    ranges: ClassVar = ((1, AMOUNT_MOST),)


@dataclass(frozen=True, slots=True)
class Buy(Operation):
    """Ask for energy, worth `value` per kWh to the client."""

    quantity: int
    value: int
    use: int
    paid: int
    x: int
    y: int
    kind: ClassVar[str] = "buy"
    ranges: ClassVar = ((1, QUANTITY_MOST), (0, PRICE_MOST), *_VEHICLE)


@dataclass(frozen=True, slots=True)
class Sell(Operation):
    """Offer energy at `price` per kWh."""

    quantity: int
    price: int
    use: int
    paid: int
    x: int
    y: int
    kind: ClassVar[str] = "sell"
    ranges: ClassVar = Buy.ranges


@dataclass(frozen=True, slots=True)
class Cancel(Operation):
    """Take an order of one's own off the market."""

    client: int
    number: int
    kind: ClassVar[str] = "cancel"
    ranges: ClassVar = _ID


@dataclass(frozen=True, slots=True)
class AddUser(Operation):
    """Master: open an account for another client."""

    client: int
    name: str
    kind: ClassVar[str] = "add user"
    ranges: ClassVar = ((0, _CLIENT_MOST),)


@dataclass(frozen=True, slots=True)
class RemoveUser(Operation):
    """Master: close an account, with its vehicle and its orders."""

    client: int
    kind: ClassVar[str] = "remove user"
    ranges: ClassVar = ((0, _CLIENT_MOST),)


@dataclass(frozen=True, slots=True)
class SetFunds(Operation):
    """Master: set what a client has."""

    client: int
    amount: int
    kind: ClassVar[str] = "set funds"
    ranges: ClassVar = ((0, _CLIENT_MOST), (0, FUNDS_MOST // 10**6))


@dataclass(frozen=True, slots=True)
class RemoveOrder(Operation):
    """Master: take any order off the market."""

    client: int
    number: int
    kind: ClassVar[str] = "remove order"
    ranges: ClassVar = _ID


@dataclass(frozen=True, slots=True)
class Seal(Operation):
    """Close a short block, so that what waits is in the ledger."""

    kind: ClassVar[str] = "seal"


@dataclass(frozen=True, slots=True)
class NoOp(Operation):
    """Do nothing; pads a sequence number."""

    kind: ClassVar[str] = "no-op"


Kind: TypeAlias = type[Operation]
ORDERED: tuple[Kind, ...] = (
    Register, Link, Deposit, Withdraw, Buy, Sell, Cancel,
    AddUser, RemoveUser, SetFunds, RemoveOrder, Seal, NoOp,
)  # fmt: skip
_KINDS = {kind.kind: kind for kind in ORDERED}
MASTERS: tuple[Kind, ...] = (AddUser, RemoveUser, SetFunds, RemoveOrder)
"""What only the master client may ask for."""


@lru_cache(maxsize=4096)
def read(data: bytes) -> Operation | None:
    """Read a request; None where it is not canonical, too long, or a field is out of range.

    The same everywhere: it looks at no state. What was admitted is not read again to be executed.
    """
    if len(data) > SIZE_MOST:
        return None
    try:
        item = decode(data)
    except DecodeError:
        return None
    match item:
        case (str(kind), *given, bytes(padding)) if kind in _KINDS and not any(padding):
            return _make(_KINDS[kind], given)
    return None


def _make(kind: Kind, given: list[Item]) -> Operation | None:
    declared = fields(kind)
    if len(given) != len(declared):
        return None
    ranges = iter(kind.ranges)
    for field, value in zip(declared, given, strict=True):
        if field.name == "name":
            if not isinstance(value, str) or not 1 <= len(value.encode()) <= NAME_MOST:
                return None
        else:
            least, most = next(ranges)
            if type(value) is not int or not least <= value <= most:
                return None
    return kind(*given)
