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

Where nodes start again, these say what their present lives know, see
:mod:`milpbft.hgfrr.model.lives`.

Nodes are those of section 3.1 of the paper: correct ones do at once what is theirs, so the only
choices are who is faulty, since when, and, if asked for, who is elected.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.hgfrr.model.faults import Faults, arrive
from milpbft.hgfrr.model.links import Links
from milpbft.hgfrr.model.lives import Way
from milpbft.hgfrr.model.standing import Standing

if TYPE_CHECKING:
    from milpbft.hgfrr.model.layout import Layout, Place
    from milpbft.hgfrr.model.lives import Lives
    from milpbft.hgfrr.model.standing import Shape
    from milpbft.hgfrr.model.terms import Series, Terms


class Broadcast(Standing):
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
    lives
        Who starts again; by default nobody.
    """

    def __init__(
        self,
        terms: Terms,
        layout: Layout,
        faults: Faults,
        *,
        chosen: bool,
        links: Links | None = None,
        lives: Lives | None = None,
    ) -> None:
        super().__init__(terms, layout, faults, chosen=chosen, lives=lives)
        self.links = links or Links(layout)
        self.member = cache(self._member)
        self.heard = cache(self._heard)
        self.up: dict[tuple[int, int], Series] = {}
        self.asked: list[tuple[int, Place, int]] = []
        """Per message on the way up: its level, who sends it, and the number of who gets it."""
        self.arrivals: list[Series] = []
        """Likewise, when it arrives."""
        self.asking: list[Series] = []
        """Likewise, every tick at which one arrives, where nodes start again."""
        self.passing: dict[tuple[int, int, int], Series] = {}
        """The same in trees, by ring, contact and place."""
        self._ascend()
        self.trees: dict[tuple[int, int], list[Series]] = {}
        for ring in reversed(range(len(layout.topology.rings))):
            for contact in layout.serving(ring):
                self._span(ring, contact)

    # ---- upwards

    def _ascend(self) -> None:
        """From ring to ring: the bearer asks the contacts that broadcast, unless it is one.

        Bearers are the source, and then the contacts of the ring below that broadcast in it.
        """
        bearers: list[tuple[Place, Series]] = [(self.layout.home, self.begun)]
        for level, ring in enumerate(self.layout.way_up):
            serving = self.layout.serving(ring)
            for contact in serving:
                self.up[level, contact] = self._come_up(level, ring, contact, bearers)
            slots = ((self.layout.slot(ring, a), self.up[level, a]) for a in serving)
            bearers = [(slot, series) for slot, series in slots if slot is not None]

    @cached_property
    def begun(self) -> Series:
        """Per tick: 1 where the source knows that it began, which it may forget."""
        if self.lives is None:
            return [ONE] * (self.terms.horizon + 1)
        return self.lives.begun(self.layout.source)

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
                arrival = self.terms.known(f"{name}_{place[1]}")
                elected = self.layout.topology.rings[ring]
                there = ring, elected.members.index(elected.contacts[contact])
                delay = self.links.delay("Up", place, there)
                self._ask(arrival, borne, place, (ring, contact), delay=delay)
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
        arrival = self.terms.known(f"up_{level}_{contact}_{place[1]}")
        serving = self.layout.serving(ring)
        there = {a: self.stands(ring, a, place[1]) for a in serving}
        self.terms.equal("up", arrival, borne, ONE - there[contact])
        for other in serving:
            if other != contact:
                self._never("bears", arrival, ONE - there[other])
        asks_not = Affine.total(there.values())
        self._ask(arrival, borne, place, (ring, contact), unless=asks_not)
        if self.lives is not None:
            self._never("bears", self.asking[-1], ONE - asks_not)
        self.asked.append((level, place, contact))
        self.arrivals.append(arrival)
        return arrival

    def _ask(
        self,
        arrival: Series,
        borne: Series,
        place: Place,
        contact: tuple[int, int],
        *,
        unless: Affine = ZERO,
        delay: int = 1,
    ) -> None:
        """Tie the arrival of a message at a contact to its bearer's sending."""
        taker = self.fault_of(*contact)
        if self.lives is None:
            self._arrive(arrival, borne, place, taker, unless=unless, delay=delay)
            return
        came = self.terms.binaries("asks", self.terms.horizon + 1)
        self.asking.append(came)
        again = self.again_of(*contact)
        self._come(came, borne, place, (taker, again), unless=unless, delay=delay)
        self.lives.learn(arrival, came, again, unless)

    def _never(self, family: str, series: Series, most: Affine) -> None:
        """``x[t] <= most``, at the end where nothing is forgotten."""
        for term in series[-1:] if self.lives is None else series:
            self.terms.rows.at_most(family, term, most)

    # ---- downwards

    def _span(self, ring: int, contact: int) -> None:
        """``tree[R,a,q,t]``: at the root ``heard[R,a,t]``, elsewhere it arrives from the parent."""
        drawn = not self.chosen or self.layout.size(ring) == 1
        joined = [
            self.heard(ring, contact)
            if drawn and self.stands(ring, contact, place) is ONE
            else self.terms.known(f"tree_{ring}_{contact}_{place}")
            for place in range(self.layout.size(ring))
        ]
        self.trees[ring, contact] = joined
        for shape in self.shapes(ring, contact):
            if not drawn:
                root = joined[shape.order[0]]
                self.terms.equal("root", root, self.heard(ring, contact), shape.unless)
            for parent, place in self.layout.tree(ring, contact, shape.order):
                ends = (ring, parent), (ring, place)
                delay = 1 if self.chosen else self.links.delay("Down", *ends)
                self._pass(contact, joined, ends, unless=shape.unless, delay=delay)
            for place in set(range(len(joined))) - set(shape.order):
                self._never("left", joined[place], shape.unless)
            self._pass_never(ring, contact, shape)

    def _pass(
        self,
        contact: int,
        joined: list[Series],
        ends: tuple[Place, Place],
        *,
        unless: Affine,
        delay: int,
    ) -> None:
        """Tie the arrival of a message in a contact's tree to its parent's sending."""
        (ring, parent), (_, place) = ends
        known, sent, taker = joined[place], joined[parent], self.fault(ends[1])
        if self.lives is None:
            self._arrive(known, sent, ends[0], taker, unless=unless, delay=delay)
            return
        came = self._passed(ring, contact, place)
        again = self.again(ends[1])
        self._come(came, sent, ends[0], (taker, again), unless=unless, delay=delay)
        self.lives.learn(known, came, again, unless)

    def _passed(self, ring: int, contact: int, place: int) -> Series:
        """Return when a place is passed a message in a tree."""
        key = ring, contact, place
        if key not in self.passing:
            self.passing[key] = self.terms.binaries("passes", self.terms.horizon + 1)
        return self.passing[key]

    def _pass_never(self, ring: int, contact: int, shape: Shape) -> None:
        """Nobody passes a message to the root of a tree, or to a place that is not in it."""
        idle = set(range(self.layout.size(ring))) - set(shape.order[1:])
        for place in idle if self.lives is not None and self.chosen else ():
            self._never("left", self._passed(ring, contact, place), shape.unless)

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

    def _come(
        self,
        came: Series,
        sent: Series,
        giver: Place,
        taker: tuple[Series, Series],
        *,
        unless: Affine,
        delay: int,
    ) -> None:
        """Likewise where nodes start again: every arrival, given the taker's faults and lives."""
        assert self.lives is not None
        fresh = self.fresh(sent, giver)
        self.lives.come(came, Way(fresh, self.fault(giver), *taker, delay, unless))

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
            if not self.terms.forgetful:
                return self.begun
            return self.terms.any_of("held", [self.begun, self._on_ring(node)])
        return self._on_ring(node)

    def _on_ring(self, node: int) -> Series:
        """Per tick: 1 where a node holds a message that it was given."""
        ring = self.layout.topology.home(node)
        return self.member(ring, self.layout.topology.rings[ring].members.index(node))
