"""Carriage: how messages of a schedule travel, a hop each or over the relays of an overlay.

The overlay's relays are those of its reference implementation; the models have routes of their own.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.wiring import Wiring

if TYPE_CHECKING:
    from milpbft.schedule import Schedule


class Carriage:
    """The walks of messages between nodes.

    Parameters
    ----------
    n
        Number of nodes.
    wiring
        The overlay; None for a full mesh.
    """

    def __init__(self, n: int, wiring: Wiring | None = None) -> None:
        self._n = n
        self._wiring = wiring

    @classmethod
    def of(cls, schedule: Schedule) -> Carriage:
        """Read the setting ``overlay`` of a schedule.

        Raises
        ------
        InputError
            Where it is unreadable.
        """
        text = schedule.settings.get("overlay")
        return cls(schedule.n, None if text is None else Wiring.parse(text))

    def relays(self, sender: int, receiver: int) -> tuple[int, ...]:
        """Return the nodes between sender and receiver, in order; empty in a full mesh."""
        return self._walks[sender, receiver][1:-1] if self._wiring else ()

    def hops(self, sender: int, receiver: int) -> int:
        """Return how many ticks a message takes at least."""
        return len(self.relays(sender, receiver)) + 1

    @cached_property
    def _walks(self) -> dict[tuple[int, int], tuple[int, ...]]:
        assert self._wiring is not None, "a full mesh has no walks"
        wiring = self._wiring
        topology = topology_of(self._n, wiring.limits, wiring.seed)
        found: dict[tuple[int, int], tuple[int, ...]] = {}
        for source in range(self._n):
            ways = relays(topology, source, wiring.spread)
            found |= {(source, node): ways.path(node) for node in range(self._n)}
        return found
