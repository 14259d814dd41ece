"""Replicas of a profile whose timers run in ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.production.alarm import NANOSECONDS
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.dbft.reference.production.timing import on_commit, on_entry, on_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.dbft.reference.production.profile import Profile
    from milpbft.dbft.reference.production.replica import ProductionReplica
    from milpbft.sim.signatures import Signatures

TICK = 1000
"""Milliseconds of a tick."""


class TimedReference(ProductionReference):
    """Replicas that start at tick 0, and whose timers are due at ticks.

    Parameters
    ----------
    n, rules, options, height
        As of `ProductionReference`.
    timeout
        Ticks that the timer of a backup runs in view 0: twice the time of a block.
    keys
        Keys of all nodes, by default a ring of seed 0.
    """

    def __init__(
        self,
        n: int,
        rules: Profile | str,
        options: Mapping[str, str] | None = None,
        *,
        height: int,
        timeout: int,
        keys: Signatures | None = None,
    ) -> None:
        super().__init__(n, rules, options, height=height, period=timeout * TICK // 2, keys=keys)
        self.period_ms, self.tick_ms = timeout * TICK // 2, TICK

    def tell(self, replica: ProductionReplica, tick: int) -> None:
        """Set the clock of a replica."""
        replica.alarm.now = tick * TICK

    def begin(self, replica: ProductionReplica, tick: int) -> None:
        """Start the timer of a replica anew: as if it did now what set it last.

        That is a commit, else its proposal, else coming to its view.
        """
        book = replica.book
        self.tell(replica, tick)
        if replica.locked:
            replica.alarm.reset(on_commit(book))
        elif book.is_primary and book.has_preparation_of_primary:
            replica.alarm.reset(on_request(book))
        else:
            replica.alarm.reset(on_entry(book, recovering=False))

    def due(self, replica: ProductionReplica) -> int | None:
        """Return the first tick at which its timer has run off; None for a node with its block."""
        return None if replica.done else -(-replica.alarm.due_exactly // (TICK * NANOSECONDS))
