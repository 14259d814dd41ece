"""Rows of a round's network: what arrives by when, and what a partition keeps apart.

``due(t) = max(t, gst) + delta`` is the tick by which what a correct node sent at t is with another;
rows whose due tick is past the horizon, or past what it is good for, do not exist. The time server
is correct and answers everybody. A partition loses what crosses it from the tick of the cut on, so
that each of these rows then has slack where the two nodes are apart and the cut was made by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.pov.model.acts import new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.pov.model.acts import Acts, Sizes


def connect(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    if size.instance.side:
        split(m, x, size)
    if size.instance.delta:
        for view in size.views:
            proposals_arrive(m, x, size, view)
            signatures_arrive(m, x, size, view)
            timestamps_arrive(m, x, size, view)
            blocks_arrive(m, x, size, view)
        if size.instance.forwarding:
            forwards_arrive(m, x, size)


def _crook(x: Acts, size: Sizes, view: int) -> Sum:
    return Sum(x.crook.index[size.butler(view)].reshape(1))


def _holds(x: Acts, size: Sizes, node: int, by: int) -> Sum:
    """Return whether a node has adopted a block by a tick, whatever arrives at that tick.

    Who is shown a block at the tick at which its own timestamp arrives adopts that block first, and
    publishes none: an own block counts from the tick before.
    """
    if node < size.c:
        return x.holds(node, by)
    own = [size.butler(view) == node - size.c for view in size.views]
    late = x.has.index[node, ..., by][~np.array(own)]
    soon = x.has.index[node, ..., by - 1][np.array(own)]
    return Sum(np.concatenate([late.reshape(-1), soon.reshape(-1)]))


def _together(x: Acts, size: Sizes, node: int, butler: int) -> tuple[Sum | None, int]:
    """Return whether a node and a butler are on one side, as a sum and a constant."""
    assert x.away is not None
    assert x.same is not None
    if node < size.c:
        away = Sum(x.away.index[butler].reshape(1))
        return (-away, 1) if node < size.instance.side else (away, 0)
    if node == size.c + butler:
        return None, 1
    return Sum(x.same.index[node - size.c, butler].reshape(1)), 0


def split(m: Builder, x: Acts, size: Sizes) -> None:
    """Keep sides apart from the cut on.

    ``same[i,i'] = 1`` if and only if ``away[i] = away[i']``; with what happens at t for
    ``X[t] - X[t-1]``, n and i correct and not on one side:
    ``X[t] - X[t-1] <= 1 - cut[t]``, X a proposal to commissioner n that it signs, its signature, or
    a block that n adopts. ``traitor <= sum(n) faulty[n]``: somebody is dishonest, who speaks to
    both sides and may hand on what others have signed.
    """
    i = size.instance
    assert x.away is not None
    assert x.same is not None
    assert x.cut is not None
    if i.cut is not None:
        m.add("cut", each(x.cut.index[i.cut :]), relation=EQ, rhs=1)
        if i.cut:
            m.add("cut", each(x.cut.index[: i.cut]), relation=EQ)
    away, same = x.away.index, x.same.index
    one, other = Sum(away[:, None, None]), Sum(away[None, :, None])
    apart = ~np.eye(i.butlers, dtype=bool)
    m.add("same", each(same), one, -other, relation=LE, rhs=1, where=apart)
    m.add("same", each(same), -one, other, relation=LE, rhs=1, where=apart)
    m.add("same", each(same), -one, -other, relation=GE, rhs=-1, where=apart)
    m.add("same", each(same), one, other, relation=GE, rhs=1, where=apart)
    m.add("same", each(np.diag(same)), relation=EQ, rhs=1)
    if i.posted:
        m.add("posted", Sum(away), relation=LE, rhs=i.butlers - i.posted)
    traitor = None
    if i.dishonest + i.crooks:
        traitor = Sum(m.variables("traitor").index.reshape(1))
        m.add("traitor", traitor, -Sum(x.faulty), relation=LE)
    for view in size.views:
        crook = _crook(x, size, view)
        for node in range(size.nodes):
            faulty = Sum(x.faulty[node].reshape(1))
            together, constant = _together(x, size, node, size.butler(view))
            slack = [-crook, -faulty, *([-together] if together else [])]
            for crossing in _crossings(x, size, node, view):
                _keep_apart(m, x.cut, crossing, (slack, 1 + constant), traitor)
        if i.isolated:
            far = Sum(away[size.butler(view)].reshape(1))
            for block in (x.stamped, x.out):
                m.add("no_server", *new(block.index[view]), each(x.cut.index[1:]), far,
                      relation=LE, rhs=2)  # fmt: skip


def _crossings(
    x: Acts, size: Sizes, node: int, view: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Yield what a message between a node and the butler of a view makes happen, and its sending.

    Ticks are the last axis of both.
    """
    if node < size.c:
        yield x.signed.index[node, view], x.proposed.index[view]
        yield x.got.index[node, view], x.signed.index[node, view]
    if node != size.c + size.butler(view):
        yield x.has.index[node, view], x.out.index[view]


def _keep_apart(
    m: Builder,
    cut: Block,
    crossing: tuple[NDArray[np.int32], NDArray[np.int32]],
    right: tuple[list[Sum], int],
    traitor: Sum | None,
) -> None:
    """``X[t] - X[t-1] + cut[t] <= 1 + slack``; or a dishonest node hands on what was sent by t-2.

    So with one there are two rows, one with the slack ``traitor``, one with ``Y[t-2]``.
    """
    (act, cause), (slack, limit) = crossing, right
    rows = [*new(act), each(cut.index[1:]), *slack]
    if traitor is None:
        m.add("apart", *rows, relation=LE, rhs=limit)
        return
    m.add("apart", *rows, -traitor, relation=LE, rhs=limit)
    first = each(act[..., 1:2]), -each(act[..., :1]), each(cut.index[1:2])
    m.add("apart", *first, *slack, relation=LE, rhs=limit)
    if act.shape[-1] > 2:
        later = each(act[..., 2:]), -each(act[..., 1:-1]), each(cut.index[2:])
        m.add("apart", *later, -each(cause[..., :-2]), *slack, relation=LE, rhs=limit)


def _losses(
    x: Acts, size: Sizes, node: int, butler: int, by: int
) -> Iterator[tuple[Sum | None, int]]:
    """Yield the slacks of a row on a message that is due at `by`: it holds with each of them."""
    if not size.instance.side:
        yield None, 0
        return
    assert x.cut is not None
    yield Sum(x.cut.index[by].reshape(1)), 0
    together, constant = _together(x, size, node, butler)
    yield (-together if together else None), 1 - constant


def _unserved(x: Acts, size: Sizes, butler: int, by: int) -> Iterator[tuple[Sum | None, int]]:
    """Yield likewise the slacks of what is between a butler and the time server."""
    if not size.instance.isolated:
        yield None, 0
        return
    assert x.cut is not None
    assert x.away is not None
    yield Sum(x.cut.index[by].reshape(1)), 0
    yield Sum(x.away.index[butler].reshape(1)), 0


def _owe(m: Builder, family: str, terms: list[Sum], slack: tuple[Sum | None, int]) -> None:
    """Add ``sum of terms + slack >= 0``."""
    lost, constant = slack
    m.add(family, *terms, *([lost] if lost else []), relation=GE, rhs=-constant)


def _locked(x: Acts, size: Sizes, commissioner: int, view: int) -> Iterator[Sum]:
    """Yield whether a commissioner has signed in an earlier view, where that binds it."""
    if size.instance.lock and view:
        yield Sum(x.signed.index[commissioner, :view, :, -1].reshape(-1))


def proposals_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``signed[c,v,0,due(s)] + holds[c,due(s)] >= proposed[v,0,s]``, s the first tick of v.

    With a lock, less what c has signed in earlier views.
    """
    start, duty = size.start(view), size.butler(view)
    by = size.due(start)
    if by is None or by > size.end(view):
        return
    for c in range(size.c):
        terms = [
            Sum(x.signed.index[c, view, 0, by].reshape(1)),
            x.holds(c, by),
            *_locked(x, size, c, view),
            -Sum(x.proposed.index[view, 0, start].reshape(1)),
            Sum(x.liar.index[c].reshape(1)),
            _crook(x, size, view),
        ]
        for slack in _losses(x, size, c, duty, by):
            _owe(m, "arrive", terms, slack)


def signatures_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``got[c,v,0,due(t)] >= signed[c,v,0,t]``."""
    for tick in range(size.start(view), size.end(view) + 1):
        by = size.due(tick)
        if by is None or by > size.end(view):
            break
        for c in range(size.c):
            terms = [
                Sum(x.got.index[c, view, 0, by].reshape(1)),
                -Sum(x.signed.index[c, view, 0, tick].reshape(1)),
                Sum(x.liar.index[c].reshape(1)),
                _crook(x, size, view),
            ]
            for slack in _losses(x, size, c, size.butler(view), by):
                _owe(m, "arrive", terms, slack)


def timestamps_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``stamped[v,0,0,due(t)] >= asked[v,0,0,t]``; ``holds[i,due(t)] >= stamped[v,0,0,t]`` in time.

    The latter until i is on duty again, and where T_cut is not past.
    """
    duty, crook = size.butler(view), _crook(x, size, view)
    again = size.start(view + size.instance.butlers)
    for tick in range(size.start(view), size.end(view) + 1):
        by = size.due(tick)
        if by is None:
            break
        asked = Sum(x.asked.index[view, 0, 0, tick].reshape(1))
        stamped = Sum(x.stamped.index[view, 0, 0, by].reshape(1))
        for slack in _unserved(x, size, duty, by):
            _owe(m, "arrive", [stamped, -asked, crook], slack)
        if by <= again and size.counts(view):
            stamped = Sum(x.stamped.index[view, 0, 0, tick].reshape(1))
            for slack in _unserved(x, size, duty, by):
                _owe(m, "arrive", [x.holds(size.c + duty, by), -stamped, crook], slack)


def blocks_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``holds[n,due(t)] >= out[v,0,0,t]``, where an own block counts from the tick before."""
    duty = size.butler(view)
    for tick in range(size.start(view), size.ticks):
        by = size.due(tick)
        if by is None:
            break
        for node in range(size.nodes):
            if node == size.c + duty:
                continue
            terms = [
                _holds(x, size, node, by),
                -Sum(x.out.index[view, 0, 0, tick].reshape(1)),
                Sum(x.faulty[node].reshape(1)),
                _crook(x, size, view),
            ]
            for slack in _losses(x, size, node, duty, by):
                _owe(m, "arrive", terms, slack)


def forwards_arrive(m: Builder, x: Acts, size: Sizes) -> None:
    """``holds[n,due(t)] >= holds[c,t]``: what correct commissioners adopt, they forward."""
    for tick in range(size.ticks):
        by = size.due(tick)
        if by is None:
            break
        for c in range(size.c):
            for node in range(size.nodes):
                if node == c:
                    continue
                terms = [_holds(x, size, node, by), -x.holds(c, tick)]
                terms.append(Sum(x.faulty[node].reshape(1)))
                m.add("arrive", *terms, relation=GE)
