"""Membership: rings that grow and shrink; join, split, leave, merge, and election."""

from __future__ import annotations

from math import dist
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.reference.arcs import cut, insert, join
from milpbft.hgfrr.topology import Ring, Topology

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.reference.arcs import Point
    from milpbft.hgfrr.sizes import Sizes


class _Ring:
    """A ring that changes. Above level 0 its members are the contacts of its sub-rings."""

    __slots__ = ("contacts", "level", "members", "parent", "sub_rings")

    def __init__(self, level: int, members: list[int], sub_rings: list[_Ring]) -> None:
        self.level = level
        self.members = members
        self.sub_rings = sub_rings
        self.contacts: list[int] = []
        self.parent: _Ring | None = None
        for sub_ring in sub_rings:
            sub_ring.parent = self


class Overlay:
    """The rings of a network that nodes join and leave one by one (section 3.1).

    What the paper leaves open is decided so: the metric of locality is the distance between
    positions; a newcomer goes to the sub-ring of the nearest contact, and on the lowest ring to
    the place where the ring grows least in length; a ring is split into two arcs of equal size;
    the neighbour that a ring is merged with stands next to it on the ring above.

    Parameters
    ----------
    sizes
        When rings split and merge, and how many contacts they elect.
    seed
        Of the elections. The paper takes random numbers of trusted hardware that name the nodes.
    """

    def __init__(self, sizes: Sizes, seed: int = 0) -> None:
        self.sizes = sizes
        self._random = Random(seed)
        self._positions: list[Point] = []
        self._homes: dict[int, _Ring] = {}
        self._top: _Ring | None = None

    @classmethod
    def of(cls, topology: Topology, sizes: Sizes, seed: int = 0) -> Overlay:
        """Return an overlay that goes on from a topology."""
        overlay = cls(sizes, seed)
        overlay._positions = [(float(x), float(y)) for x, y in topology.positions]
        made: list[_Ring] = []
        for i, ring in enumerate(topology.rings):
            below = [made[child] for child in topology.children(i)]
            made.append(_Ring(ring.level, list(ring.members), below))
            made[-1].contacts = list(ring.contacts)
            if ring.level == 0:
                overlay._homes |= dict.fromkeys(ring.members, made[-1])
        overlay._top = made[-1]
        return overlay

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, node: int) -> bool:
        return node in self._homes

    def topology(self) -> Topology:
        """Return the rings as they are now.

        Raises
        ------
        InputError
            Where there is no node.
        """
        if self._top is None:
            raise InputError("overlay", "no nodes", "one node at least")
        levels = [[self._top]]
        while levels[-1][0].level:
            levels.append([below for ring in levels[-1] for below in ring.sub_rings])
        rings = [ring for level in reversed(levels) for ring in level]
        index = {id(ring): i for i, ring in enumerate(rings)}
        return Topology(
            np.array(self._positions, dtype=np.float64).reshape(-1, 2),
            tuple(
                Ring(
                    ring.level,
                    tuple(ring.members),
                    tuple(ring.contacts),
                    index[id(ring.parent)] if ring.parent else -1,
                )
                for ring in rings
            ),
        )

    # ---- join and split

    def join(self, position: Sequence[float]) -> int:
        """Add a node: from the top ring down to the lowest, each contact naming the next ring.

        Returns
        -------
        int
            Its id, the number of nodes that ever joined.
        """
        here = float(position[0]), float(position[1])
        if not np.isfinite(here).all():
            raise InputError("position", position, "finite coordinates")
        node = len(self._positions)
        self._positions.append(here)
        ring = self._top
        if ring is None:
            ring = self._top = _Ring(0, [], [])
        while ring.level:
            nearest = min(ring.members, key=lambda member: dist(self._positions[member], here))
            ring = next(below for below in ring.sub_rings if nearest in below.contacts)
        insert(ring.members, node, self._positions)
        self._homes[node] = ring
        self._settle(ring)
        return node

    def insert(self, ring: int, place: int) -> int:
        """Add a node where a metric of locality that is not known puts it.

        Parameters
        ----------
        ring
            Number of a ring of level 0, as :meth:`topology` has them.
        place
            It stands before the member that has been there; after the last one where there is none.

        Returns
        -------
        int
            Its id.
        """
        there = self._homes[self.topology().rings[ring].members[0]]
        node = len(self._positions)
        self._positions.append(self._positions[there.members[0]])
        there.members.insert(place, node)
        self._homes[node] = there
        self._settle(there)
        return node

    def _split(self, ring: _Ring) -> None:
        """Split a ring into two arcs, side by side on the ring above."""
        if ring.level:
            half = (len(ring.sub_rings) + 1) // 2
            parts = [_Ring(ring.level, [], ring.sub_rings[:half])]
            parts.append(_Ring(ring.level, [], ring.sub_rings[half:]))
        else:
            arcs = cut(ring.members, self._positions)
            parts = [_Ring(0, arc, []) for arc in arcs]
        for part in parts:
            self._renew(part)
            part.contacts = [node for node in ring.contacts if node in part.members]
            self._elect(part)
            if not part.level:
                self._homes |= dict.fromkeys(part.members, part)
        above = ring.parent
        if above is None:
            above = self._top = _Ring(ring.level + 1, [], parts)
        else:
            place = above.sub_rings.index(ring)
            above.sub_rings[place : place + 1] = parts
            for part in parts:
                part.parent = above
        self._settle(above)

    # ---- leave and merge

    def leave(self, node: int) -> None:
        """Remove a node; where it was a contact, the next generation is elected.

        Raises
        ------
        InputError
            Where it is not in the network.
        """
        ring = self._homes.pop(node, None)
        if ring is None:
            raise InputError("node", node, "a node of the network")
        ring.members.remove(node)
        if not self._homes:
            self._top = None
        else:
            self._settle(ring)

    def _merge(self, ring: _Ring) -> None:
        """Merge a ring that is too small with the nearer of its neighbours on the ring above."""
        above = ring.parent
        if above is None:
            return
        place, count = above.sub_rings.index(ring), len(above.sub_rings)
        beside = [above.sub_rings[(place + step) % count] for step in (1, -1)]
        other = min(beside, key=lambda each: self._gap(ring, each))
        # What were neighbours on the ring above stays in that order.
        keep, give = (ring, other) if other is beside[0] else (other, ring)
        above.sub_rings.remove(give)
        if keep.level:
            keep.sub_rings += give.sub_rings
            for below in give.sub_rings:
                below.parent = keep
        else:
            join(keep.members, give.members, self._positions)
            self._homes |= dict.fromkeys(give.members, keep)
        keep.contacts += give.contacts
        self._settle(keep)

    def _gap(self, one: _Ring, other: _Ring) -> float:
        """Distance between the nearest contacts of two rings; infinite where one has none."""
        pairs = ((a, b) for a in one.contacts for b in other.contacts)
        return min((dist(self._positions[a], self._positions[b]) for a, b in pairs), default=1e300)

    # ---- elections

    def rotate(self) -> None:
        """Elect the contacts of all rings anew, from the lowest level up (periodically due)."""
        if self._top is None:
            return
        level = list({id(ring): ring for ring in self._homes.values()}.values())
        while level:
            for ring in level:
                self._renew(ring)
                ring.contacts = []
                self._elect(ring)
            parents = (ring.parent for ring in level)
            level = list({id(above): above for above in parents if above}.values())

    def _elect(self, ring: _Ring) -> None:
        """Fill the contacts of a ring up with members, drawn by chance."""
        wanted = min(self.sizes.contacts, len(ring.members))
        del ring.contacts[wanted:]
        others = [node for node in ring.members if node not in ring.contacts]
        ring.contacts += self._random.sample(others, wanted - len(ring.contacts))

    def _renew(self, ring: _Ring) -> None:
        """Take the contacts of the sub-rings as members."""
        if ring.level:
            ring.members = [node for below in ring.sub_rings for node in below.contacts]

    def _settle(self, changed: _Ring) -> None:
        """After a change of a ring, elect, split and merge, from there to the top."""
        ring: _Ring | None = changed
        while ring is not None:
            self._renew(ring)
            ring.contacts = [node for node in ring.contacts if node in ring.members]
            self._elect(ring)
            if self._too_large(ring):
                self._split(ring)
                return
            if self._too_small(ring):
                self._merge(ring)
                return
            if ring.level and ring.parent is None and len(ring.sub_rings) == 1:
                self._top = ring.sub_rings[0]
                self._top.parent = None
                return
            ring = ring.parent

    def _too_large(self, ring: _Ring) -> bool:
        if ring.level:
            return len(ring.sub_rings) > self.sizes.most_rings
        return len(ring.members) > self.sizes.most

    def _too_small(self, ring: _Ring) -> bool:
        if ring.parent is None or len(ring.parent.sub_rings) < 2:
            return False
        if ring.level:
            return len(ring.sub_rings) < self.sizes.least_rings
        return len(ring.members) < self.sizes.least
