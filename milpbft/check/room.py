"""Rooms whose nodes are replicas: their schedules are replayed and held to their networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from milpbft.check.network import keeps
from milpbft.check.replay import replay
from milpbft.room import PlainRoom

if TYPE_CHECKING:
    from milpbft.schedule import Schedule
    from milpbft.sim.replica import Reference
    from milpbft.verdict import Verdict


class StrictRoom(PlainRoom, ABC):
    """A room whose nodes are replicas that decide, all of one kind."""

    def replay(self, schedule: Schedule) -> Verdict:
        """Replay the schedule on the room's reference; it must keep its network's promises too."""
        verdict = replay(schedule, self.reference(schedule))
        if not verdict or "network" not in schedule.settings:
            return verdict
        kept = keeps(schedule, self.reference(schedule))
        return verdict if kept else replace(kept, check="replay")

    @abstractmethod
    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Return the reference implementation in the sizes that a schedule was made for."""
