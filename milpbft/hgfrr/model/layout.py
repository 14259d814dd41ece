"""Layout: the places of an overlay's rings, and the trees over them, whoever stands there.

A ring above level 0 has a place for each contact of each of its sub-rings. Who is elected changes
who stands on a place, and where on a ring the trees begin, but neither places nor rings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

Place = tuple[int, int]
"""Index of a ring, and place among its members, from 0 on."""


def parent_number(number: int, k: int) -> int:
    """Return the parent of a node in the k-ary tree: its number less the highest power of k in it.

    Node i connects to ``i + k^e``, and node j is reached first by the lowest i that does so
    (section 3.1.1 of the paper).
    """
    power = 1
    while power * k <= number:
        power *= k
    return number - power


def depth(size: int, k: int) -> int:
    """Return the depth of the tree of a ring of `size` members."""
    depths = [0] * size
    for number in range(1, size):
        depths[number] = depths[parent_number(number, k)] + 1
    return max(depths)


@dataclass(frozen=True, eq=False)
class Layout:
    """The places of a topology, and how a broadcast uses them.

    Parameters
    ----------
    topology
        The rings; who is elected in them matters only where contacts are drawn.
    spread
        Parameters of the broadcast.
    source
        The node that broadcasts.
    """

    topology: Topology
    spread: Spread
    source: int

    @cached_property
    def bases(self) -> list[list[int]]:
        """Per ring and broadcasting contact: the base of its tree."""
        drawn: list[list[int]] = self.spread.bases(self.topology).tolist()
        return drawn

    def size(self, ring: int) -> int:
        """Members of a ring."""
        return len(self.topology.rings[ring].members)

    def level(self, ring: int) -> int:
        """Level of a ring."""
        return self.topology.rings[ring].level

    def contacts(self, ring: int) -> range:
        """Numbers of a ring's contacts."""
        return range(len(self.topology.rings[ring].contacts))

    def serving(self, ring: int) -> range:
        """Numbers of those that broadcast in it."""
        return range(min(self.spread.serving, len(self.contacts(ring))))

    def slot(self, ring: int, contact: int) -> Place | None:
        """Return the place of a contact on the ring above; None at the top."""
        above = self.topology.rings[ring].parent
        if above < 0:
            return None
        siblings = self.topology.children(above)
        before = siblings[: siblings.index(ring)]
        return above, sum(len(self.contacts(other)) for other in before) + contact

    def below(self, place: Place) -> tuple[int, int]:
        """Return the sub-ring whose contact stands on a place above level 0, and its number."""
        ring, number = place
        for child in self.topology.children(ring):
            count = len(self.contacts(child))
            if number < count:
                return child, number
            number -= count
        raise InputError("place", place, "a place of a ring above level 0")

    @cached_property
    def home(self) -> Place:
        """The source's place on its ring of level 0."""
        ring = self.topology.home(self.source)
        return ring, self.topology.rings[ring].members.index(self.source)

    @cached_property
    def way_up(self) -> tuple[int, ...]:
        """The rings that the message passes on its way up, from level 0 on."""
        found, ring = [], self.home[0]
        while ring >= 0:
            found.append(ring)
            ring = self.topology.rings[ring].parent
        return tuple(found)

    def around(self, ring: int, root: int) -> tuple[int, ...]:
        """Return the places of a ring in order, from `root` on."""
        size = self.size(ring)
        return tuple((root + number) % size for number in range(size))

    def tree(self, ring: int, contact: int, order: tuple[int, ...]) -> list[tuple[int, int]]:
        """Return the arcs of a contact's tree, parent first.

        Parameters
        ----------
        order
            The places of the ring's members in order, the contact's first.
        """
        base = self.bases[ring][contact]
        numbers = range(1, len(order))
        return [(order[parent_number(number, base)], order[number]) for number in numbers]

    @property
    def ticks_most(self) -> int:
        """Tick by which every broadcast has ended, whoever is elected or faulty.

        A message takes at most one tick up per level, and the depth of a tree per level down.
        """
        rings = range(len(self.topology.rings))
        deepest = [
            max(depth(self.size(i), self.bases[i][a]) for a in self.serving(i)) for i in rings
        ]
        levels: dict[int, int] = {}
        for i in rings:
            levels[self.level(i)] = max(levels.get(self.level(i), 0), deepest[i])
        return len(levels) + sum(levels.values())
