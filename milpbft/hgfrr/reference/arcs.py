"""Arcs: places on a ring of points; where to insert a node, and where to cut a ring in two."""

from __future__ import annotations

from math import dist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]


def insert(members: list[int], node: int, positions: Sequence[Point]) -> None:
    """Put `node` between the two neighbours where the ring grows least in length."""

    def growth(place: int) -> float:
        before, after = positions[members[place - 1]], positions[members[place]]
        return dist(before, positions[node]) + dist(positions[node], after) - dist(before, after)

    place = min(range(len(members)), key=growth, default=0)
    members.insert(place, node)


def cut(members: Sequence[int], positions: Sequence[Point]) -> tuple[list[int], list[int]]:
    """Cut a ring into two arcs, of sizes that differ by one at most, that close to short rings."""
    size = len(members)
    half = size // 2

    def gap(one: int, other: int) -> float:
        return dist(positions[members[one % size]], positions[members[other % size]])

    def length(first: int) -> float:
        """Length that the rings gain where one arc goes from `first` to ``first + half - 1``."""
        closed = gap(first, first + half - 1) + gap(first + half, first - 1)
        return closed - gap(first - 1, first) - gap(first + half - 1, first + half)

    first = min(range(size), key=length)
    turned = [*members[first:], *members[:first]]
    return turned[:half], turned[half:]


def join(members: list[int], others: Sequence[int], positions: Sequence[Point]) -> None:
    """Put the nodes of another ring into a ring, one by one."""
    for node in others:
        insert(members, node, positions)
