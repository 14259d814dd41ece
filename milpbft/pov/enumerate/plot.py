"""Plots: what is settled before a run, who is Byzantine and how the network is split."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.instance import RoundInstance


@dataclass(frozen=True)
class Plot:
    """Who is Byzantine, who is on the second side, and from when on.

    Parameters
    ----------
    liars, crooks
        Nodes of Byzantine commissioners and butlers.
    away
        Nodes on the second side.
    cut
        The first tick at which nothing crosses; None for never.
    """

    liars: tuple[int, ...]
    crooks: tuple[int, ...]
    away: frozenset[int] = frozenset()
    cut: int | None = None

    @property
    def faulty(self) -> frozenset[int]:
        """All Byzantine nodes."""
        return frozenset(self.liars + self.crooks)


def plots(instance: RoundInstance) -> list[Plot]:
    """Return all plots of an instance; of commissioners on one side the last are Byzantine.

    On an overlay they have places, and any may be.
    """
    if instance.overlay:
        return list(_placed(instance))
    return list(_plots(instance))


def _placed(i: RoundInstance) -> Iterator[Plot]:
    butlers = range(i.commissioners, i.commissioners + i.butlers)
    for liars in _subsets(range(i.commissioners), i.byzantine_commissioners):
        for crooks in _subsets(butlers, i.byzantine_butlers):
            yield Plot(liars, crooks)


def _plots(i: RoundInstance) -> Iterator[Plot]:
    butlers = range(i.commissioners, i.commissioners + i.butlers)
    sides = range(i.side), range(i.side, i.commissioners)
    cuts: list[int | None] = [None]
    if i.side:
        cuts = [i.cut] if i.cut is not None else [*range(i.horizon + 1), None]
    for here in range(min(i.byzantine_commissioners, len(sides[0])) + 1):
        for there in range(min(i.byzantine_commissioners - here, len(sides[1])) + 1):
            liars = (*sides[0][len(sides[0]) - here :], *sides[1][len(sides[1]) - there :])
            for crooks in _subsets(butlers, i.byzantine_butlers):
                honest = [node for node in butlers if node not in crooks]
                most = min(len(honest), i.butlers - i.posted) if i.side else 0
                for gone in _subsets(honest, most):
                    away = frozenset({*sides[1], *gone}) if i.side else frozenset[int]()
                    for cut in cuts:
                        yield Plot(liars, crooks, away, cut)


def _subsets(nodes: range | list[int], most: int) -> Iterator[tuple[int, ...]]:
    for count in range(min(most, len(nodes)) + 1):
        yield from combinations(nodes, count)
