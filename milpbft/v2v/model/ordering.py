"""A Byzantine primary that orders requests, as an integer program over slots 1 to K.

Replicas take requests that clients signed, each once, in any order, and nothing altered. What
binds the primary is the timer of the oldest request that they know. Variables, of orders i, slots
k, and pairs q of a buy and a sell that may be matched, each at its point of least key:

- ``y[i,k]``: i is executed in slot k; ``h[i,k]`` below is the sum over slots up to k;
- ``o[i,k]``: i is the oldest request that waits, and k passes without it;
- ``book[i,k]``: i is in the book after slot k; ``match[q,k]``: q is matched in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.v2v.model.batches import match_best, match_by_key
from milpbft.v2v.model.ordering_goals import Goal, goal_of
from milpbft.v2v.model.ordering_layout import Layout, Slots, Terms
from milpbft.v2v.model.rows import Rows
from milpbft.v2v.model.seat import lose_the_seat
from milpbft.v2v.model.witness import ordering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.schedule import Schedule
    from milpbft.v2v.instance import OrderInstance


@dataclass(frozen=True)
class OrderModel(StrictModel):
    """The worst order of requests."""

    instance: OrderInstance

    @cached_property
    def layout(self) -> Layout:
        """Orders, pairs and slots."""
        return Layout(self.instance)

    @property
    def unit(self) -> int:
        """Unit of the objective, in 10^-6 minor units; 1 where pairs are counted."""
        return self.goal.unit

    @cached_property
    def goal(self) -> Goal:
        """Objective, by pair matched."""
        return goal_of(self.layout)

    @cached_property
    def _built(self) -> tuple[Problem, Slots]:
        i, lay = self.instance, self.layout
        m = Builder(i.name, i.objective.sense)
        orders, slots = len(lay.orders), lay.slots
        v = Slots(
            m.variables("y", orders, slots),
            m.variables("o", orders, slots),
            m.variables("book", orders, slots),
            m.variables("match", max(1, len(lay.pairs)), slots),
            m.variables("one"),
        )
        m.add("one", each(v.one.index), relation=EQ, rhs=1)
        execute(m, lay, v)
        wait(m, lay, v)
        if i.seat:
            lose_the_seat(m, lay, v)
        else:
            patience(m, lay, v)
        keep_book(m, lay, v)
        if not i.batch:
            arrive(m, lay, v)
        elif i.rule == "key":
            match_by_key(m, lay, v)
        else:
            match_best(m, lay, v)
        self.goal.optimise(m, lay, v)
        return m.build(), v

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as the slots in which orders are executed."""
        problem, v = self._built
        taken = v.y.of(x).nonzero()
        slots = sorted(
            (k + 1, self.layout.orders[i].name) for i, k in zip(*map(list, taken), strict=True)
        )
        value = problem.value(x)
        last = self.layout.slots
        return ordering(
            self.instance, slots, unit=self.unit, value=value, source=source, horizon=last
        )


def execute(m: Builder, lay: Layout, v: Slots) -> None:
    """Execute one order per slot, none before it was sent, each once, and none but secret ones not.

    ``sum(i) y[i,k] <= 1``; ``y[i,k] = 0`` for k < a[i]; ``h[i,K] = 1``; of the versions of a
    secret order one at most.
    """
    rows, early, all_of = Rows(m, "slot", LE), Rows(m, "early", EQ), Rows(m, "once", EQ)
    for k in lay.range:
        rows.add(*((1, v.at(v.y, i, k)) for i in range(len(lay.orders))), rhs=1)
    secret: Terms = []
    for i, order in enumerate(lay.orders):
        for k in range(1, lay.sent[i]):
            early.add((1, v.at(v.y, i, k)))
        if order.secret:
            secret += v.done(i, lay.slots)
        else:
            all_of.add(*v.done(i, lay.slots), rhs=1)
    for family in (rows, early, all_of):
        family.done()
    if secret:
        versions = Rows(m, "versions", LE)
        versions.add(*secret, rhs=1)
        versions.done()


def wait(m: Builder, lay: Layout, v: Slots) -> None:
    """A slot passes without the oldest request: ``o[i,k]``, of requests that all know.

    ``o[i,k] >= 1 - h[i,k] - sum(j before i) (1 - h[j,k-1])`` from the slot on in which i is heard
    of; with a timer for each request, the sum over j is left out. Nothing else makes it 1:
    ``o[i,k] <= 1 - h[i,k]``, ``o[i,k] <= h[j,k-1]``.
    """
    passes, unless, before = Rows(m, "passes", GE), Rows(m, "waits", LE), Rows(m, "oldest", LE)
    for i, order in enumerate(lay.orders):
        earlier = lay.before(i) if lay.instance.timer == "oldest" else []
        for k in lay.range:
            o = v.at(v.o, i, k)
            if order.secret or k < lay.heard[i]:
                unless.add((1, o))
                continue
            held = [(-1, n) for j in earlier for _, n in v.done(j, k - 1)]
            passes.add((1, o), *v.done(i, k), *held, rhs=1 - len(earlier))
            unless.add((1, o), *v.done(i, k), rhs=1)
            for j in earlier:
                before.add((1, o), *((-1, n) for _, n in v.done(j, k - 1)))
    for rows in (passes, unless, before):
        rows.done()


def patience(m: Builder, lay: Layout, v: Slots) -> None:
    """No backup leaves the view: ``sum(k) o[i,k] <= P``."""
    rows = Rows(m, "patience", LE)
    for i in range(len(lay.orders)):
        rows.add(*((1, v.at(v.o, i, k)) for k in lay.range), rhs=lay.instance.patience)
    rows.done()


def keep_book(m: Builder, lay: Layout, v: Slots) -> None:
    """``book[i,k] = book[i,k-1] + y[i,k] - sum(q of i) match[q,k]``."""
    rows = Rows(m, "book", EQ)
    for i in range(len(lay.orders)):
        own = [q for q, pair in enumerate(lay.pairs) if i in (pair.buy, pair.sell)]
        for k in lay.range:
            gone = [(1, v.at(v.match, q, k)) for q in own]
            there = [(-c, n) for c, n in v.present(i, k)]
            rows.add((1, v.at(v.book, i, k)), *there, *gone)
    rows.done()
    if not lay.pairs:
        m.add("nothing", each(v.match.index), relation=EQ)


def arrive(m: Builder, lay: Layout, v: Slots) -> None:
    """Match an order as it arrives, and with the best of the book.

    ``match[b,s,k] <= y[b,k] + y[s,k]``; and for all s, as b arrives,
    ``sum(key(b,s') <= key(b,s)) match[b,s',k] >= y[b,k] + book[s,k-1] - 1``; likewise as s arrives.
    That both are there follows from the book.
    """
    new, buys, sells = Rows(m, "arrives", LE), Rows(m, "buy", GE), Rows(m, "sell", GE)
    for q, pair in enumerate(lay.pairs):
        ranked = lay.pairs[: q + 1]
        for k in lay.range:
            both = (-1, v.at(v.y, pair.buy, k)), (-1, v.at(v.y, pair.sell, k))
            new.add((1, v.at(v.match, q, k)), *both)
            for rows, end, arriving, other in (
                (buys, "buy", pair.buy, pair.sell), (sells, "sell", pair.sell, pair.buy)
            ):  # fmt: skip
                better = [p for p, one in enumerate(ranked) if getattr(one, end) == arriving]
                terms = [(1, v.at(v.match, p, k)) for p in better]
                waits = [(-1, n) for _, n in v.waits(other, k - 1)]
                rows.add(*terms, (-1, v.at(v.y, arriving, k)), *waits, rhs=-1)
    for family in (new, buys, sells):
        family.done()
