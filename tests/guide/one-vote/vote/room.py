"""What the registry reads: the questions, the model, and the reference."""

from pydantic import Field

from milpbft.check.room import StrictRoom
from milpbft.question.strict import StrictInstance
from milpbft.table import model_of
from vote.replica import Reference
from vote.table import VoteTable


class VoteInstance(StrictInstance):
    """A strict question about one vote, which has one view."""

    views: int = Field(default=1, ge=1, le=1)
    example = "vote-n4-v1-b1-e2-forks"


class VoteRoom(StrictRoom):
    """The model, in the encoding that an instance asks for, and the replicas of a schedule."""

    def model(self, instance, *, executable=False):
        return model_of(instance, VoteTable(1, instance.values))

    def reference(self, schedule):
        return Reference(schedule.n)


ROOM = VoteRoom()
