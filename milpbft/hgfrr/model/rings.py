"""Rings as they become when nodes are removed or join, whoever is elected in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.hgfrr.topology import Topology


@dataclass(frozen=True, slots=True)
class State:
    """One ring: its members in order, and its contacts in theirs."""

    members: tuple[int, ...]
    contacts: tuple[int, ...]


Rings = tuple[State, ...]
"""All rings, as they are numbered in the topology; none is split or merged."""

Outcome = tuple[Rings, tuple[int, ...]]
"""Rings after a change, and who was elected in it: the lowest ring first."""


def rings_of(topology: Topology) -> Rings:
    """Return the rings of a topology."""
    return tuple(State(ring.members, ring.contacts) for ring in topology.rings)


def removed(topology: Topology, rings: Rings, node: int) -> Iterator[Outcome]:
    """Yield what becomes of the rings once a node is off them.

    Contacts that stay move up; the last place is taken by any other member, on every ring of which
    it was a contact.
    """
    home = next(
        i for i, ring in enumerate(topology.rings) if not ring.level and node in rings[i].members
    )
    here = rings[home]
    members = tuple(one for one in here.members if one != node)
    yield from _settled(topology, _with(rings, home, replace(here, members=members)), home, ())


def joined(topology: Topology, rings: Rings, node: int, ring: int, place: int) -> Iterator[Outcome]:
    """Yield what becomes of the rings once a newcomer stands before a place of a ring."""
    here = rings[ring]
    members = (*here.members[:place], node, *here.members[place:])
    yield from _settled(topology, _with(rings, ring, replace(here, members=members)), ring, ())


def _settled(
    topology: Topology, rings: Rings, ring: int, elected: tuple[int, ...]
) -> Iterator[Outcome]:
    """Fill the contacts of a ring up again, and go on with the ring above."""
    here, wanted = rings[ring], len(topology.rings[ring].contacts)
    stay = tuple(one for one in here.contacts if one in here.members)
    if len(stay) == wanted:
        outcomes = [(stay, elected)]
    else:
        others = (one for one in here.members if one not in stay)
        outcomes = [((*stay, one), (*elected, one)) for one in others]
    above = topology.rings[ring].parent
    for contacts, chosen in outcomes:
        after = _with(rings, ring, replace(here, contacts=contacts))
        if above < 0:
            yield after, chosen
            continue
        members = tuple(one for below in topology.children(above) for one in after[below].contacts)
        after = _with(after, above, replace(after[above], members=members))
        yield from _settled(topology, after, above, chosen)


def _with(rings: Rings, number: int, ring: State) -> Rings:
    return (*rings[:number], ring, *rings[number + 1 :])
