"""A broadcast over rings that change as a MILP over ticks.

Names below: v a node, l a level, R the ring of level l that v may be on, c what R may be, a one of
its contacts, t a tick. Of an event, ``x[t]`` is 1 at its tick alone; other variables stay 1.

- ``up[v,l,t]``, ``down[v,l,t]``: v gets a message as a contact of R, or one in a tree of R.
- ``climb[v,l,t]``: v has the message broadcast in R; a contact does so, who is none asks them.
- ``acts[v,l,t]``: v does what a contact of R does: ``(climb or up)`` and it is one.
- ``asked[v,l,x,t]``: v has asked the contact x of R, which it does once.
- ``began[v,l,t]``: v has begun its tree in R: it acts, or it acts on a level above, or gets a
  message in a tree there, and is a contact of R.
- ``tree[R,c,a,q,t]``: who stood on place q when R was c has joined the tree that contact a began
  then; a tree goes on as it was begun.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.hgfrr.model.layout import parent_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.hgfrr.churn import ChurnInstance
    from milpbft.hgfrr.model.course import Course
    from milpbft.hgfrr.model.rings import State
    from milpbft.hgfrr.model.terms import Series, Terms
    from milpbft.hgfrr.topology import Topology


T = TypeVar("T")


def product(terms: Terms, name: str, one: Affine, other: Affine) -> Affine:
    """Return the product of two zeros and ones; no variable where one of them is constant."""
    for this, that in ((one, other), (other, one)):
        if not this.terms:
            return that if this.constant else ZERO
    return terms.both(name, one, other)


def either(terms: Terms, name: str, several: Iterable[Affine]) -> Affine:
    """Return what is 1 where one of several is: ``x >= s`` for each, ``x <= sum s``."""
    found = [one for one in several if one.terms or one.constant]
    if any(not one.terms for one in found):
        return ONE
    if len(found) <= 1:
        return found[0] if found else ZERO
    here = terms.binary(name)
    for one in found:
        terms.rows.at_most("either", one, here)
    terms.rows.at_most("either", here, Affine.total(found))
    return here


def risen(series: Series, tick: int) -> Affine:
    """1 where a series rises at a tick."""
    return series[tick] - series[tick - 1] if tick else series[0]


def grouped(several: Iterable[tuple[int, int, T]]) -> dict[tuple[int, int], list[T]]:
    """Group things by a node and a level."""
    found: dict[tuple[int, int], list[T]] = {}
    for node, level, one in several:
        found.setdefault((node, level), []).append(one)
    return found


class Ask:
    """What one node asks one contact of its ring of a level: since when, and when it arrives."""

    def __init__(self, node: int, level: int, contact: int, horizon: int) -> None:
        self.node, self.level, self.contact = node, level, contact
        self.asked: Series = [ZERO] * (horizon + 1)
        self.arrived: Series = [ZERO] * (horizon + 1)


class Tree:
    """The tree of a contact in what a ring was: per place, from the root on, when it is joined."""

    def __init__(self, ring: int, level: int, contact: int, state: State, horizon: int) -> None:
        self.ring, self.level, self.contact, self.state = ring, level, contact, state
        place = state.members.index(state.contacts[contact])
        self.order = (*state.members[place:], *state.members[:place])
        self.joined: list[Series] = [[ZERO] * (horizon + 1) for _ in self.order]

    def arcs(self, k: int) -> list[tuple[int, int]]:
        """Return who passes on to whom, by their numbers from the root on."""
        return [(parent_number(number, k), number) for number in range(1, len(self.order))]


class Live:
    """Variables and rows of one broadcast of the source.

    Parameters
    ----------
    terms
        Where they go.
    instance
        What is asked.
    topology
        The rings at the start: their levels, and which is above which.
    course
        The rings at every tick, and who is faulty.
    start
        Tick at which the source broadcasts.
    """

    def __init__(
        self,
        terms: Terms,
        instance: ChurnInstance,
        topology: Topology,
        course: Course,
        start: int,
    ) -> None:
        self.terms, self.course, self.start = terms, course, start
        self._instance = instance
        self.asks: list[Ask] = []
        self.trees: list[Tree] = []
        self._on: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for ring, elected in enumerate(topology.rings):
            self._declare(ring, elected.level)
        self._asking = grouped((ask.node, ask.level, ask) for ask in self.asks)
        self._asked = grouped((ask.contact, ask.level, ask) for ask in self.asks)
        self._places = grouped(
            (node, tree.level, joined)
            for tree in self.trees
            for node, joined in zip(tree.order[1:], tree.joined[1:], strict=True)
        )
        self._rooted = grouped((tree.order[0], tree.level, tree) for tree in self.trees)
        self._began: defaultdict[tuple[int, int], Series] = defaultdict(self._never)
        for tick in range(start, terms.horizon + 1):
            self._arrive(tick)
            for node, rings in self._on.items():
                self._act(node, rings, tick)

    def _never(self) -> Series:
        return [ZERO] * (self.terms.horizon + 1)

    def _declare(self, ring: int, level: int) -> None:
        """Note who may be on a ring, whom it may ask, and the trees that it may have."""
        serving, pairs = self._instance.serving, dict[tuple[int, int], None]()
        for state in self.course.all_states(ring):
            contacts = state.contacts[:serving]
            for node in state.members:
                self._on[node][level] = ring
            others = [node for node in state.members if node not in contacts]
            pairs |= dict.fromkeys((node, contact) for node in others for contact in contacts)
            for number in range(len(contacts)):
                self.trees.append(Tree(ring, level, number, state, self.terms.horizon))
        self.asks += [Ask(node, level, contact, self.terms.horizon) for node, contact in pairs]

    # ---- what arrives

    def _arrive(self, tick: int) -> None:
        """Tie what arrives to what was sent a tick before."""
        for tree in self.trees:
            # Until somebody acts at this tick.
            tree.joined[0][tick] = tree.joined[0][tick - 1] if tick else ZERO
        if tick == self.start:
            return
        for ask in self.asks:
            self._carry(ask.arrived, ask.asked, ask.node, ask.contact, tick)
        for tree in self.trees:
            for parent, number in tree.arcs(self._instance.k):
                ends = tree.order[parent], tree.order[number]
                self._carry(tree.joined[number], tree.joined[parent], *ends, tick)

    def _carry(self, arrival: Series, sent: Series, giver: int, taker: int, tick: int) -> None:
        """Tie one arrival to its sending.

        A silent giver does not send: ``x[t] = sent[t-1] (1 - giver)``. A taker that is down gets
        nothing: ``x[t-1] <= x[t] <= sent[t-1]``, ``sent[t-1] - taker[t] <= x[t]``, ``x[t] - x[t-1]
        <= 1 - taker[t]``.
        """
        terms, cause, before = self.terms, sent[tick - 1], arrival[tick - 1]
        name = f"arrives_{self.start}_{tick}"
        if self.course.kind == "silent":
            arrival[tick] = product(terms, name, cause, ONE - self.course.since(giver)[tick])
            return
        down = self.course.since(taker)[tick]
        if not down.terms or not (cause.terms or cause.constant):
            arrival[tick] = before if down.constant else cause
            return
        here = arrival[tick] = terms.binary(name)
        terms.rows.at_most("past", before, here)
        terms.rows.at_most("sent", here, cause)
        terms.rows.at_most("arrives", cause - down, here)
        terms.rows.at_most("down", here - before + down, ONE)

    # ---- what follows

    def _act(self, node: int, rings: dict[int, int], tick: int) -> None:
        """Let a node do what follows from what it gets at a tick."""
        terms, where, name = self.terms, self.course.where, f"{self.start}_{node}_{tick}"
        serving = self._instance.serving
        up = [self._got(f"up_{level}_{name}", self._asked_by(node, level), tick) for level in rings]
        down = [
            self._got(f"down_{level}_{name}", self._places.get((node, level), []), tick)
            for level in rings
        ]
        serves = [
            where(ring, tick, lambda state: node in state.contacts[:serving])
            for ring in rings.values()
        ]
        hands = [ZERO for _ in rings]
        if self._instance.handover == "yes":
            lost = [product(terms, f"lost_{name}", up[k], ONE - serves[k]) for k in rings]
            hands = self._hands(node, rings, tick, lost, down)
        acts: list[Affine] = []
        for level, ring in rings.items():
            starts = level == 0 and (node, tick) == (self._instance.source, self.start)
            causes = [ONE if starts else ZERO, hands[level], *acts[level - 1 : level]]
            climbs = either(terms, f"climbs_{level}_{name}", causes)
            due = either(terms, f"due_{level}_{name}", [climbs, up[level]])
            acts.append(product(terms, f"acts_{level}_{name}", due, serves[level]))
            self._ask(node, level, ring, tick, climbs)
        for level in rings:
            above = [*acts[level + 1 :], *down[level + 1 :]]
            came = either(terms, f"came_{level}_{name}", above)
            descends = product(terms, f"descends_{level}_{name}", came, serves[level])
            self._begin(node, level, tick, [acts[level], descends])

    def _asked_by(self, node: int, level: int) -> list[Series]:
        return [ask.arrived for ask in self._asked.get((node, level), [])]

    def _got(self, name: str, several: list[Series], tick: int) -> Affine:
        """1 where one of several messages arrives at a tick."""
        return either(self.terms, name, [risen(series, tick) for series in several])

    def _hands(
        self, node: int, rings: dict[int, int], tick: int, lost: list[Affine], down: list[Affine]
    ) -> list[Affine]:
        """By level: 1 where a node hands on, on its highest ring, what it got as a contact.

        It did so where it is `lost`: ``up[v,l,t]``, and v is no contact of R; or ``down[v,l,t]``
        above level 0, and v is not on R.
        """
        terms, name = self.terms, f"{self.start}_{node}_{tick}"
        on = [
            self.course.where(ring, tick, lambda state: node in state.members)
            for ring in rings.values()
        ]
        on.append(ZERO)
        off = [product(terms, f"off_{name}", down[k], ONE - on[k]) for k in rings if k]
        hands = either(terms, f"hands_{name}", [*lost, *off])
        return [product(terms, f"hands_{k}_{name}", hands, on[k] - on[k + 1]) for k in rings]

    def _ask(self, node: int, level: int, ring: int, tick: int, climbs: Affine) -> None:
        """``asked[v,l,x,t]``: before, or ``climb[v,l,t]`` where x is a contact of R, and v none."""
        serving = self._instance.serving
        for ask in self._asking.get((node, level), []):

            def asks(state: State, contact: int = ask.contact) -> bool:
                contacts = state.contacts[:serving]
                return node in state.members and node not in contacts and contact in contacts

            here = self.course.where(ring, tick, asks)
            name = f"asks_{self.start}_{node}_{level}_{ask.contact}_{tick}"
            now = product(self.terms, name, climbs, here)
            before = ask.asked[tick - 1] if tick else ZERO
            ask.asked[tick] = either(self.terms, name, [before, now])

    def _begin(self, node: int, level: int, tick: int, causes: list[Affine]) -> None:
        """``began[v,l,t]``; the tree is that of what R is at the tick at which it rises."""
        name = f"began_{self.start}_{node}_{level}_{tick}"
        began = self._began[node, level]
        began[tick] = either(self.terms, name, [began[tick - 1] if tick else ZERO, *causes])
        begins = risen(began, tick)
        for tree in self._rooted.get((node, level), []):
            now = self.course.states(tree.ring, tick).get(tree.state, ZERO)
            root = tree.joined[0]
            root[tick] = root[tick] + product(self.terms, f"root_{name}", begins, now)

    # ---- what came of it

    def holds(self, node: int) -> list[Series]:
        """Return series of which one is 1 where a node holds the message."""
        several = [joined for level in self._on[node] for joined in self._place(node, level)]
        return several + [arrived for k in self._on[node] for arrived in self._asked_by(node, k)]

    def _place(self, node: int, level: int) -> list[Series]:
        return self._places.get((node, level), [])

    def messages(self) -> Affine:
        """Count what is sent by the horizon: per giver that is not silent what it has to send."""
        found = [(ask.node, ask.asked[-1]) for ask in self.asks]
        for tree in self.trees:
            arcs = tree.arcs(self._instance.k)
            found += [(tree.order[parent], tree.joined[parent][-1]) for parent, _ in arcs]
        if self.course.kind != "silent":
            return Affine.total(sent for _, sent in found)
        return Affine.total(
            product(self.terms, f"wire_{number}", sent, ONE - self.course.ever(giver))
            for number, (giver, sent) in enumerate(found)
        )
