"""Spread: how an overlay broadcasts; the parameters that a model and the reference agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.hgfrr.topology import Topology


@dataclass(frozen=True, slots=True)
class Spread:
    """The parameters of a broadcast.

    Parameters
    ----------
    k
        Base of the spanning trees within rings, 2 or more; the lowest one where `k_most` is more.
    k_most
        Where it is more than `k`, every broadcaster of a ring draws its base from `k` to
        `k_most`, each with the same chance, as in section 3.1.1. By default `k`.
    serving
        How many of a ring's contact nodes broadcast in it; the others only wait to replace them.
        The paper does not say: with 1, a ring has one broadcaster, as in its figure 3.2.
    seed
        Of the random bases.

    Raises
    ------
    InputError
        Where a value is out of range.
    """

    k: int = 2
    k_most: int = 0
    serving: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.k < 2:
            raise InputError("k", self.k, "2 or more")
        if not self.k_most:
            object.__setattr__(self, "k_most", self.k)
        if self.k_most < self.k:
            raise InputError("k_most", self.k_most, f"k, which is {self.k}, or more")
        if self.serving < 1:
            raise InputError("serving", self.serving, "1 or more")
        if self.seed < 0:
            raise InputError("seed", self.seed, "0 or more")

    def bases(self, topology: Topology) -> NDArray[np.int64]:
        """Draw the base of each broadcaster of each ring: shape (rings, serving)."""
        random = np.random.default_rng(self.seed)
        shape = len(topology.rings), self.serving
        return random.integers(self.k, self.k_most, size=shape, endpoint=True)
