"""Order: the cheapest jobs first, ends of what nests before its middle."""

from __future__ import annotations

from collections import defaultdict
from math import log1p
from typing import TYPE_CHECKING, Protocol, TypeVar

from milpbft.sweep.implied import place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.question.part import Question
    from milpbft.sweep.implied import Group


class Asked(Protocol):
    """Something with an instance."""

    @property
    def instance(self) -> Question:
        """The instance."""
        ...


T = TypeVar("T", bound="Asked")


def expected_cost(instance: Question, seconds: Mapping[str, float]) -> float:
    """Return a number that grows with what an instance is expected to cost.

    Parameters
    ----------
    seconds
        What instances cost before, by name: then that is expected again. Otherwise, the
        logarithms of its numbers say how large it is.
    """
    if instance.name in seconds:
        return log1p(seconds[instance.name])
    values = [value for name, value in instance.model_dump().items() if name != "seed"]
    return 1.0 + sum(log1p(abs(value)) for value in values if type(value) is int)


def ordered(items: Sequence[T], seconds: Mapping[str, float]) -> list[T]:
    """Sort by expected cost; of instances that nest, the ends may settle those between."""
    groups: dict[Group, list[T]] = defaultdict(list)
    for item in items:
        spot = place(item.instance)
        groups[spot.group if spot else (id(item),)].append(item)
    found: list[tuple[float, int, T]] = []
    for members in groups.values():
        members.sort(key=lambda item: (spot := place(item.instance)) is not None and spot.levels)
        middle = members[1:-1]
        ranked = [*members[:1], *members[-1:], *middle] if len(members) > 1 else members
        costs = [expected_cost(item.instance, seconds) for item in ranked]
        if middle:
            costs[2:] = [max(cost, *costs[:2]) for cost in costs[2:]]
        found += [(cost, rank, item) for rank, (cost, item) in
                  enumerate(zip(costs, ranked, strict=True))]  # fmt: skip
    return [item for _, _, item in sorted(found, key=lambda one: one[:2])]
