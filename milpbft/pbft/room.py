"""The rooms of PBFT, Linear BFT and SBFT."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.hgfrr.carried import carried_by
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftFastReference, SbftReference
from milpbft.pbft.strict import model_of
from milpbft.room import StrictRoom

if TYPE_CHECKING:
    from milpbft.part import Question
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.room import Model
    from milpbft.schedule import Schedule


class PbftRoom(StrictRoom):
    """A member of the family.

    Parameters
    ----------
    reference
        Its reference implementation.
    """

    def __init__(self, reference: type[FamilyReference[Any]]) -> None:
        self._reference = reference

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model: whatever it finds, replicas are to do.

        Raises
        ------
        InputError
            Where a schedule that replicas produce is asked for besides.
        """
        if executable or not isinstance(instance, PbftInstance):
            raise InputError("semantics", instance.semantics, "strict")
        return model_of(instance, carried_by(instance))

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say what few slots mean."""
        if not isinstance(instance, PbftInstance):
            return ()
        return model_of(instance, carried_by(instance)).notes

    def reference(self, schedule: Schedule) -> FamilyReference[Any]:
        """Return replicas with the schedule's primaries, sizes and variant.

        Of `settings`: ``redundant`` c of SBFT, and ``execution`` false to do without execution
        certificates; ``blind`` new views that ignore what may be
        committed; ``requests`` which value the clients of a node asked for, where not 0.
        """
        settings = schedule.settings
        rules = self._rules(schedule, int(settings.get("redundant", "0")))
        rules = replace(rules, keeps_claims=settings.get("blind") != "true")
        return self._reference(rules, requests=_requests(settings.get("requests", "")))

    def _rules(self, schedule: Schedule, redundant: int) -> Rules:
        return Rules.of(schedule.n, primaries=schedule.primaries)


def _requests(text: str) -> dict[int, tuple[int, ...]]:
    """Read ``node:value,node:value``."""
    pairs = [item.partition(":") for item in text.split(",") if item]
    return {int(node): (int(value),) for node, _, value in pairs}


class SbftRoom(PbftRoom):
    """SBFT, with a slow path or without."""

    def _rules(self, schedule: Schedule, redundant: int) -> Rules:
        slow = self._reference is not SbftFastReference
        said = {"slow": slow, "execution": schedule.settings.get("execution") != "false"}
        return Rules.sbft(schedule.n, redundant, primaries=schedule.primaries, **said)


PBFT = PbftRoom(PbftReference)
LINEAR = PbftRoom(LinearReference)
SBFT = SbftRoom(SbftReference)
SBFT_FAST = SbftRoom(SbftFastReference)
