"""Rows of commissioners that start again and have forgotten what they signed.

``restarted[c,t]``: correct c has started again by t, before anything else happens in that tick. So
what it signed sooner binds it no more: neither in a packing cycle, nor, with a lock, in the height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.model.acts import Acts, Sizes


def constrain(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    restart(m, x, size)
    if size.instance.lock:
        sign_once(m, x, size, size.views)
    for view in size.views:
        if not size.instance.lock:
            sign_once(m, x, size, range(view, view + 1))


def restart(m: Builder, x: Acts, size: Sizes) -> None:
    """``sum(c) restarted[c,T] <= K``; ``restarted[c,T] + liar[c] <= 1``; nobody does at tick 0."""
    assert x.restarted is not None
    index = x.restarted.index
    m.add("restarts", Sum(index[:, -1]), relation=LE, rhs=size.instance.amnesia)
    m.add("correct", each(index[:, -1]), each(x.liar.index), relation=LE, rhs=1)
    m.add("restart", each(index[:, 0]), relation=EQ)


def sign_once(m: Builder, x: Acts, size: Sizes, views: range) -> None:
    """One signature before c starts again, and one from then on, v of `views`, a lock's or one.

    ``sum(v,k) signed[c,v,k,t] <= 1 + restarted[c,t]``, and
    ``sum(v,k) (signed[c,v,k,T] - signed[c,v,k,t-1]) + restarted[c,t] <= 2``, with the slack of who
    is Byzantine.
    """
    assert x.restarted is not None
    signed = x.signed.index[:, views.start : views.stop]
    count = signed.shape[1] * signed.shape[2]
    if count == 1:
        return
    liar = -count * each(x.liar.index)
    last = Sum(signed[..., -1].reshape(size.c, count))
    for tick in range(1, size.ticks):
        now, before = (Sum(signed[..., t].reshape(size.c, count)) for t in (tick, tick - 1))
        again = each(x.restarted.index[:, tick])
        m.add("sign_once", now, -again, liar, relation=LE, rhs=1)
        m.add("sign_once", last, -before, again, liar, relation=LE, rhs=2)


def sign_when_due(m: Builder, x: Acts, size: Sizes, place: tuple[int, int], by: int) -> None:
    """``signed[c,v,0,T] <= signed[c,v,0,by] + crook[i] + liar[c]``: what came is dropped for good.

    So it is with a lock: a proposal that is there by then was signed, or it found c bound.
    """
    c, view = place
    signed, crook = x.signed.index[c, view, 0], x.crook.index[size.butler(view)]
    slack = [-Sum(one.reshape(1)) for one in (crook, x.liar.index[c])]
    m.add("dropped", Sum(signed[-1:]), -Sum(signed[by : by + 1]), *slack, relation=LE)


def bound(x: Acts, size: Sizes, commissioner: int, view: int) -> Iterator[tuple[list[Sum], int]]:
    """Yield what excuses c from signing what comes at the first tick that it can, a + 1.

    Each with a constant; all of them have to. It is ``P[T]``, with ``P[t] = sum(w<v,l)
    signed[c,w,l,t]`` what it signed in earlier views; and where it starts again at t, which is
    a + 1 at the latest, what since: ``P[T] - P[t-1] + 1 - (restarted[c,t] - restarted[c,t-1])``.
    """
    assert x.restarted is not None
    earlier, again = x.signed.index[commissioner, :view], x.restarted.index[commissioner]
    signed = Sum(earlier[..., -1].reshape(-1))
    yield [signed], 0
    for tick in range(1, min(size.start(view) + 1, size.ticks - 1) + 1):
        forgotten = -Sum(earlier[..., tick - 1].reshape(-1))
        starts = -Sum(again[tick].reshape(1)), Sum(again[tick - 1].reshape(1))
        yield [signed, forgotten, *starts], 1
