"""The room of dBFT 2.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.published.model import PublishedModel
from milpbft.dbft.published.postpone import postpone
from milpbft.dbft.published.script import runs
from milpbft.dbft.published.sizes import Sizes
from milpbft.dbft.reference import DbftReference
from milpbft.dbft.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.instance import Instance
    from milpbft.schedule import Schedule


class Dbft2Room:
    """dBFT 2.0, published semantics."""

    def model(self, instance: Instance, *, executable: bool = False) -> PublishedModel:
        """Return the published model; executable schedules come from the compact encoding."""
        if executable:
            instance = instance.model_copy(update={"encoding": "compact"})
        return PublishedModel(instance, executable)

    def notes(self, instance: Instance) -> tuple[str, ...]:
        """Say what N other than 3f+1 means in the published model."""
        size = Sizes(instance.n, instance.horizon)
        if size.byzantine == size.f:
            return ()
        return (
            f"N = {size.n} is not 3f+1: the published model takes f = {size.f} and a quorum of "
            f"2f+1 = {size.quorum}, so {size.byzantine} nodes are Byzantine, more than f",
        )

    def runs(self, instance: Instance) -> Iterator[Schedule]:
        """Run the scripted adversaries of the published model."""
        return runs(instance)

    def on_one_clock(self, schedule: Schedule) -> Schedule:
        """Postpone deliveries where views have clocks of their own."""
        return postpone(schedule) if schedule.view_ticks else schedule

    def reference(self, schedule: Schedule) -> DbftReference:
        """Return replicas with the schedule's primaries, and M = 2f+1 as published.

        Where n = 3f+1, that is the protocol's own quorum n - f.
        """
        quorum = 2 * ((schedule.n - 1) // 3) + 1 if schedule.view_ticks else None
        return DbftReference(Rules.of(schedule.n, quorum=quorum, primaries=schedule.primaries))


ROOM = Dbft2Room()
