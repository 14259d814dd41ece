"""Topology: the rings of an overlay at one moment, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring.

    Parameters
    ----------
    level
        0 for a ring of the lowest level, on which every node has its place.
    members
        Nodes in ring order; the successor of the last is the first.
    contacts
        The elected contact nodes, some of the members; the first is asked first.
    parent
        Index of the ring one level up on which the contacts have their places; -1 at the top.
    """

    level: int
    members: tuple[int, ...]
    contacts: tuple[int, ...]
    parent: int

    def number(self, node: int, root: int) -> int:
        """Steps along the ring from `root` to `node`: its number in the tree that `root` spans.

        Raises
        ------
        ValueError
            Where one of the two is not on the ring.
        """
        return (self.members.index(node) - self.members.index(root)) % len(self.members)


@dataclass(frozen=True, eq=False)
class Topology:
    """All rings, from the lowest level up; the last ring is the largest one, at the top.

    The paper (section 3.1) makes the contact nodes of the rings of one level the normal nodes of
    the next. It does not say where on that level a contact node stands; here the contacts of one
    ring stand next to each other, and those of neighbouring rings follow.

    Parameters
    ----------
    positions
        Shape (ids, 2), coordinates in any unit of length, e.g. in the unit square. Ids of nodes
        that left keep their row.
    rings
        Sorted by level.

    Raises
    ------
    InputError
        Where the rings do not form such a hierarchy; see :meth:`validate`.
    """

    positions: NDArray[np.float64]
    rings: tuple[Ring, ...]

    def __post_init__(self) -> None:
        self.validate()

    @cached_property
    def nodes(self) -> NDArray[np.int64]:
        """The nodes of the network, ascending."""
        return np.sort(np.concatenate([np.asarray(ring.members) for ring in self.level(0)]))

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def ids(self) -> int:
        """Length of an array that is indexed by node: all ids that were ever given."""
        return len(self.positions)

    @property
    def levels(self) -> int:
        """Number of levels, 1 where there is one ring only."""
        return self.rings[-1].level + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of members per ring."""
        return np.array([len(ring.members) for ring in self.rings], dtype=np.int64)

    def level(self, level: int) -> tuple[Ring, ...]:
        """Return the rings of a level."""
        return tuple(self.rings[i] for i in self._by_level.get(level, ()))

    def indices(self, level: int) -> tuple[int, ...]:
        """Return the indices of the rings of a level."""
        return self._by_level.get(level, ())

    def children(self, ring: int) -> tuple[int, ...]:
        """Return the indices of the rings whose contacts are the members of `ring`."""
        return self._children.get(ring, ())

    def home(self, node: int) -> int:
        """Return the index of the lowest ring that `node` is on.

        Raises
        ------
        InputError
            Where it is not in the network.
        """
        try:
            return self._homes[node]
        except KeyError:
            allowed = f"a node of the network, which has {self.n}"
            raise InputError("node", node, allowed) from None

    def places(self, node: int) -> tuple[int, ...]:
        """Return the indices of the rings that `node` is on, from the lowest level up."""
        ring, found = self.home(node), []
        while ring >= 0 and node in self.rings[ring].members:
            found.append(ring)
            ring = self.rings[ring].parent
        return tuple(found)

    @property
    def contact_nodes(self) -> tuple[int, ...]:
        """All nodes that are a contact node of some ring, ascending."""
        return tuple(sorted({node for ring in self.rings for node in ring.contacts}))

    @cached_property
    def _by_level(self) -> dict[int, tuple[int, ...]]:
        return _grouped((ring.level, i) for i, ring in enumerate(self.rings))

    @cached_property
    def _children(self) -> dict[int, tuple[int, ...]]:
        return _grouped((ring.parent, i) for i, ring in enumerate(self.rings))

    @cached_property
    def _homes(self) -> dict[int, int]:
        return {node: i for i in self.indices(0) for node in self.rings[i].members}

    def validate(self) -> None:
        """Check that the rings form a hierarchy.

        Every node is on one ring of level 0; a ring has one contact node at least, each one of its
        members; the members of a ring of level l + 1 are the contacts of its sub-rings of level l,
        in their order; one ring is at the top.

        Raises
        ------
        InputError
            Of the field ``rings``, with what is wrong.
        """
        if not self.rings:
            raise InputError("rings", (), "one ring at least")
        for i, ring in enumerate(self.rings):
            _check_ring(i, ring, len(self.rings), self.rings)
        lowest = [node for ring in self.level(0) for node in ring.members]
        if len(set(lowest)) != len(lowest):
            raise InputError("rings", "a node twice", "each node on one ring of level 0")
        if min(lowest, default=0) < 0 or max(lowest, default=0) >= self.ids:
            raise InputError("rings", max(lowest), f"nodes from 0 to {self.ids - 1}")
        for i, ring in enumerate(self.rings):
            below = tuple(c for child in self.children(i) for c in self.rings[child].contacts)
            if ring.level > 0 and ring.members != below:
                raise InputError("rings", f"ring {i}", "the contacts of its sub-rings as members")


def _check_ring(i: int, ring: Ring, count: int, rings: tuple[Ring, ...]) -> None:
    top = i == count - 1
    if not ring.members:
        raise InputError("rings", f"ring {i} of no members", "one member at least")
    if not ring.contacts or not set(ring.contacts) <= set(ring.members):
        raise InputError("rings", f"contacts {ring.contacts} of ring {i}", "some of its members")
    if len(set(ring.contacts)) != len(ring.contacts):
        raise InputError("rings", f"contacts {ring.contacts} of ring {i}", "each node once")
    if (ring.parent == -1) != top:
        raise InputError("rings", f"parent {ring.parent} of ring {i}", "-1 for the last ring only")
    if not top and (not i < ring.parent < count or rings[ring.parent].level != ring.level + 1):
        raise InputError("rings", f"parent {ring.parent} of ring {i}", "a ring one level up")


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    groups: dict[int, list[int]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}
