"""Counts of senders per label, packed into one integer so that a guard is one comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milpbft.dbft.enumerate.catalogue import Label

BITS = 6
MOST = (1 << BITS - 1) - 1
"""The highest count that a field holds; its highest bit is for the comparison."""


class Tally:
    """Packs counts, one field per label.

    Parameters
    ----------
    labels
        All that there are.
    """

    def __init__(self, labels: Iterable[Label]) -> None:
        self._place = {label: BITS * i for i, label in enumerate(labels)}
        self._guard = sum(1 << place + BITS - 1 for place in self._place.values())

    def pack(self, counts: Mapping[Label, int]) -> int:
        """Return the packed counts; each is at most `MOST`."""
        return sum(count << self._place[label] for label, count in counts.items())

    def count(self, packed: int, label: Label) -> int:
        """Return one count of a packed value."""
        return packed >> self._place[label] & MOST

    def fits(self, needed: int, there: int) -> bool:
        """Whether every count in `needed` is at most that in `there`."""
        return ((there | self._guard) - needed) & self._guard == self._guard


def distinct(wanted: Sequence[frozenset[int]]) -> bool:
    """Whether each can be given an element of its own: a matching, by augmenting paths."""
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for element in wanted[i] - tried:
            tried.add(element)
            if element not in taken or place(taken[element], tried):
                taken[element] = i
                return True
        return False

    return all(place(i, set()) for i in range(len(wanted)))
