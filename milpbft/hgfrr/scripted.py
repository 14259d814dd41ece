"""Scripted: rings whose elections come out as a schedule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.membership import Overlay

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from milpbft.hgfrr.reference.membership import _Ring


def scripted(wanted: Iterable[tuple[int, int]], leaving: AbstractSet[int]) -> type[Overlay]:
    """Return rings that elect given nodes: the reference's random numbers are the adversary's.

    Parameters
    ----------
    wanted
        Pairs of a level and a node that a ring of that level is to elect; the contacts of a ring in
        their order.
    leaving
        Nodes that are about to be removed. Where none of those that are wanted is on a ring yet,
        one of these is elected, and then has to be replaced.
    """
    order = list(wanted)

    class Scripted(Overlay):
        def _elect(self, ring: _Ring) -> None:
            count = min(self.sizes.contacts, len(ring.members))
            del ring.contacts[count:]
            fitting = [node for level, node in order if level == ring.level]
            going = [node for node in ring.members if node in leaving]
            several = dict.fromkeys(
                n for n in (*fitting, *going, *ring.members) if n in ring.members
            )
            others = [node for node in several if node not in ring.contacts]
            ring.contacts += others[: count - len(ring.contacts)]

    return Scripted


def read_elections(text: str) -> list[tuple[int, int]]:
    """Read elections that a schedule has as ``level:node``, with commas."""
    pairs = (pair.partition(":") for pair in text.split(","))
    return [(int(level), int(node)) for level, _, node in pairs]


def in_turn(wanted: Iterable[int]) -> type[Overlay]:
    """Return rings that elect given nodes, one after the other, and then the first they can."""
    order = list(wanted)

    class InTurn(Overlay):
        def _elect(self, ring: _Ring) -> None:
            count = min(self.sizes.contacts, len(ring.members))
            del ring.contacts[count:]
            while len(ring.contacts) < count:
                others = [node for node in ring.members if node not in ring.contacts]
                if order and order[0] in others:
                    others = [order.pop(0)]
                ring.contacts.append(others[0])

    return InTurn
