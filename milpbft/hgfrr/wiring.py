"""Wiring: the overlay that a consensus instance runs on, as a word of its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from milpbft.errors import InputError
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread


@dataclass(frozen=True, slots=True)
class Wiring:
    """An overlay with one contact per ring, as ``r4k2s0``.

    Parameters
    ----------
    ring
        Members of a ring, at most; 4 or more.
    k
        Base of the trees within rings, 2 or more.
    seed
        Of positions and elections.

    Raises
    ------
    InputError
        Where a value is out of range.
    """

    ring: int
    k: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        _ = self.limits, self.spread

    @classmethod
    def parse(cls, text: str) -> Wiring:
        """Read a word such as ``r4k2s0``.

        Raises
        ------
        InputError
            For any other text.
        """
        match = re.fullmatch(r"r(\d{1,4})k(\d{1,4})s(\d{1,9})", text)
        if match is None:
            raise InputError("overlay", text, "ring size, base and seed, such as r4k2s0")
        return cls(*map(int, match.groups()))

    def __str__(self) -> str:
        return f"r{self.ring}k{self.k}s{self.seed}"

    @property
    def limits(self) -> Sizes:
        """Limits of its rings."""
        return Sizes(self.ring)

    @property
    def spread(self) -> Spread:
        """Parameters of its broadcasts."""
        return Spread(self.k)


def normal(text: str) -> str:
    """Return a word such as ``r4k2s0`` as names of instances have it.

    Raises
    ------
    InputError
        For any other text.
    """
    return str(Wiring.parse(text))
