"""A broadcast over the overlay as a MILP over ticks: who holds the message, who passes it on.

Every variable over ticks is cumulative. Names below: R a ring, q a place on it, a one of its
contacts that broadcast, b any of its contacts.

- ``tree[R,a,q,t]``: place q has joined the tree of contact a by tick t; who joins passes it on in
  the same tick to its children in that tree.
- ``heard[R,b,t]``: contact b has what it takes to broadcast in R: the message came up to it, or it
  heard on a ring above.
- ``member[R,q,t]``: who stands on place q has heard on R, or above.
- ``up[l,a,t]``: the message has come up to contact a of the source's ring of level l.
- ``root[R,b,p]``: contact b stands on place p; constant where contacts are drawn.

Nodes are those of section 3.1 of the paper: correct ones do at once what is theirs, so the only
choices are who is faulty, since when, and, if asked for, who is elected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.hgfrr.model.faults import Faults, arrive
from milpbft.hgfrr.model.links import Links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.hgfrr.model.layout import Layout, Place
    from milpbft.hgfrr.model.terms import Series, Terms


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape that a tree may have.

    Parameters
    ----------
    order
        The places that are in it, in the order of the ring; the tree begins at the first.
    unless
        0 where the tree has this shape, 1 otherwise.
    """

    order: tuple[int, ...]
    unless: Affine


class Broadcast:
    """Variables and rows of one broadcast.

    Parameters
    ----------
    terms
        Where they go.
    layout
        The rings.
    faults
        Who is faulty.
    chosen
        Whether the adversary picks the contacts, in their order.
    links
        How long messages take; by default a tick.
    """

    def __init__(
        self,
        terms: Terms,
        layout: Layout,
        faults: Faults,
        *,
        chosen: bool,
        links: Links | None = None,
    ) -> None:
        self.terms = terms
        self.layout = layout
        self.links = links or Links(layout)
        self.faults = faults
        self.chosen = chosen
        self._roots: dict[tuple[int, int], list[Affine]] = {}
        for ring in range(len(layout.topology.rings)):
            for contact in layout.contacts(ring):
                self._roots[ring, contact] = self._elect(ring, contact)
        self._fault_of = cache(self._fault_of_contact)
        self.member = cache(self._member)
        self.heard = cache(self._heard)
        self.up: dict[tuple[int, int], Series] = {}
        self.asked: list[tuple[int, Place, int]] = []
        """Per message on the way up: its level, who sends it, and the number of who gets it."""
        self.arrivals: list[Series] = []
        """Likewise, when it arrives."""
        self._ascend()
        self.trees: dict[tuple[int, int], list[Series]] = {}
        for ring in reversed(range(len(layout.topology.rings))):
            for contact in layout.serving(ring):
                self._span(ring, contact)

    # ---- who stands where

    def roots(self, ring: int, contact: int) -> Iterator[tuple[int, Affine]]:
        """Yield the places on which a contact may stand, each with 1 where it does not."""
        for place, here in enumerate(self._roots[ring, contact]):
            if here is not ZERO:
                yield place, ONE - here

    def shapes(self, ring: int, contact: int) -> Iterator[Shape]:
        """Yield the shapes that a contact's tree may have: one per place on which it may stand."""
        for root, unless in self.roots(ring, contact):
            yield Shape(self.layout.around(ring, root), unless)

    def stands(self, ring: int, contact: int, place: int) -> Affine:
        """1 where a contact stands on a place."""
        return self._roots[ring, contact][place]

    def fault(self, place: Place) -> Series:
        """Per tick: 1 where the node on a place is faulty."""
        ring, number = place
        if self.layout.level(ring):
            return self._fault_of(*self.layout.below(place))
        return self.faults.since(self.layout.topology.rings[ring].members[number])

    def _elect(self, ring: int, contact: int) -> list[Affine]:
        """``sum(p) root[R,b,p] = 1``, and nobody is two contacts: ``sum(b) root[R,b,p] <= 1``."""
        size = self.layout.size(ring)
        if self.chosen and size > 1:
            found = self.terms.binaries(f"root_{ring}_{contact}", size)
            self.terms.rows.equal("elected", Affine.total(found), ONE)
            earlier = [self._roots[ring, other] for other in range(contact)]
            for place in range(size) if earlier else ():
                here = Affine.total(roots[place] for roots in (*earlier, found))
                self.terms.rows.at_most("elected", here, ONE)
            return found
        elected = self.layout.topology.rings[ring]
        drawn = elected.members.index(elected.contacts[contact])
        return [ONE if place == drawn else ZERO for place in range(size)]

    def _fault_of_contact(self, ring: int, contact: int) -> Series:
        """``fault[R,b] = fault[R,p]`` where b stands on p."""
        roots = list(self.roots(ring, contact))
        if len(roots) == 1 or not self.faults.total.terms:
            return self.fault((ring, roots[0][0]))
        found = self.terms.series(f"fault_{ring}_{contact}")
        for place, unless in roots:
            self.terms.equal("fault", found, self.fault((ring, place)), unless)
        return found

    # ---- upwards

    def _ascend(self) -> None:
        """From ring to ring: the bearer asks the contacts that broadcast, unless it is one.

        Bearers are the source, and then the contacts of the ring below that broadcast in it.
        """
        source: Series = [ONE] * (self.terms.horizon + 1)
        bearers: list[tuple[Place, Series]] = [(self.layout.home, source)]
        for level, ring in enumerate(self.layout.way_up):
            serving = self.layout.serving(ring)
            for contact in serving:
                self.up[level, contact] = self._come_up(level, ring, contact, bearers)
            slots = ((self.layout.slot(ring, a), self.up[level, a]) for a in serving)
            bearers = [(slot, series) for slot, series in slots if slot is not None]

    def _come_up(
        self, level: int, ring: int, contact: int, bearers: list[tuple[Place, Series]]
    ) -> Series:
        """``up[l,a,t]``: of a bearer that is a itself at once, of one that is no servant later."""
        serving, name = self.layout.serving(ring), f"up_{level}_{contact}"
        if self.chosen:
            several = [self._come_up_to_chosen(level, ring, contact, *one) for one in bearers]
            return self.terms.any_of(name, several)
        found = []
        for place, borne in bearers:
            if self.stands(ring, contact, place[1]) is ONE:
                found.append(borne)
            elif all(self.stands(ring, other, place[1]) is ZERO for other in serving):
                arrival = self.terms.series(f"{name}_{place[1]}")
                elected = self.layout.topology.rings[ring]
                there = ring, elected.members.index(elected.contacts[contact])
                delay = self.links.delay("Up", place, there)
                self._arrive(arrival, borne, place, self._fault_of(ring, contact), delay=delay)
                self.asked.append((level, place, contact))
                self.arrivals.append(arrival)
                found.append(arrival)
        return self.terms.any_of(name, found)

    def _come_up_to_chosen(
        self, level: int, ring: int, contact: int, place: Place, borne: Series
    ) -> Series:
        """Likewise, for each place on which a contact may stand: ``come[p,a,t]`` of the bearer p.

        ``come = borne`` where a stands on p; ``come <= 1 - root[R,a',p]`` where another one that
        broadcasts does, which does not ask; else it arrives at a.
        """
        arrival = self.terms.series(f"up_{level}_{contact}_{place[1]}")
        serving = self.layout.serving(ring)
        there = {a: self.stands(ring, a, place[1]) for a in serving}
        self.terms.equal("up", arrival, borne, ONE - there[contact])
        for other in serving:
            if other != contact:
                self.terms.rows.at_most("bears", arrival[-1] + there[other], ONE)
        asks_not = Affine.total(there.values())
        taker = self._fault_of(ring, contact)
        self._arrive(arrival, borne, place, taker, unless=asks_not)
        self.asked.append((level, place, contact))
        self.arrivals.append(arrival)
        return arrival

    # ---- downwards

    def _span(self, ring: int, contact: int) -> None:
        """``tree[R,a,q,t]``: at the root ``heard[R,a,t]``, elsewhere it arrives from the parent."""
        drawn = not self.chosen or self.layout.size(ring) == 1
        joined = [
            self.heard(ring, contact)
            if drawn and self.stands(ring, contact, place) is ONE
            else self.terms.series(f"tree_{ring}_{contact}_{place}")
            for place in range(self.layout.size(ring))
        ]
        self.trees[ring, contact] = joined
        for shape in self.shapes(ring, contact):
            if not drawn:
                root = joined[shape.order[0]]
                self.terms.equal("root", root, self.heard(ring, contact), shape.unless)
            for parent, place in self.layout.tree(ring, contact, shape.order):
                here, taker = joined[place], self.fault((ring, place))
                ends = (ring, parent), (ring, place)
                delay = 1 if self.chosen else self.links.delay("Down", *ends)
                self._arrive(here, joined[parent], ends[0], taker, unless=shape.unless, delay=delay)
            for place in set(range(len(joined))) - set(shape.order):
                self.terms.rows.at_most("left", joined[place][-1], shape.unless)

    def _heard(self, ring: int, contact: int) -> Series:
        """``heard[R,b,t]``: 1 where ``up[l,b,t]``, or ``member`` of its place on the ring above."""
        found = []
        level, slot = self.layout.level(ring), self.layout.slot(ring, contact)
        if ring in self.layout.way_up and (level, contact) in self.up:
            found.append(self.up[level, contact])
        if slot is not None:
            found.append(self.member(*slot))
        return self.terms.any_of(f"heard_{ring}_{contact}", found)

    def _member(self, ring: int, place: int) -> Series:
        """``member[R,q,t]``: 1 where ``tree[R,a,q,t]``, or ``heard`` of a contact on q."""
        found = [self.trees[ring, contact][place] for contact in self.layout.serving(ring)]
        for contact in self.layout.contacts(ring)[len(found) :]:
            here = self.stands(ring, contact, place)
            if here is ONE:
                found.append(self.heard(ring, contact))
            elif here is not ZERO:
                name, heard = f"waits_{ring}_{contact}_{place}", self.heard(ring, contact)
                found.append([self.terms.both(name, here, by) for by in heard])
        return self.terms.any_of(f"member_{ring}_{place}", found)

    def _arrive(
        self,
        arrival: Series,
        sent: Series,
        giver: Place,
        taker: Series,
        *,
        unless: Affine = ZERO,
        delay: int = 1,
    ) -> None:
        kind, fault = self.faults.kind, self.fault(giver)
        arrive(
            self.terms, arrival, sent,
            giver=fault, taker=taker, kind=kind, unless=unless, delay=delay,
        )  # fmt: skip

    # ---- what came of it

    def holds(self, node: int) -> Series:
        """Per tick: 1 where a node holds the message."""
        if node == self.layout.source:
            return [ONE] * (self.terms.horizon + 1)
        ring = self.layout.topology.home(node)
        return self.member(ring, self.layout.topology.rings[ring].members.index(node))
