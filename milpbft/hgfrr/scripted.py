"""Scripted: rings whose elections come out as a schedule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.membership import Overlay

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from milpbft.hgfrr.reference.membership import _Ring


def scripted(wanted: AbstractSet[tuple[int, int]], leaving: AbstractSet[int]) -> type[Overlay]:
    """Return rings that elect given nodes: the reference's random numbers are the adversary's.

    Parameters
    ----------
    wanted
        Pairs of a level and the node that a ring of that level is to elect.
    leaving
        Nodes that are about to be removed. While others than those that are wanted are on a ring,
        one of these is elected, and then has to be replaced.
    """

    class Scripted(Overlay):
        def _elect(self, ring: _Ring) -> None:
            if ring.contacts:
                super()._elect(ring)
                return
            fitting = [node for node in ring.members if (ring.level, node) in wanted]
            going = [node for node in ring.members if node in leaving]
            ring.contacts = (fitting or going or ring.members)[:1]

    return Scripted


def read_elections(text: str) -> set[tuple[int, int]]:
    """Read elections that a schedule has as ``level:node``, with commas."""
    pairs = (pair.partition(":") for pair in text.split(","))
    return {(int(level), int(node)) for level, _, node in pairs}
