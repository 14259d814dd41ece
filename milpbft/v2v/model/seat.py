"""A primary that may lose its view, and the successor, who serves first come, first served.

``D[k]``: it is deposed as slot k begins; ``e[i,k]``: the timer of i is why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.problem import EQ, GE, LE
from milpbft.v2v.model.rows import Rows

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.milp.builder import Builder
    from milpbft.v2v.model.ordering_layout import Layout, Slots, Terms


def lose_the_seat(m: Builder, lay: Layout, v: Slots) -> None:
    """Add D and e, in place of the rows of patience."""
    d = m.variables("D", lay.slots + 1)
    e = m.variables("e", len(lay.orders), lay.slots)
    depose(m, lay, v, d, e)
    succeed(m, lay, v, d)


def _deposed(d: Block, k: int) -> Terms:
    """Return D[k]: 0 in the first slot and before."""
    return [(1, int(d.index[k - 1]))] if k >= 1 else []


def depose(m: Builder, lay: Layout, v: Slots, d: Block, e: Block) -> None:
    """Depose where a request was held for more than P slots, and for nothing else.

    ``K D[k+1] >= sum(l <= k) o[i,l] - P``; ``(P + 1) e[i,k] <= sum(l <= k) o[i,l]``;
    ``D[k+1] <= D[k] + sum(i) e[i,k]``; ``D[k] <= D[k+1]``; ``D[1] = 0``.
    """
    patience, orders = lay.instance.patience, range(len(lay.orders))
    must, why = Rows(m, "must", GE), Rows(m, "why", LE)
    only, stays, first = Rows(m, "only", LE), Rows(m, "stays", LE), Rows(m, "first", EQ)
    first.add(*_deposed(d, 1))
    for k in lay.range:
        now, after = _deposed(d, k), _deposed(d, k + 1)
        for i in orders:
            held = [(-1, v.at(v.o, i, slot)) for slot in range(1, k + 1)]
            must.add(*((lay.slots * c, n) for c, n in after), *held, rhs=-patience)
            why.add((patience + 1, v.at(e, i, k)), *held)
        reasons = [(-1, v.at(e, i, k)) for i in orders]
        negative = [(-c, n) for c, n in now]
        only.add(*after, *negative, *reasons)
        stays.add(*now, *((-c, n) for c, n in after))
    for rows in (must, why, only, stays, first):
        rows.done()


def succeed(m: Builder, lay: Layout, v: Slots, d: Block) -> None:
    """Nobody serves for V slots; then the successor does, the oldest request first.

    ``y[i,k] <= 1 - D[k] + D[k-V]``, of secret orders ``y[i,k] <= 1 - D[k]``; with i before j and
    known, ``y[j,k] <= h[i,k-1] + 1 - D[k-V]``; ``sum(j) y[j,k] >= D[k-V] - h[i,k-1]``.
    """
    change = lay.instance.change
    idle, turn, serves = Rows(m, "idle", LE), Rows(m, "turn", LE), Rows(m, "serves", GE)
    for k in lay.range:
        served = _deposed(d, k - change)
        minus = [(-c, n) for c, n in served]
        for j, order in enumerate(lay.orders):
            successor = [] if order.secret else minus
            idle.add((1, v.at(v.y, j, k)), *_deposed(d, k), *successor, rhs=1)
            if order.secret or not served:
                continue
            for i in lay.before(j):
                if lay.heard[i] <= k:
                    past = [(-1, n) for _, n in v.done(i, k - 1)]
                    turn.add((1, v.at(v.y, j, k)), *past, *served, rhs=1)
            if lay.heard[j] <= k:
                each_ = [(1, v.at(v.y, i, k)) for i in range(len(lay.orders))]
                serves.add(*each_, *minus, *v.done(j, k - 1))
    for rows in (idle, turn, serves):
        rows.done()
