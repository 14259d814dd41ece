"""Rooms whose nodes are replicas: their schedules are replayed and held to their networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from milpbft.check.network import keeps
from milpbft.check.replay import replay
from milpbft.check.rest import SETTING, rests
from milpbft.room import PlainRoom

if TYPE_CHECKING:
    from milpbft.schedule import Schedule
    from milpbft.sim.replica import Reference
    from milpbft.verdict import Verdict


class StrictRoom(PlainRoom, ABC):
    """A room whose nodes are replicas that decide, all of one kind."""

    def replay(self, schedule: Schedule) -> Verdict:
        """Replay a schedule on the reference; it must keep its promises, and rest if it says so."""
        verdict = replay(schedule, self.reference(schedule))
        if verdict and "network" in schedule.settings:
            verdict = keeps(schedule, self.reference(schedule))
        if verdict and SETTING in schedule.settings:
            verdict = rests(schedule, self.reference(schedule))
        return replace(verdict, check="replay")

    @abstractmethod
    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Return the reference implementation in the sizes that a schedule was made for."""
