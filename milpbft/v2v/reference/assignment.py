"""The matching of most weight, exact for integers of any size.

A solver on replicas would be a source of divergence, and doubles do not hold such weights. This is
the Hungarian method with potentials (Kuhn 1955, Munkres 1957), O(n^3) operations on integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def best_matching(weights: Mapping[tuple[T, T], int]) -> list[tuple[T, T]]:
    """Return pairs of most weight in all, no end of them twice; pairs may be left out.

    Parameters
    ----------
    weights
        Weight of each pair that may be taken, left end first.
    """
    lefts = list(dict.fromkeys(left for left, _ in weights))
    rights = list(dict.fromkeys(right for _, right in weights))
    # Every left end has a column of its own in which it stays unmatched, at no weight.
    width = len(rights) + len(lefts)
    forbidden = sum(abs(weight) for weight in weights.values()) + 1
    costs = [
        [-weights.get((left, right), -forbidden) for right in rights]
        + [0 if other == left else forbidden for other in lefts]
        for left in lefts
    ]
    columns = assign(costs, width)
    return [
        (left, rights[column])
        for left, column in zip(lefts, columns, strict=True)
        if column < len(rights)
    ]


def assign(costs: list[list[int]], width: int) -> list[int]:
    """Return a column per row, all different, with the least sum of costs."""
    row_price = [0] * (len(costs) + 1)
    column_price = [0] * (width + 1)
    owner = [0] * (width + 1)
    for row in range(1, len(costs) + 1):
        owner[0], column = row, 0
        slack: list[int | None] = [None] * (width + 1)
        came_from = [0] * (width + 1)
        done = [False] * (width + 1)
        while owner[column]:
            done[column] = True
            least, following, here = None, 0, owner[column]
            for j in range(1, width + 1):
                if done[j]:
                    continue
                reduced = costs[here - 1][j - 1] - row_price[here] - column_price[j]
                known = slack[j]
                if known is None or reduced < known:
                    slack[j], came_from[j] = reduced, column
                    known = reduced
                if least is None or known < least:
                    least, following = known, j
            assert least is not None, "there are more columns than rows"
            for j in range(width + 1):
                if done[j]:
                    row_price[owner[j]] += least
                    column_price[j] -= least
                elif (known := slack[j]) is not None:
                    slack[j] = known - least
            column = following
        while column:
            owner[column] = owner[came_from[column]]
            column = came_from[column]
    columns = [0] * len(costs)
    for j in range(1, width + 1):
        if owner[j]:
            columns[owner[j] - 1] = j - 1
    return columns
