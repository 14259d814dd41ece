"""The rooms of Proof of Vote: its reference, rounds, and elections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.pov.conductor import conduct, replay_tenure
from milpbft.pov.elections import replay_election
from milpbft.pov.instance import ElectionInstance, RoundInstance
from milpbft.pov.model.election import ElectionModel
from milpbft.pov.model.round import RoundModel
from milpbft.pov.model.tenure import TenureModel
from milpbft.pov.reference.replay import replay
from milpbft.pov.tenure_instance import TenureInstance
from milpbft.room import StrictRoom

if TYPE_CHECKING:
    from milpbft.part import Question
    from milpbft.room import Model
    from milpbft.schedule import Schedule
    from milpbft.sim.replica import Reference
    from milpbft.verdict import Verdict


class PovRoom(StrictRoom):
    """The protocol: schedules of it are replayed by its own reference."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model of a round, an election or a tenure.

        Raises
        ------
        InputError
            Where the instance is of another protocol, or executable schedules are asked for: all
            are.
        """
        if not executable and isinstance(instance, RoundInstance):
            return RoundModel(instance)
        if not executable and isinstance(instance, ElectionInstance):
            return ElectionModel(instance)
        if not executable and isinstance(instance, TenureInstance):
            return TenureModel(instance, conduct)
        raise InputError("protocol", instance.protocol, "povround, povelection or povtenure")

    def replay(self, schedule: Schedule) -> Verdict:
        """Run rounds on nodes, or count the ballots of an election as they do."""
        other = {"povelection": replay_election, "povtenure": replay_tenure}
        return other.get(schedule.protocol, replay)(schedule)

    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Refuse: nodes of Proof of Vote have roles, and a world of their own.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("protocol", schedule.protocol, "a protocol whose nodes are all alike")


POV = PovRoom()
