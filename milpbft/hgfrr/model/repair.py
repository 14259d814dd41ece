"""Repair as a MILP: crashed nodes are removed, contacts replaced, and the broadcast is repeated.

Everybody who crashes does so before the repair, and nobody afterwards. A contact that did not crash
stays; the place of another one is taken by whom the adversary likes, of those that are left. The
rings keep so many members that none are merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.errors import InputError
from milpbft.hgfrr.model.broadcast import Broadcast, Shape
from milpbft.hgfrr.model.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.hgfrr.model.layout import Layout
    from milpbft.hgfrr.model.terms import Series, Terms

Gone = frozenset[int]
"""Places of a ring whose nodes have crashed."""


def queries(size: int, gone: Gone) -> int:
    """Return the messages of double checks on a ring, of which at most two members are gone.

    A neighbour that misses a heartbeat asks on along the ring until somebody answers: one question
    per member that is asked, and an answer. One gone member is asked about once; of two that are
    neighbours, each is asked about by the neighbour that it has left.
    """
    runs = [2] if _adjacent(size, gone) else [1] * len(gone)
    return sum(run * (run + 1 if run <= size - 2 else size - 2) for run in runs)


def _adjacent(size: int, gone: Gone) -> bool:
    return len(gone) == 2 and (max(gone) - min(gone)) in {1, size - 1}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Who of a ring has crashed and on which place its contact stands afterwards."""

    gone: Gone
    root: int


class Repair(Broadcast):
    """The broadcast that is repeated, on the repaired rings; its clock starts anew.

    Parameters
    ----------
    terms, layout
        As of the first broadcast, with one contact per ring.
    crashes
        Who has crashed: at most two.
    most
        How many those are.
    """

    def __init__(self, terms: Terms, layout: Layout, crashes: Faults, most: int) -> None:
        self._crashes = crashes
        self._most = most
        self._patterns: dict[int, dict[Pattern, Affine]] = {}
        super().__init__(terms, layout, Faults(terms, (), 0, "crash"), chosen=True)

    def _elect(self, ring: int, contact: int) -> list[Affine]:
        """One pattern w per ring: ``sum w = 1``, ``sum(q in gone) w = crashed[q]``.

        ``root[p]`` is the sum of the patterns whose contact stands on p.
        """
        rows, size = self.terms.rows, self.layout.size(ring)
        patterns = list(self._possible(ring))
        variables = self.terms.binaries(f"pattern_{ring}", len(patterns))
        self._patterns[ring] = chosen = dict(zip(patterns, variables, strict=True))
        rows.equal("pattern", Affine.total(variables), ONE)
        for place in range(size):
            there = Affine.total(w for pattern, w in chosen.items() if place in pattern.gone)
            rows.equal("gone", there, self._crashed(ring, place))
        return [
            Affine.total(w for pattern, w in chosen.items() if pattern.root == place)
            for place in range(size)
        ]

    def _possible(self, ring: int) -> Iterator[Pattern]:
        """Yield who may be gone, at most so many, and who is contact then.

        On a ring above level 0 the place of a gone contact is taken by its successor below.
        """
        size, lowest = self.layout.size(ring), self.layout.level(ring) == 0
        elected = self.layout.topology.rings[ring]
        before = elected.members.index(elected.contacts[0])
        for count in range(min(self._most, size) + 1):
            for gone in map(frozenset, combinations(range(size), count)):
                if before not in gone:
                    yield Pattern(gone, before)
                    continue
                yield from (Pattern(gone, p) for p in range(size) if not lowest or p not in gone)

    def _crashed(self, ring: int, place: int) -> Affine:
        return self._crashes.ever(self.layout.topology.rings[ring].members[place])

    def shapes(self, ring: int, contact: int) -> Iterator[Shape]:
        """Yield the shapes of a tree: whoever is gone from a ring of level 0 has no place in it."""
        if self.layout.level(ring):
            yield from super().shapes(ring, contact)
            return
        for pattern, variable in self._patterns[ring].items():
            order = self.layout.around(ring, pattern.root)
            left = tuple(place for place in order if place not in pattern.gone)
            yield Shape(left, ONE - variable)

    def cost(self) -> Affine:
        """Count the messages of the repair, without the two broadcasts.

        Double checks; news of who is gone, one per other member of each of its rings; and of who is
        elected, to the other members of the ring and of the ring above.
        """
        found = []
        for ring, patterns in self._patterns.items():
            size, parent = self.layout.size(ring), self.layout.topology.rings[ring].parent
            elected = self.layout.topology.rings[ring]
            before = elected.members.index(elected.contacts[0])
            above = self.layout.size(parent) - 1 if parent >= 0 else 0
            for pattern, variable in patterns.items():
                left = size - len(pattern.gone)
                told = max(left - 1, 0) * len(pattern.gone)
                here = left if self.layout.level(ring) == 0 else size
                news = here - 1 + above if before in pattern.gone else 0
                found.append((queries(size, pattern.gone) + told + news) * variable)
        return Affine.total(found)


def check(layout: Layout, faults: int, least: int, repair: int, horizon: int) -> None:
    """Refuse what the model leaves out.

    Raises
    ------
    InputError
        Where a ring might be merged, or the first broadcast goes on after the repair.
    """
    lowest = [i for i, ring in enumerate(layout.topology.rings) if ring.level == 0]
    smallest = min(map(layout.size, lowest))
    fewest = least if len(lowest) > 1 else 1
    if smallest - faults < fewest:
        allowed = f"at most {smallest - fewest}: else rings of {smallest} are merged"
        raise InputError("faults", faults, allowed)
    if repair <= horizon:
        raise InputError("repair", repair, f"{horizon + 1} or later, when the first broadcast ends")


def last_tick_of_two(
    terms: Terms, faults: Faults, first: dict[int, Series], second: dict[int, Series], repair: int
) -> Affine:
    """Return the tick at which a correct node first holds the message, of either broadcast.

    As :func:`milpbft.hgfrr.model.goals.last_tick`; a node that is watched waits at tick t while the
    first broadcast has not come to it, and from the repair on the second, whose clock starts there.
    """
    rows, last = terms.rows, repair + terms.horizon
    watched = {node: terms.binary(f"watched_{node}") for node in first}
    waits = terms.binaries("waits", last)
    rows.equal("watched", Affine.total(watched.values()), ONE)
    for node, sees in watched.items():
        rows.at_most("watched", sees, first[node][-1] + second[node][-1])
        rows.at_most("watched", sees + faults.ever(node), ONE)
        for tick, waiting in enumerate(waits):
            early = first[node][min(tick, terms.horizon)]
            late = second[node][tick - repair] if tick >= repair else ZERO
            rows.at_most("waits", waiting + sees + early, 2)
            rows.at_most("waits", waiting + sees + late, 2)
    return Affine.total(waits)
