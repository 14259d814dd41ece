"""A broadcast over rings that change as a MILP over ticks.

Names below: v a node, l a level, R the ring of level l that v may be on, c what R may be, a one of
its contacts, t a tick. Of an event, ``x[t]`` is 1 at its tick alone; other variables stay 1.

- ``up[v,l,t]``, ``down[v,l,t]``: v gets a message as a contact of R, or one in a tree of R.
- ``climb[v,l,t]``: v has the message broadcast in R; a contact does so, who is none asks them.
- ``acts[v,l,t]``: v does what a contact of R does: ``(climb or up)`` and it is one.
- ``asked[v,l,x,t]``: v has asked the contact x of R, which it does once.
- ``began[v,l,t]``: v has begun its tree in R: it acts, or it acts on a level above, or gets a
  message in a tree there, and is a contact of R.
- what goes on in trees is in :mod:`milpbft.hgfrr.model.trees`.

Where R is asked for, it is what v takes it for at t, see :mod:`milpbft.hgfrr.model.knowledge`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.hgfrr.model.gates import either, product, risen
from milpbft.hgfrr.model.trees import Begun, Present

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.hgfrr.churn import ChurnInstance
    from milpbft.hgfrr.model.course import Course
    from milpbft.hgfrr.model.rings import State
    from milpbft.hgfrr.model.terms import Series, Terms
    from milpbft.hgfrr.topology import Topology


T = TypeVar("T")


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
        trees = Present if instance.trees == "present" else Begun
        self.trees = trees(terms, course, instance.k, instance.serving)
        self._on: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
        for ring, elected in enumerate(topology.rings):
            self._declare(ring, elected.level)
        self._asking = grouped((ask.node, ask.level, ask) for ask in self.asks)
        self._asked = grouped((ask.contact, ask.level, ask) for ask in self.asks)
        self.began: defaultdict[tuple[int, int], Series] = defaultdict(self._never)
        for tick in range(start, terms.horizon + 1):
            self._arrive(tick)
            for node, rings in self._on.items():
                self._act(node, rings, tick)

    def rings(self, node: int, level: int) -> list[int]:
        """Return the rings of a level that a node may be on: several for a newcomer."""
        return self._on[node][level]

    def _never(self) -> Series:
        return [ZERO] * (self.terms.horizon + 1)

    def _declare(self, ring: int, level: int) -> None:
        """Note who may be on a ring, whom it may ask, and the trees that it may have."""
        serving, pairs = self._instance.serving, dict[tuple[int, int], None]()
        for state in self.course.all_states(ring):
            contacts = state.contacts[:serving]
            for node in state.members:
                rings = self._on[node].setdefault(level, [])
                if ring not in rings:
                    rings.append(ring)
            others = [node for node in state.members if node not in contacts]
            pairs |= dict.fromkeys((node, contact) for node in others for contact in contacts)
        self.asks += [Ask(node, level, contact, self.terms.horizon) for node, contact in pairs]
        self.trees.declare(ring, level)

    # ---- what arrives

    def _arrive(self, tick: int) -> None:
        """Tie what arrives to what was sent a tick before."""
        if tick > self.start:
            for ask in self.asks:
                self._carry(ask.arrived, ask.asked, ask.node, ask.contact, tick)
        self.trees.arrive(tick, self.start, self._carry)

    def _carry(self, arrival: Series, sent: Series, giver: int, taker: int, tick: int) -> None:
        """Tie one arrival to its sending.

        A silent giver does not send: c is ``sent[t-1] (1 - giver)``. A taker that is down gets
        nothing: ``x[t-1] <= x[t] <= c``, ``c - taker[t] <= x[t]``, ``x[t] - x[t-1] <= 1 -
        taker[t]``.
        """
        terms, before = self.terms, arrival[tick - 1]
        name = f"arrives_{self.start}_{tick}"
        cause = product(terms, name, sent[tick - 1], ONE - self.course.silent(giver))
        down = self.course.down(taker)[tick]
        if not down.terms or not (cause.terms or cause.constant):
            arrival[tick] = before if down.constant else cause
            return
        here = arrival[tick] = terms.binary(name)
        terms.rows.at_most("past", before, here)
        terms.rows.at_most("sent", here, cause)
        terms.rows.at_most("arrives", cause - down, here)
        terms.rows.at_most("down", here - before + down, ONE)

    # ---- what follows

    def _act(self, node: int, rings: dict[int, list[int]], tick: int) -> None:
        """Let a node do what follows from what it gets at a tick."""
        terms, where, name = self.terms, self.course.where, f"{self.start}_{node}_{tick}"
        serving = self._instance.serving
        up = [self._got(f"up_{level}_{name}", self._asked_by(node, level), tick) for level in rings]
        down = [
            self._got(f"down_{level}_{name}", self.trees.into(node, level), tick) for level in rings
        ]
        serves = [
            where(node, some, tick, lambda state: node in state.contacts[:serving])
            for some in rings.values()
        ]
        hands = [ZERO for _ in rings]
        if self._instance.handover == "yes":
            lost = [product(terms, f"lost_{name}", up[k], ONE - serves[k]) for k in rings]
            hands = self._hands(node, rings, tick, lost, down)
        acts: list[Affine] = []
        for level, some in rings.items():
            starts = level == 0 and (node, tick) == (self._instance.source, self.start)
            causes = [ONE if starts else ZERO, hands[level], *acts[level - 1 : level]]
            climbs = either(terms, f"climbs_{level}_{name}", causes)
            due = either(terms, f"due_{level}_{name}", [climbs, up[level]])
            acts.append(product(terms, f"acts_{level}_{name}", due, serves[level]))
            self._ask(node, level, some, tick, climbs)
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
        self,
        node: int,
        rings: dict[int, list[int]],
        tick: int,
        lost: list[Affine],
        down: list[Affine],
    ) -> list[Affine]:
        """By level: 1 where a node hands on, on its highest ring, what it got as a contact.

        It did so where it is `lost`: ``up[v,l,t]``, and v is no contact of R; or ``down[v,l,t]``
        above level 0, and v is not on R.
        """
        terms, name = self.terms, f"{self.start}_{node}_{tick}"
        on = [
            self.course.where(node, some, tick, lambda state: node in state.members)
            for some in rings.values()
        ]
        on.append(ZERO)
        off = [product(terms, f"off_{name}", down[k], ONE - on[k]) for k in rings if k]
        hands = either(terms, f"hands_{name}", [*lost, *off])
        return [
            product(terms, f"hands_{k}_{name}", hands, self._highest(f"{k}_{name}", on[k:]))
            for k in rings
        ]

    def _highest(self, name: str, on: list[Affine]) -> Affine:
        """1 where a node is on a ring and on none above it: ``on[l] - on[l+1]`` where all know all.

        Where word takes a while, a node may take itself to be on a ring further up, and not on one
        between.
        """
        if not self.course.news:
            return on[0] - on[1]
        above = either(self.terms, f"above_{name}", on[1:])
        return product(self.terms, f"highest_{name}", on[0], ONE - above)

    def _ask(self, node: int, level: int, rings: list[int], tick: int, climbs: Affine) -> None:
        """``asked[v,l,x,t]``: before, or ``climb[v,l,t]`` where x is a contact of R, and v none."""
        serving = self._instance.serving
        for ask in self._asking.get((node, level), []):

            def asks(state: State, contact: int = ask.contact) -> bool:
                contacts = state.contacts[:serving]
                return node in state.members and node not in contacts and contact in contacts

            here = self.course.where(node, rings, tick, asks)
            name = f"asks_{self.start}_{node}_{level}_{ask.contact}_{tick}"
            now = product(self.terms, name, climbs, here)
            before = ask.asked[tick - 1] if tick else ZERO
            ask.asked[tick] = either(self.terms, name, [before, now])

    def _begin(self, node: int, level: int, tick: int, causes: list[Affine]) -> None:
        """``began[v,l,t]``: the tree begins at the tick at which it rises."""
        name = f"began_{self.start}_{node}_{level}_{tick}"
        began = self.began[node, level]
        began[tick] = either(self.terms, name, [began[tick - 1] if tick else ZERO, *causes])
        begins = risen(began, tick)
        self.trees.begin(name, node, level, tick, begins)

    # ---- what came of it

    def holds(self, node: int) -> list[Series]:
        """Return series of which one is 1 where a node holds the message."""
        several = [series for level in self._on[node] for series in self.trees.into(node, level)]
        return several + [arrived for k in self._on[node] for arrived in self._asked_by(node, k)]

    def messages(self) -> Affine:
        """Count what is sent by the horizon: per giver that is not silent what it has to send."""
        found = [(ask.node, ask.asked[-1]) for ask in self.asks]
        found += [(hop.ends[0], hop.sent[-1]) for hop in self.trees.hops]
        return Affine.total(
            product(self.terms, f"wire_{number}", sent, ONE - self.course.silent(giver))
            for number, (giver, sent) in enumerate(found)
        )
