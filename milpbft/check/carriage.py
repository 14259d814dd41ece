"""Carriage: how messages of a schedule travel, a hop each or over the relays of a network.

The overlay's relays are those of its reference implementation; the models have routes of their own.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.registry import carrier, load

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from milpbft.schedule import Schedule


class Carriage:
    """The walks of messages between nodes.

    Parameters
    ----------
    n
        Number of nodes.
    overlay
        The overlay, as names of instances have it; None for a full mesh.
    """

    def __init__(self, n: int, overlay: str | None = None) -> None:
        self._n = n
        self._overlay = overlay

    @classmethod
    def of(cls, schedule: Schedule) -> Carriage:
        """Read the setting ``overlay`` of a schedule.

        Raises
        ------
        InputError
            Where it is unreadable.
        """
        text = schedule.settings.get("overlay")
        return cls(schedule.n, None if text is None else load(carrier().word)(text))

    def relays(self, sender: int, receiver: int) -> tuple[tuple[int, ...], ...]:
        """Return the nodes between sender and receiver, in order, of each walk; shortest first."""
        if not self._overlay or sender == receiver:
            return ((),)
        return tuple(walk[1:-1] for walk in self._walks[sender, receiver])

    def hops(self, sender: int, receiver: int) -> int:
        """Return how many ticks a message takes at least."""
        return len(self.relays(sender, receiver)[0]) + 1

    def open(self, sender: int, receiver: int, faulty: AbstractSet[int]) -> int | None:
        """Return the hops of the shortest walk without faulty relays; None for none."""
        free = (one for one in self.relays(sender, receiver) if faulty.isdisjoint(one))
        return next((len(one) + 1 for one in free), None)

    @cached_property
    def _walks(self) -> dict[tuple[int, int], tuple[tuple[int, ...], ...]]:
        walks: dict[tuple[int, int], tuple[tuple[int, ...], ...]]
        walks = load(carrier().walks)(self._n, self._overlay)
        return walks
