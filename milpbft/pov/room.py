"""The rooms of Proof of Vote: its reference, rounds, and elections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from milpbft.pov.conductor import conduct, replay_tenure
from milpbft.pov.instance import ElectionInstance, RoundInstance
from milpbft.pov.model.election import ElectionModel
from milpbft.pov.model.round import RoundModel
from milpbft.pov.model.tenure import TenureModel
from milpbft.pov.reference.elections import replay_election
from milpbft.pov.reference.replay import replay
from milpbft.pov.tenure_instance import TenureInstance
from milpbft.room import TableRoom

if TYPE_CHECKING:
    from milpbft.schedule import Schedule
    from milpbft.verdict import Verdict


class PovRoom(TableRoom):
    """The protocol: schedules of it are replayed by its own reference."""

    models: ClassVar = {
        RoundInstance: RoundModel,
        ElectionInstance: ElectionModel,
        TenureInstance: partial(TenureModel, unfold=conduct),
    }

    def replay(self, schedule: Schedule) -> Verdict:
        """Run rounds on nodes, or count the ballots of an election as they do."""
        other = {"povelection": replay_election, "povtenure": replay_tenure}
        return other.get(schedule.protocol, replay)(schedule)


POV = PovRoom()
