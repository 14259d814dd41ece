"""Kademlia: a broadcast that hands each k-bucket over to one node in it.

Identifiers are random numbers of 52 bits. A node that is responsible for all identifiers with some
prefix splits them bit by bit: the half that it is not in goes to a node of that half, drawn by
chance, and the other one it keeps. So everyone is told once, without a message too many, and
whoever is silent takes a whole subtree along, as in structured broadcasts over Chord (El-Ansary et
al., 2003) and Kademlia.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.hgfrr.reference.engine import Reach, at_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

BITS = 52
"""Bits of an identifier: as many as a float of 64 bits holds exactly."""


class Kademlia:
    """The identifiers of `n` nodes.

    Parameters
    ----------
    n
        Number of nodes, 1 or more.
    seed
        Of the identifiers.
    """

    def __init__(self, n: int, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        identifiers = random.integers(0, 1 << BITS, size=n)
        while len(np.unique(identifiers)) < n:
            identifiers = random.integers(0, 1 << BITS, size=n)
        self._order = np.argsort(identifiers)
        self._sorted = identifiers[self._order]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self._order)

    def run(self, source: int, silent: Iterable[int] = (), seed: int = 0) -> Reach:
        """Broadcast from `source`; `seed` draws the nodes that subtrees are handed to.

        Raises
        ------
        InputError
            Where there is no such source.
        """
        first, correct = at_start(self.n, source, silent)
        random = np.random.default_rng(seed)
        place = int(np.nonzero(self._order == source)[0][0])
        # Columns: place in order, begin and end of the range that it is responsible for.
        duties = np.array([[place, 0, self.n]], dtype=np.int64)
        tick = messages = 0
        while len(duties := duties[correct[self._order[duties[:, 0]]]]):
            tick += 1
            duties = self._hand_over(duties, random)
            messages += len(duties)
            first[self._order[duties[:, 0]]] = tick
        return Reach(first, correct, messages)

    def _hand_over(
        self, duties: NDArray[np.int64], random: np.random.Generator
    ) -> NDArray[np.int64]:
        """Split every range down to its holder; return the duties of those it was handed to."""
        handed = []
        while len(duties := duties[duties[:, 2] - duties[:, 1] > 1]):
            place, begin, end = duties.T
            # The highest bit in which identifiers of the range differ; higher buckets are empty.
            _, exponent = np.frexp(self._sorted[begin] ^ self._sorted[end - 1])
            bit = exponent.astype(np.int64) - 1
            # The first identifier of the range that has this bit.
            split = self._sorted[end - 1] >> bit << bit
            middle = np.searchsorted(self._sorted, split)
            low = place < middle
            other_begin, other_end = np.where(low, middle, begin), np.where(low, end, middle)
            to = random.integers(other_begin, other_end)
            handed.append(np.stack((to, other_begin, other_end), axis=1))
            own = place, np.where(low, begin, middle), np.where(low, middle, end)
            duties = np.stack(own, axis=1)
        return np.concatenate(handed) if handed else np.empty((0, 3), dtype=np.int64)
