"""Elections: the rings of a topology with other contact nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.topology import Ring, Topology

if TYPE_CHECKING:
    from collections.abc import Sequence


def elect(topology: Topology, places: Sequence[Sequence[int]]) -> Topology:
    """Return the rings with the contacts that stand on given places.

    Parameters
    ----------
    topology
        Any topology; its lowest rings stay as they are.
    places
        Per ring the places of its contacts among its members, from 0 on, in order of election. As
        many per ring as it has, so that the rings above keep their sizes.

    Raises
    ------
    InputError
        Where a ring has other numbers of contacts or no such place.
    """
    if len(places) != len(topology.rings):
        raise InputError("contacts", len(places), f"one list per ring, {len(topology.rings)}")
    made: list[Ring] = []
    for i, (ring, chosen) in enumerate(zip(topology.rings, places, strict=True)):
        size = len(ring.members)
        if len(chosen) != len(ring.contacts) or not all(0 <= p < size for p in chosen):
            allowed = f"{len(ring.contacts)} places from 0 to {size - 1}"
            raise InputError("contacts", tuple(chosen), f"{allowed} for ring {i}")
        members = ring.members
        if ring.level:
            members = tuple(c for child in topology.children(i) for c in made[child].contacts)
        made.append(Ring(ring.level, members, tuple(members[p] for p in chosen), ring.parent))
    return Topology(topology.positions, tuple(made))


def places(topology: Topology) -> tuple[tuple[int, ...], ...]:
    """Return per ring the places of its contacts, as :func:`elect` takes them."""
    return tuple(
        tuple(ring.members.index(node) for node in ring.contacts) for ring in topology.rings
    )


def write_places(chosen: Sequence[Sequence[int]]) -> str:
    """Write places as text, e.g. ``0;2;1.3``, for settings of schedules."""
    return ";".join(".".join(map(str, ring)) for ring in chosen)


def read_places(text: str) -> tuple[tuple[int, ...], ...]:
    """Read what :func:`write_places` wrote.

    Raises
    ------
    InputError
        For any other text.
    """
    try:
        return tuple(tuple(map(int, ring.split("."))) for ring in text.split(";"))
    except ValueError:
        raise InputError("contacts", text, "places such as 0;2;1.3, a ring each") from None
