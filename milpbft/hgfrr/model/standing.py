"""Who stands on which place of an overlay's rings: whether it is faulty, and has started again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.hgfrr.model.faults import Faults
    from milpbft.hgfrr.model.layout import Layout, Place
    from milpbft.hgfrr.model.lives import Lives
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


class Standing:
    """The contacts of all rings, drawn or picked by the adversary.

    Parameters
    ----------
    terms
        Where variables and rows go.
    layout
        The rings.
    faults
        Who is faulty.
    chosen
        Whether the adversary picks the contacts, in their order.
    lives
        Who starts again; None for nobody.
    """

    def __init__(
        self, terms: Terms, layout: Layout, faults: Faults, *, chosen: bool, lives: Lives | None
    ) -> None:
        self.terms = terms
        self.layout = layout
        self.faults = faults
        self.chosen = chosen
        self.lives = lives
        self._roots: dict[tuple[int, int], list[Affine]] = {}
        for ring in range(len(layout.topology.rings)):
            for contact in layout.contacts(ring):
                self._roots[ring, contact] = self._elect(ring, contact)
        self.fault_of = cache(self._fault_of_contact)
        self.again_of = cache(self._again_of_contact)

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
            return self.fault_of(*self.layout.below(place))
        return self.faults.since(self.layout.topology.rings[ring].members[number])

    def again(self, place: Place) -> Series:
        """Per tick: 1 where the node on a place has started again."""
        ring, number = place
        if self.layout.level(ring):
            return self.again_of(*self.layout.below(place))
        assert self.lives is not None
        return self.lives.since(self.layout.topology.rings[ring].members[number])

    def fresh(self, known: Series, place: Place) -> Series:
        """When the node on a place gets to know something, in each life."""
        return known if self.lives is None else self.lives.fresh(known, self.again(place))

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

    def _again_of_contact(self, ring: int, contact: int) -> Series:
        """``again[R,b] = again[R,p]`` where b stands on p."""
        roots = list(self.roots(ring, contact))
        if len(roots) == 1:
            return self.again((ring, roots[0][0]))
        found = self.terms.series(f"again_{ring}_{contact}")
        for place, unless in roots:
            self.terms.equal("again", found, self.again((ring, place)), unless)
        return found
