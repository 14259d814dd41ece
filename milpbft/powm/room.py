"""The room of parallel proof of work: nonce sets, failures, a cut, and captured elections."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from milpbft.powm.instance import AssignInstance, CutInstance, ElectInstance, FailInstance
from milpbft.powm.model.assign import assign_model
from milpbft.powm.model.cut import CutModel
from milpbft.powm.model.elect import ElectModel
from milpbft.powm.model.fail import FailModel
from milpbft.room import TableRoom

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.verdict import Verdict


class PowmRoom(TableRoom):
    """The protocol: schedules of it are replayed by its own reference."""

    models: ClassVar = {
        AssignInstance: assign_model,
        FailInstance: FailModel,
        CutInstance: CutModel,
        ElectInstance: ElectModel,
    }

    def solver(self, instance: Question) -> str | None:
        """CBC, which a second prover is asked beside."""
        return "cbc"

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a schedule."""
        from milpbft.verdict import Verdict

        return Verdict("replay", "undecided")


POWM = PowmRoom()
"""Instances of parallel proof of work."""
