"""Trees of a broadcast over rings that change: as they were begun, or as relays know them now.

What both have in common: ``x[t]`` of a message that is sent, or arrives, stays 1. Names are those
of :mod:`milpbft.hgfrr.model.live`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ZERO, Affine
from milpbft.hgfrr.model.gates import either, product, risen
from milpbft.hgfrr.model.layout import parent_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.hgfrr.model.course import Course
    from milpbft.hgfrr.model.rings import State
    from milpbft.hgfrr.model.terms import Series, Terms

    Carry = Callable[[Series, Series, int, int, int], None]


@dataclass(frozen=True)
class Hop:
    """One message in a tree of a ring: since when it is sent, and when it arrives.

    Parameters
    ----------
    level, root
        Level of the ring, and who broadcasts in it.
    ends
        Giver and taker.
    sent, arrived
        Series.
    state
        The ring as it was when the tree was begun; None where relays go by what they know.
    """

    level: int
    root: int
    ends: tuple[int, int]
    sent: Series
    arrived: Series
    state: State | None = None


def order_of(state: State, root: int) -> tuple[int, ...]:
    """Return the members of a ring, from a broadcaster on."""
    place = state.members.index(root)
    return (*state.members[place:], *state.members[:place])


def arcs(size: int, k: int) -> list[tuple[int, int]]:
    """Return who passes on to whom, by their numbers from the root on."""
    return [(parent_number(number, k), number) for number in range(1, size)]


class Begun:
    """Trees that go on as they were begun: one of each contact in each state of its ring.

    ``tree[R,c,a,q,t]``: who stood on place q when R was c has joined the tree that contact a began
    then.
    """

    def __init__(self, terms: Terms, course: Course, k: int, serving: int) -> None:
        self.terms, self.course, self._k, self._serving = terms, course, k, serving
        self.hops: list[Hop] = []
        self._into: defaultdict[tuple[int, int], list[Series]] = defaultdict(list)
        self._roots: defaultdict[tuple[int, int], list[tuple[int, State, Series]]]
        self._roots = defaultdict(list)

    def declare(self, ring: int, level: int) -> None:
        """Note the trees that a ring may have."""
        for state in self.course.all_states(ring):
            for root in state.contacts[: self._serving]:
                order = order_of(state, root)
                joined = [[ZERO] * (self.terms.horizon + 1) for _ in order]
                self._roots[root, level].append((ring, state, joined[0]))
                for parent, number in arcs(len(order), self._k):
                    ends, series = (order[parent], order[number]), (joined[parent], joined[number])
                    self.hops.append(Hop(level, root, ends, *series, state))
                    self._into[order[number], level].append(joined[number])

    def arrive(self, tick: int, start: int, carry: Carry) -> None:
        """Tie what arrives to what was sent a tick before."""
        for several in self._roots.values():
            for _, _, root in several:
                # Until somebody acts at this tick.
                root[tick] = root[tick - 1] if tick else ZERO
        for hop in self.hops if tick > start else ():
            carry(hop.arrived, hop.sent, *hop.ends, tick)

    def into(self, node: int, level: int) -> list[Series]:
        """Return the arrivals of a node in the trees of its ring."""
        return self._into.get((node, level), [])

    def begin(self, name: str, node: int, level: int, tick: int, begins: Affine) -> None:
        """The tree is that of what the ring is, as its root knows it, when it begins."""
        for ring, state, root in self._roots.get((node, level), []):
            now = self.course.states(node, ring, tick).get(state, ZERO)
            root[tick] = root[tick] + product(self.terms, f"root_{name}", begins, now)


class Present:
    """Trees in which each relay goes by what it knows when it first gets the message.

    ``hop[R,a,u,v,t]``: u has passed the message of a on to v: it was on at t - 1, or u begins that
    tree or first gets it at t, and v is a child of u in the tree of a over R as u knows it.
    """

    def __init__(self, terms: Terms, course: Course, k: int, serving: int) -> None:
        self.terms, self.course, self._k, self._serving = terms, course, k, serving
        self.hops: list[Hop] = []
        self._into: defaultdict[tuple[int, int], list[Hop]] = defaultdict(list)
        self._out: defaultdict[tuple[int, int, int], list[Hop]] = defaultdict(list)
        self._rings: defaultdict[tuple[int, int], dict[int, None]] = defaultdict(dict)
        self._has: defaultdict[tuple[int, int, int], Series] = defaultdict(self._never)
        self._memo: dict[tuple[State, int], frozenset[tuple[int, int]]] = {}

    def _never(self) -> Series:
        return [ZERO] * (self.terms.horizon + 1)

    def declare(self, ring: int, level: int) -> None:
        """Note all messages that the trees of a ring may have."""
        states = self.course.all_states(ring)
        roots = dict.fromkeys(n for state in states for n in state.contacts[: self._serving])
        for root in roots:
            pairs = dict.fromkeys(pair for s in states for pair in self._pairs(s, root))
            for giver, taker in pairs:
                hop = Hop(level, root, (giver, taker), self._never(), self._never())
                self.hops.append(hop)
                self._into[taker, level].append(hop)
                self._out[giver, level, root].append(hop)
                self._rings[giver, level][ring] = None

    def _pairs(self, state: State, root: int) -> Iterator[tuple[int, int]]:
        """Yield who passes on to whom in the tree of a member over a ring."""
        if root in state.members:
            order = order_of(state, root)
            yield from ((order[a], order[b]) for a, b in arcs(len(order), self._k))

    def arrive(self, tick: int, start: int, carry: Carry) -> None:
        """Tie what arrives to what was sent a tick before, and let takers pass it on."""
        if tick > start:
            for hop in self.hops:
                carry(hop.arrived, hop.sent, *hop.ends, tick)
        for (node, level, root), hops in self._out.items():
            if node == root:
                continue
            has, name = self._has[node, level, root], f"has_{node}_{level}_{root}_{tick}"
            came = [h.arrived[tick] for h in self._into.get((node, level), []) if h.root == root]
            has[tick] = either(self.terms, name, came)
            self._pass_on(hops, tick, risen(has, tick))

    def into(self, node: int, level: int) -> list[Series]:
        """Return the arrivals of a node in the trees of its ring."""
        return [hop.arrived for hop in self._into.get((node, level), [])]

    def begin(self, name: str, node: int, level: int, tick: int, begins: Affine) -> None:
        """The root passes its message on over the ring as it knows it."""
        self._pass_on(self._out.get((node, level, node), []), tick, begins)

    def _pass_on(self, hops: list[Hop], tick: int, first: Affine) -> None:
        for hop in hops:
            rings = self._rings[hop.ends[0], hop.level]

            def child(state: State, hop: Hop = hop) -> bool:
                return hop.ends in self._children(state, hop.root)

            here = self.course.where(hop.ends[0], rings, tick, child)
            name = f"hop_{hop.root}_{hop.ends[0]}_{hop.ends[1]}_{hop.level}_{tick}"
            now = product(self.terms, name, first, here)
            before = hop.sent[tick - 1] if tick else ZERO
            hop.sent[tick] = either(self.terms, name, [before, now])

    def _children(self, state: State, root: int) -> frozenset[tuple[int, int]]:
        key = state, root
        if key not in self._memo:
            self._memo[key] = frozenset(self._pairs(state, root))
        return self._memo[key]
