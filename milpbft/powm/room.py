"""The room of parallel proof of work: nonce sets, failures, a cut, and captured elections."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from milpbft.check.room import CountingRoom
from milpbft.powm.count import count
from milpbft.powm.electing import ElectInstance
from milpbft.powm.instance import AssignInstance, CutInstance, FailInstance
from milpbft.powm.meaning import MEANINGS, RULES
from milpbft.powm.model.assign import assign_model
from milpbft.powm.model.cut import CutModel
from milpbft.powm.model.elect import ElectModel
from milpbft.powm.model.fail import FailModel
from milpbft.powm.reference.replay import replay
from milpbft.powm.watching import watch
from milpbft.solvers import prover

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.schedule.states import Watch
    from milpbft.verdict import Verdict


class PowmRoom(CountingRoom):
    """The protocol: schedules of it are replayed by its own reference."""

    models: ClassVar = {
        AssignInstance: assign_model,
        FailInstance: FailModel,
        CutInstance: CutModel,
        ElectInstance: ElectModel,
    }
    meanings: ClassVar = MEANINGS
    rules = RULES

    def solver(self, instance: Question) -> str | None:
        """CBC; of cuts, where it takes minutes, the best prover."""
        return None if isinstance(instance, CutInstance) else "cbc"

    def second(self, instance: Question) -> str | None:
        """Another prover: one build of CBC was seen to claim a wrong optimum of a cut."""
        return "highs" if isinstance(instance, CutInstance) and prover() != "highs" else prover()

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a schedule on nodes, carry its grants out, or play its policy."""
        return replay(schedule)

    def names(self, schedule: Schedule) -> list[str]:
        """Name managers, the active one first, and miners, where nodes are named."""
        said = "1" if schedule.protocol == "powmcut" else schedule.settings.get("supports", "")
        if not said.isdecimal():
            return super().names(schedule)
        return [f"{'manager' if node <= int(said) else 'miner'} {node}"
                for node in range(schedule.n)]  # fmt: skip

    def delivers(self, schedule: Schedule, kind: str) -> bool:
        """Elections are known to all who are not cut off; schedules do not say to whom."""
        return kind != "Elected"

    def called(self, kind: str) -> str:
        """Say which nonces are granted."""
        base, _, nonces = kind.partition("#")
        low, mark, end = nonces.partition("-")
        return f"{base} of nonces {low} to {int(end) - 1}" if mark else super().called(kind)

    def watch(self, schedule: Schedule) -> Watch:
        """Run a schedule of failures or of a cut, and return what each node had when."""
        return watch(schedule)

    def count(self, instance: Question, schedule: Schedule) -> int | None:
        """Count an objective again, by the events of a schedule."""
        return count(instance, schedule)


POWM = PowmRoom()
"""Instances of parallel proof of work."""
