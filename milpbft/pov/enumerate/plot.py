"""Plots: what is settled before a run, who is Byzantine and how the network is split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, combinations, product
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
        Nodes that are not on the first side, each with the number of its side.
    cut
        The first tick at which nothing crosses; None for never.
    """

    liars: tuple[int, ...]
    crooks: tuple[int, ...]
    away: tuple[tuple[int, int], ...] = ()
    cut: int | None = None

    @cached_property
    def _sides(self) -> dict[int, int]:
        return dict(self.away)

    def side(self, node: int) -> int:
        """Return the side that a node is on, 0 for the first."""
        return self._sides.get(node, 0)

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
    cuts: list[int | None] = [None]
    if i.parts:
        cuts = [i.cut] if i.cut is not None else [*range(i.horizon + 1), None]
    placed = tuple((c, i.part(c)) for c in range(i.commissioners) if i.parts and i.part(c))
    for liars in _lying(i):
        for crooks in _subsets(butlers, i.byzantine_butlers):
            honest = [node for node in butlers if node not in crooks]
            for sides in product(range(len(i.parts) or 1), repeat=len(honest)):
                gone = tuple((n, side) for n, side in zip(honest, sides, strict=True) if side)
                if len(gone) <= i.butlers - i.posted:
                    for cut in cuts:
                        yield Plot(liars, crooks, placed + gone, cut)


def _lying(i: RoundInstance) -> Iterator[tuple[int, ...]]:
    """Yield Byzantine commissioners: the last of each side."""
    ends = list(accumulate(i.parts or (i.commissioners,)))
    starts = [0, *ends[:-1]]
    for counts in product(range(i.byzantine_commissioners + 1), repeat=len(ends)):
        fits = all(
            many <= end - start for many, start, end in zip(counts, starts, ends, strict=True)
        )
        if fits and sum(counts) <= i.byzantine_commissioners:
            parts = (range(end - many, end) for many, end in zip(counts, ends, strict=True))
            yield tuple(chain.from_iterable(parts))


def _subsets(nodes: range | list[int], most: int) -> Iterator[tuple[int, ...]]:
    for count in range(min(most, len(nodes)) + 1):
        yield from combinations(nodes, count)
