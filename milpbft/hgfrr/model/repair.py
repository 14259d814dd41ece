"""Repair as a MILP: crashed nodes are removed, contacts replaced, and the broadcast is repeated.

Everybody who crashes does so before the repair, and nobody afterwards. Contacts that did not crash
stay and move up in their order; the last places are taken by whom the adversary likes, of those
that are left. The rings keep so many members that none are merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.errors import InputError
from milpbft.hgfrr.model.broadcast import Broadcast
from milpbft.hgfrr.model.faults import Faults
from milpbft.hgfrr.model.standing import Shape

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
    """Who of a ring has crashed and on which place one of its contacts stands afterwards."""

    gone: Gone
    root: int


class Repair(Broadcast):
    """The broadcast that is repeated, on the repaired rings; its clock starts anew.

    Parameters
    ----------
    terms, layout
        As of the first broadcast.
    crashes
        Who has crashed: at most two.
    most
        How many those are.
    """

    def __init__(self, terms: Terms, layout: Layout, crashes: Faults, most: int) -> None:
        self._crashes = crashes
        self._most = most
        self._patterns: dict[tuple[int, int], dict[Pattern, Affine]] = {}
        super().__init__(terms, layout, Faults(terms, (), 0, "crash"), chosen=True)
        for ring in range(len(layout.topology.rings)):
            for contact in layout.contacts(ring):
                self._stay(ring, contact)
            self._first_of_two(ring)

    # ---- who is elected

    def _elect(self, ring: int, contact: int) -> list[Affine]:
        """As where contacts are chosen; nobody who has crashed: ``root[R,b,p] + crashed[p] <= 1``.

        That is for rings of level 0; who stands above is one of their contacts.
        """
        found = super()._elect(ring, contact)
        if self.layout.level(ring) == 0:
            for place, here in enumerate(found):
                self.terms.rows.at_most("elected", here + self._crashed(ring, place), ONE)
        return found

    def _stay(self, ring: int, contact: int) -> None:
        """A contact that has not crashed stays, and takes the place of those before it that have.

        Of the contacts before it, here and in the ring below in which it is elected too, exactly
        those of Z have crashed, X of the ones here and Y of the ones there:
        ``root[R,b-|X|,q-|Y|] >= 1 - crashed[b] - sum(z in Z) (1 - crashed[z]) - sum(u not in Z)
        crashed[u]``; q is its place, which on level 0 stays what it is.
        """
        elected = self.layout.topology.rings[ring]
        node, here = elected.contacts[contact], elected.contacts[:contact]
        place = elected.members.index(node)
        below: tuple[int, ...] = ()
        if elected.level:
            child, number = self.layout.below((ring, place))
            below = self.layout.topology.rings[child].contacts[:number]
        before = tuple(dict.fromkeys((*here, *below)))
        for count in range(min(self._most, len(before)) + 1):
            for dead in map(frozenset, combinations(before, count)):
                others = [self._crashes.ever(one) for one in before if one not in dead]
                wrong = Affine.total([
                    self._crashes.ever(node), *others,
                    *(ONE - self._crashes.ever(one) for one in dead),
                ])  # fmt: skip
                moved = contact - sum(one in dead for one in here)
                there = place - sum(one in dead for one in below)
                root = self.stands(ring, moved, there)
                self.terms.rows.at_most("stays", ONE - wrong, root)

    def _first_of_two(self, ring: int) -> None:
        """Of two contacts of a ring above level 0 that have crashed, the first is replaced at once.

        Nodes are removed one by one, in their order. Who takes the place of the second one, v, in
        the ring below, is its last contact, and not there yet when the first one, u, is replaced
        here: ``crashed[u] + crashed[v] + root[R,c-2,slot] <= 2``.
        """
        elected = self.layout.topology.rings[ring]
        if not elected.level or self._most < 2:
            return
        for first, second in combinations(sorted(elected.contacts), 2):
            child, _ = self.layout.below((ring, elected.members.index(second)))
            slot = self.layout.slot(child, len(self.layout.contacts(child)) - 1)
            assert slot is not None, "it has a ring above"
            root = self.stands(ring, len(elected.contacts) - 2, slot[1])
            dead = self._crashes.ever(first) + self._crashes.ever(second)
            self.terms.rows.at_most("removed", dead + root, 2)

    def _crashed(self, ring: int, place: int) -> Affine:
        return self._crashes.ever(self.layout.topology.rings[ring].members[place])

    def _gone(self, ring: int) -> Iterator[Gone]:
        """Yield who of a ring may be gone, at most so many."""
        size = self.layout.size(ring)
        for count in range(min(self._most, size) + 1):
            yield from map(frozenset, combinations(range(size), count))

    # ---- trees

    def _possible(self, ring: int, contact: int) -> Iterator[Pattern]:
        """Yield who may be gone from a ring of level 0, and where its contact stands then."""
        elected = self.layout.topology.rings[ring]
        for gone in self._gone(ring):
            before = [elected.members.index(node) for node in elected.contacts]
            stay = [place for place in before if place not in gone]
            if contact < len(stay):
                yield Pattern(gone, stay[contact])
                continue
            free = set(range(len(elected.members))) - gone - set(stay)
            yield from (Pattern(gone, place) for place in sorted(free))

    def patterns(self, ring: int, contact: int) -> dict[Pattern, Affine]:
        """One pattern w per contact: ``sum w = 1``, ``sum(q in gone) w = crashed[q]``.

        ``root[R,b,p]`` is the sum of the patterns in which b stands on p.
        """
        key = (ring, contact)
        if key in self._patterns:
            return self._patterns[key]
        rows, several = self.terms.rows, list(self._possible(ring, contact))
        variables = self.terms.binaries(f"pattern_{ring}_{contact}", len(several))
        self._patterns[key] = found = dict(zip(several, variables, strict=True))
        rows.equal("pattern", Affine.total(variables), ONE)
        for place in range(self.layout.size(ring)):
            there = Affine.total(w for pattern, w in found.items() if place in pattern.gone)
            rows.equal("gone", there, self._crashed(ring, place))
            rooted = Affine.total(w for pattern, w in found.items() if pattern.root == place)
            rows.equal("root", rooted, self.stands(ring, contact, place))
        return found

    def shapes(self, ring: int, contact: int) -> Iterator[Shape]:
        """Yield the shapes of a tree: whoever is gone from a ring of level 0 has no place in it."""
        if self.layout.level(ring):
            yield from super().shapes(ring, contact)
            return
        for pattern, variable in self.patterns(ring, contact).items():
            order = self.layout.around(ring, pattern.root)
            left = tuple(place for place in order if place not in pattern.gone)
            yield Shape(left, ONE - variable)

    # ---- what it costs

    def cost(self) -> Affine:
        """Count the messages of the repair, without the two broadcasts.

        Double checks; news of who is gone, one per other member of each of its rings; and of who is
        elected, to the other members of the ring and of the ring above.
        """
        found = []
        for ring, elected in enumerate(self.layout.topology.rings):
            size, parent = len(elected.members), elected.parent
            contacts = {elected.members.index(node) for node in elected.contacts}
            above = self.layout.size(parent) - len(contacts) if parent >= 0 else 0
            for gone, variable in self._counted(ring).items():
                left = size - len(gone)
                told = max(left - 1, 0) * len(gone)
                here = left if elected.level == 0 else size
                news = here - 1 + above if contacts & gone else 0
                found.append((queries(size, gone) + told + news) * variable)
        return Affine.total(found)

    def _counted(self, ring: int) -> dict[Gone, Affine]:
        """One set g per ring: ``sum g = 1``, ``sum(q in g) g = crashed[q]``."""
        several = list(self._gone(ring))
        found = dict(zip(several, self.terms.binaries(f"gone_{ring}", len(several)), strict=True))
        self.terms.rows.equal("set", Affine.total(found.values()), ONE)
        for place in range(self.layout.size(ring)):
            there = Affine.total(g for gone, g in found.items() if place in gone)
            self.terms.rows.equal("set", there, self._crashed(ring, place))
        return found


def check(layout: Layout, faults: int, least: int, repair: int, horizon: int) -> None:
    """Refuse what the model leaves out.

    Raises
    ------
    InputError
        Where a ring might be merged, or the first broadcast goes on after the repair.
    """
    lowest = [i for i, ring in enumerate(layout.topology.rings) if ring.level == 0]
    smallest = min(map(layout.size, lowest))
    fewest = max(least if len(lowest) > 1 else 1, len(layout.topology.rings[0].contacts))
    if smallest - faults < fewest:
        allowed = f"at most {smallest - fewest}: else rings of {smallest} are merged, or short of "
        allowed += "contacts"
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
