"""Rows of butlers that start again and have forgotten what they did.

``lapsed[i,t]``: correct i has started again by t, before anything else happens in that tick; ``+``
stands for what is new at a tick, ``+X[u] = X[u] - X[u-1]``. On duty in v it proposes the same
again, which nobody signs twice; signatures that it had are gone, and so is its request of a
timestamp. Each signature comes once, so that it has no second quorum, and asks once at most as any
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes


def constrain(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    restart(m, x, size)
    for view in size.views:
        remember(m, x, size, view)
        ask_with_what_is_there(m, x, size, view)
        lose_request(m, x, size, view)


def restart(m: Builder, x: Acts, size: Sizes) -> None:
    """``sum(i) lapsed[i,T] <= K``; ``lapsed[i,T] + crook[i] <= 1``; nobody does at tick 0."""
    assert x.lapsed is not None
    index = x.lapsed.index
    m.add("lapses", Sum(index[:, -1]), relation=LE, rhs=size.instance.lapses)
    m.add("correct", each(index[:, -1]), each(x.crook.index), relation=LE, rhs=1)
    m.add("restart", each(index[:, 0]), relation=EQ)


def remember(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``fresh[c,v,t]``: the signature of c is with the butler on duty, and not forgotten.

    With s and e the first and last tick of v, for s < u <= t <= e, ``got = got[c,v,0]``:
    ``fresh[t] <= got[t]``, ``fresh[t] + got[u] + +lapsed[i,u] <= 2``;
    ``fresh[t] >= got[t] - lapsed[i,t] + lapsed[i,s]``, ``fresh[t] >= got[t] - got[u] +
    +lapsed[i,u] - 1``. What comes as it starts again comes before it proposes, and is dropped.
    """
    assert x.fresh is not None
    start, end = size.start(view), size.end(view)
    got, again = x.got.index[:, view, 0], _again(x, size, view)
    for t in range(start, end + 1):
        fresh, now = each(x.fresh.index[:, view, t]), each(got[:, t])
        m.add("fresh", fresh, -now, relation=LE)
        since = [_one(again[t]), -_one(again[start])] if t > start else []
        m.add("kept", fresh, -now, *since, relation=GE)
        for u in range(start + 1, t + 1):
            before, new = each(got[:, u]), (_one(again[u]), -_one(again[u - 1]))
            m.add("forgotten", fresh, before, *new, relation=LE, rhs=2)
            if u < t:
                m.add("kept", fresh, -now, before, *(-one for one in new), relation=GE, rhs=-1)


def ask_with_what_is_there(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``q +asked[v,0,0,t] <= sum(c) fresh[c,v,t]`` for correct i, and it asks as soon as it can.

    That is ``sum(c) fresh[c,v,t] <= q - 1 + (N_c - q + 1) (asked[v,0,0,t] + holds[i,t])``.
    """
    assert x.fresh is not None
    i, duty, asked = size.instance, size.butler(view), x.asked.index[view, 0, 0]
    crook, spare = _one(x.crook.index[duty]), i.commissioners - i.quorum + 1
    for t in range(size.start(view), size.end(view) + 1):
        fresh = Sum(x.fresh.index[:, view, t])
        before = [-_one(asked[t - 1])] if t else []
        new = [i.quorum * one for one in (_one(asked[t]), *before)]
        m.add("quorum", *new, -fresh, -i.quorum * crook, relation=LE)
        held = x.holds(size.c + duty, t)
        m.add("ask", fresh, -spare * _one(asked[t]), -spare * held, -i.commissioners * crook,
              relation=LE, rhs=i.quorum - 1)  # fmt: skip


def lose_request(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``lost[v,t]``: the request of v was out when i started again; no block is made of it then.

    ``+lost[t] <= +lapsed[i,t]``, ``+lost[t] <= asked[v,0,0,t-1]``, ``+lost[t] >= +lapsed[i,t] +
    asked[v,0,0,t-1] - 1``; ``+out[v,0,0,t] + lost[t] <= 1``.
    """
    assert x.lost is not None
    again, lost, asked = _again(x, size, view), x.lost.index[view], x.asked.index[view, 0, 0]
    out = x.out.index[view, 0, 0]
    m.add("lost", _one(lost[0]), relation=EQ)
    new, starts = _new(lost), _new(again)
    before = each(asked[:-1])
    m.add("lost", *new, *(-one for one in starts), relation=LE)
    m.add("lost", *new, -before, relation=LE)
    m.add("lost", *new, *(-one for one in starts), -before, relation=GE, rhs=-1)
    m.add("made", *_new(out), each(lost[1:]), relation=LE, rhs=1)


def forgot(x: Acts, view: int, by: int) -> list[Sum]:
    """Return what excuses a butler from a block by a tick, its timestamp being there."""
    return [] if x.lost is None else [_one(x.lost.index[view, by])]


def _again(x: Acts, size: Sizes, view: int) -> NDArray[np.int32]:
    assert x.lapsed is not None
    found: NDArray[np.int32] = x.lapsed.index[size.butler(view)]
    return found


def _new(index: NDArray[np.int32]) -> tuple[Sum, Sum]:
    return each(index[1:]), -each(index[:-1])


def _one(number: np.int32 | NDArray[np.int32]) -> Sum:
    return Sum(number.reshape(1))
