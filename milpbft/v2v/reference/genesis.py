"""What a market starts from, the same at every replica."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.errors import InputError

PRICE_MOST = QUANTITY_MOST = COORDINATE_MOST = 10**6
USE_MOST = 10**4
AMOUNT_MOST = 10**12
FUNDS_MOST = 10**18
"""Of an account, and of every total: additions cannot leave 63 bits."""
NAME_MOST = 64


@dataclass(frozen=True, slots=True)
class Genesis:
    """The fixed part of a market.

    Parameters
    ----------
    points
        Meeting points (x, y) in metres, 0 to 10^6; in the order of their numbers.
    fee
        r, in minor units per kWh, 0 to 10^6, taken from each side.
    master
        Number of the master client; None for none.
    block_size
        Transactions per block of the ledger.
    energy
        Whether the price that a seller bought its energy at counts, see ``true_profit``.
    batch
        Orders are matched at every so many sequence numbers; 0 for each order as it arrives.
    rule
        How a batch is matched: ``key``, pair by pair in the order of keys; ``best``, the matching
        of most welfare.

    Raises
    ------
    InputError
        Where a number is outside its range.
    """

    points: tuple[tuple[int, int], ...]
    fee: int = 0
    master: int | None = None
    block_size: int = 4
    energy: bool = False
    batch: int = 0
    rule: Literal["key", "best"] = "key"

    def __post_init__(self) -> None:
        if not self.points:
            raise InputError("points", self.points, "one or more")
        for x, y in self.points:
            if not (0 <= x <= COORDINATE_MOST and 0 <= y <= COORDINATE_MOST):
                raise InputError("points", (x, y), f"coordinates from 0 to {COORDINATE_MOST}")
        for name, least, most in (
            ("fee", 0, PRICE_MOST), ("block_size", 1, 10**4), ("batch", 0, 10**6)
        ):  # fmt: skip
            if not least <= getattr(self, name) <= most:
                allowed = f"a number from {least} to {most}"
                raise InputError(name, getattr(self, name), allowed)
