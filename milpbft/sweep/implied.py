"""Implied: what proven results of a sweep say about instances whose executions nest with theirs.

An instance that allows more crashes has every execution of one that allows fewer: ``crashes`` is
how many nodes crash at most. The same holds for ``byzantine`` where the objective is ``faults``,
which tries at most so many, and for a longer horizon where the network is asynchronous and forks
are counted: an execution that ends in idle ticks has the same forks. So a maximum can only grow
with them, a minimum only shrink, and what is infeasible with more is infeasible with fewer. Nothing
is concluded from other fields: more Byzantine nodes, for one, leave fewer correct ones to count.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.question.strict import StrictInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.question.part import Question
    from milpbft.store import Record

Group = tuple[object, ...]


@dataclass(frozen=True)
class Place:
    """Where an instance stands among those that it nests with.

    Parameters
    ----------
    group
        The same for instances that differ in nothing else.
    levels
        Of the fields that only add executions; an instance has all executions of those with levels
        that are nowhere higher.
    """

    group: Group
    levels: tuple[int, ...]

    def covers(self, other: Place) -> bool:
        """Whether this has every execution of the other."""
        return all(one >= two for one, two in zip(self.levels, other.levels, strict=True))


def place(instance: Question) -> Place | None:
    """Return where an instance stands; None where nothing is known of such ones."""
    if not isinstance(instance, StrictInstance):
        return None
    goal = instance.objective.name
    growing = ["crashes"]
    if goal.startswith("faults_"):
        growing.append("byzantine")
    idle = instance.network == "asynchronous" and not instance.gossip and instance.timeout == 0
    if goal == "forks" and idle and instance.horizon is not None:
        growing.append("horizon")
    values = instance.model_dump(mode="json")
    levels = tuple(values.pop(field) for field in growing)
    return Place((*growing, *((name, str(value)) for name, value in values.items())), levels)


@dataclass(frozen=True)
class Implied:
    """What follows for an instance.

    Parameters
    ----------
    worst, best
        The optimum lies between the two, `best` being what no execution beats; None if unknown.
    infeasible
        Whether there is no execution at all.
    source
        Names of the instances that it follows from.
    """

    worst: int | None = None
    best: int | None = None
    infeasible: bool = False
    source: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to solve."""
        return self.infeasible or (self.best is not None and self.worst == self.best)


class Known:
    """The proven results of a sweep, by what they nest with."""

    def __init__(self) -> None:
        self._groups: dict[Group, dict[tuple[str, str], tuple[Place, Record]]] = defaultdict(dict)

    def add(self, instance: Question, record: Record) -> None:
        """Take in a result that a solver has proven; others are dropped."""
        spot = place(instance)
        if spot is not None and record.proven and not record.implied:
            self._groups[spot.group][record.instance, record.solver] = spot, record

    def drop(self, instance: Question, record: Record) -> None:
        """Forget a result that is no longer believed."""
        if (spot := place(instance)) is not None:
            self._groups[spot.group].pop((record.instance, record.solver), None)

    def _others(self, instance: Question) -> Iterator[tuple[bool, Record]]:
        """Yield results of other instances, and whether theirs are all executions of this one."""
        spot = place(instance)
        for other, record in self._groups[spot.group].values() if spot else ():
            if spot is not None and other.levels != spot.levels:
                if other.covers(spot):
                    yield True, record
                elif spot.covers(other):
                    yield False, record

    def of(self, instance: Question) -> Implied:
        """Return what follows for an instance."""
        best: Record | None = None
        worst: Record | None = None
        largest = instance.objective.sense == "max"
        for above, record in self._others(instance):
            if above and record.outcome == "infeasible":
                return Implied(infeasible=True, source=record.instance)
            if record.value is None:
                continue
            if above and (best is None or _beats(best, record, largest)):
                best = record
            if not above and (worst is None or not _beats(worst, record, largest)):
                worst = record
        sources = dict.fromkeys(one.instance for one in (best, worst) if one)
        low, high = (one.value if one else None for one in (worst, best))
        return Implied(low, high, source=" and ".join(sources))

    def against(self, instance: Question, record: Record) -> Record | None:
        """Return a result that contradicts a proven one; None where none does."""
        largest = record.sense == "max"
        for above, other in self._others(instance) if record.proven else ():
            more, less = (other, record) if above else (record, other)
            if more.outcome == "infeasible" and less.value is not None:
                return other
            if None not in (more.value, less.value) and _beats(less, more, largest):
                return other
        return None


def tightened(record: Record, implied: Implied) -> Record:
    """Return the record with the implied bound, where that is the better one.

    A value that reaches it is the optimum: its point has passed every check by itself.
    """
    if record.outcome not in ("feasible", "limit") or implied.best is None:
        return record
    largest = record.sense == "max"
    bound = record.bound
    if bound is not None and (bound <= implied.best if largest else bound >= implied.best):
        return record
    news: dict[str, object] = {"bound": implied.best, "implied": implied.source}
    checked = record.checks and all(status == "confirmed" for _, status, _ in record.checks)
    if record.value == implied.best and checked:
        reason = f"the bound follows from {implied.source}"
        news |= {"outcome": "optimal", "verdict": "confirmed", "reason": reason}
    return record.model_copy(update=news)


def _beats(one: Record, other: Record, largest: bool) -> bool:
    """Whether the value of one is better than that of the other."""
    assert one.value is not None, "it has one"
    assert other.value is not None, "it has one"
    return one.value > other.value if largest else one.value < other.value
