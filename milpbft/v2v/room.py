"""The room of the V2V energy market."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from milpbft.check.room import CountingRoom
from milpbft.v2v.count import count
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance
from milpbft.v2v.market import MILLION
from milpbft.v2v.meaning import MEANINGS, UNMET
from milpbft.v2v.model.matching import MatchModel
from milpbft.v2v.model.ordering import OrderModel
from milpbft.v2v.model.stable import StableModel
from milpbft.v2v.model.worst_line import LineModel
from milpbft.v2v.model.worst_types import TypesModel
from milpbft.v2v.replay import replay
from milpbft.v2v.watching import watch

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.room import Model
    from milpbft.schedule import Schedule
    from milpbft.schedule.states import Watch
    from milpbft.verdict import Verdict


def worst_model(instance: WorstInstance) -> Model:
    """Return the model of a worst market, in its encoding."""
    return LineModel(instance) if instance.encoding == "distance" else TypesModel(instance)


class MarketRoom(CountingRoom):
    """The market: witnesses are run on the state machine, replicated where order counts."""

    models: ClassVar = {
        MatchInstance: MatchModel,
        StableInstance: StableModel,
        OrderInstance: OrderModel,
        WorstInstance: worst_model,
    }
    meanings: ClassVar = MEANINGS
    unmet: ClassVar = UNMET

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say what the unit of an objective is."""
        model = self.model(instance)
        unit = getattr(model, "unit", 1)
        if unit == 1:
            return ()
        parts, rest = divmod(MILLION, unit)
        if rest:
            return (f"values in {unit} millionths of a minor unit",)
        each = "minor units" if parts == 1 else f"1/{parts} of a minor unit"
        return (f"values in {each}",)

    def meaning(self, instance: Question, value: int | None) -> str:
        """Say what an optimum means, with its unit."""
        said = super().meaning(instance, value)
        return " ".join((said, *(f"({note})" for note in self.notes(instance)))) if value else said

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a witness; see :func:`milpbft.v2v.replay.replay`."""
        return replay(schedule)

    def delivers(self, schedule: Schedule, kind: str) -> bool:
        """Orders reach all replicas, which execute the same; schedules say their slots alone."""
        return False

    def called(self, kind: str) -> str:
        """Say that the name is that of an order."""
        return f"order {kind}"

    def watch(self, schedule: Schedule) -> Watch:
        """Return what the replicated market had after each slot."""
        return watch(schedule)

    def count(self, instance: Question, schedule: Schedule) -> int | None:
        """Count an objective again; see :func:`milpbft.v2v.count.count`."""
        return count(instance, schedule)


MARKET = MarketRoom()
