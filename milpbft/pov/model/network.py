"""Rows of a round's network: what arrives by when, and what a partition keeps apart.

``due(t) = max(t, gst) + h delta`` is the tick by which what a correct node sent at t is with
another, h hops away, 1 but for overlays, on which there is a row per walk between the two, with
the slack of each byzantine relay;
rows whose due tick is past the horizon, or past what it is good for, do not exist. The time server
is correct and answers everybody. A partition loses what crosses it from the tick of the cut on,
until it heals, so that each of these rows has slack where the two nodes are apart at the tick by
which it is due. ``cut[t]`` says whether there is a partition at t.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.pov.model import clocks, forgetting, forwarded, lapsing, reloading
from milpbft.pov.model.acts import new, shown
from milpbft.pov.model.counted import nobody_later
from milpbft.pov.model.overlay import travel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.pov.model.acts import Acts, Sizes


def connect(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    if size.instance.parts:
        split(m, x, size)
    if size.instance.overlay:
        for view in size.views:
            travel(m, x, size, view)
    if size.instance.delta:
        for view in size.views:
            (proposals_wait if x.entered else proposals_arrive)(m, x, size, view)
            signatures_arrive(m, x, size, view)
            if not size.instance.withholding:
                timestamps_arrive(m, x, size, view)
            blocks_arrive(m, x, size, view)
        forwarded.connect(m, x, size)


def _crook(x: Acts, size: Sizes, view: int) -> Sum:
    return Sum(x.crook.index[size.butler(view)].reshape(1))


def _together(x: Acts, size: Sizes, node: int, butler: int) -> tuple[Sum | None, int]:
    """Return whether a node and a butler are on one side, as a sum and a constant."""
    assert x.away is not None
    assert x.same is not None
    if node < size.c:
        part = size.part(node)
        return _on(x, part, butler), int(part == 0)
    if node == size.c + butler:
        return None, 1
    return Sum(x.same.index[node - size.c, butler].reshape(1)), 0


def _on(x: Acts, part: int, butler: int) -> Sum:
    """Return ``away[s-1,i]``, or ``-sum(s) away[s-1,i]`` for the first side, less 1."""
    assert x.away is not None
    if part:
        return Sum(x.away.index[part - 1, butler].reshape(1))
    return -Sum(x.away.index[:, butler])


def split(m: Builder, x: Acts, size: Sizes) -> None:
    """Keep sides apart from the cut on, and until the partition heals, if it does.

    ``cut[t-1] <= cut[t]``, or ``cut[t] = 1`` if and only if t is given as one of these.
    ``sum(s) away[s,i] <= 1``; ``same[i,i'] = 1`` if and only if i and i' are on one side; with what
    happens at t for ``X[t] - X[t-1]``, n and i correct and not on one side:
    ``X[t] - X[t-1] <= w[n] (1 - cut[t])``, X a proposal to commissioner n that it signs, its
    signature, or a block that n adopts. ``traitor <= sum(n) faulty[n]``: somebody is Byzantine, who
    speaks to both sides and may hand on what others have signed.
    """
    i = size.instance
    assert x.away is not None
    assert x.same is not None
    assert x.cut is not None
    if i.cut is not None:
        ticks = np.arange(i.horizon + 1)
        parted = (ticks >= i.cut) & (i.heal is None or ticks < i.heal)
        for value in (0, 1):
            m.add("cut", each(x.cut.index[parted == value]), relation=EQ, rhs=value)
    else:
        m.add("past", each(x.cut.index[:-1]), -each(x.cut.index[1:]), relation=LE)
    same_side(m, x, size)
    if i.posted:
        away = Sum(x.away.index.reshape(-1))
        m.add("posted", away, relation=LE, rhs=i.butlers - i.posted)
    traitor = None
    if i.byzantine_commissioners + i.byzantine_butlers:
        traitor = Sum(m.variables("traitor").index.reshape(1))
        m.add("traitor", traitor, -Sum(x.faulty), relation=LE)
    for view in size.views:
        crook = _crook(x, size, view)
        for node in range(size.nodes):
            together, constant = _together(x, size, node, size.butler(view))
            slack = [-crook, *([-together] if together else [])]
            if node >= size.c or not size.counted:
                slack.append(-Sum(x.faulty[node].reshape(1)))
            weight = size.weights[node]
            right = [weight * term for term in slack], weight * (1 + constant), weight
            for crossing in _crossings(x, size, node, view):
                _keep_apart(m, x.cut, crossing, right, traitor)
        if i.isolated:
            far = Sum(x.away.index[:, size.butler(view)])
            for block in (x.stamped, x.out):
                m.add("no_server", *new(block.index[view]), each(x.cut.index[1:]), far,
                      relation=LE, rhs=2)  # fmt: skip


def same_side(m: Builder, x: Acts, size: Sizes) -> None:
    """``same[i,i'] <= 1 - |away[s,i] - away[s,i']|``; ``same >= away[s,i] + away[s,i'] - 1``.

    And for the first side, ``same >= 1 - sum(s) (away[s,i] + away[s,i'])``; ``sum(s) away <= 1``.
    """
    assert x.away is not None
    assert x.same is not None
    away, same = x.away.index, x.same.index
    apart = ~np.eye(size.instance.butlers, dtype=bool)
    for side in away:
        one, other = Sum(side[:, None, None]), Sum(side[None, :, None])
        m.add("same", each(same), one, -other, relation=LE, rhs=1, where=apart)
        m.add("same", each(same), -one, other, relation=LE, rhs=1, where=apart)
        m.add("same", each(same), -one, -other, relation=GE, rhs=-1, where=apart)
    one, other = Sum(away.T[:, None]), Sum(away.T[None, :])
    m.add("same", each(same), one, other, relation=GE, rhs=1, where=apart)
    m.add("same", each(np.diag(same)), relation=EQ, rhs=1)
    if len(away) > 1:
        m.add("one_side", Sum(away.T), relation=LE, rhs=1)


def _crossings(
    x: Acts, size: Sizes, node: int, view: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], bool]]:
    """Yield what a message between a node and the butler of a view makes happen, and its sending.

    Ticks are the last axis of both. At last: whether both are counted, and not just the former.
    """
    if node < size.c:
        yield x.signed.index[node, view], x.proposed.index[view], False
        yield x.got.index[node, view], x.signed.index[node, view], size.counted
    if node != size.c + size.butler(view):
        yield x.has.index[node, view], x.out.index[view], False


def _keep_apart(
    m: Builder,
    cut: Block,
    crossing: tuple[NDArray[np.int32], NDArray[np.int32], bool],
    right: tuple[list[Sum], int, int],
    traitor: Sum | None,
) -> None:
    """``X[t] - X[t-1] + w cut[t] <= w + slack``; or a byzantine node hands on what was sent by t-2.

    So with one there are two rows, one with the slack ``w traitor``, one with ``w Y[t-2]``; where Y
    is a count like X, that is ``X[t] - Y[t-2] + w cut[t] <= w + slack``.
    """
    (act, cause, both), (slack, limit, weight) = crossing, right
    rows = [*new(act), weight * each(cut.index[1:]), *slack]
    if traitor is None:
        m.add("apart", *rows, relation=LE, rhs=limit)
        return
    m.add("apart", *rows, -weight * traitor, relation=LE, rhs=limit)
    first = each(act[..., 1:2]), -each(act[..., :1]), weight * each(cut.index[1:2])
    m.add("apart", *first, *slack, relation=LE, rhs=limit)
    if act.shape[-1] > 2:
        before = -each(cause[..., :-2])
        if not both:
            m.add("apart", each(act[..., 2:]), -each(act[..., 1:-1]), weight * before,
                  weight * each(cut.index[2:]), *slack, relation=LE, rhs=limit)  # fmt: skip
            return
        m.add("apart", each(act[..., 2:]), before, weight * each(cut.index[2:]), *slack,
              relation=LE, rhs=limit)  # fmt: skip


def _lost(x: Acts, size: Sizes, by: int, sent: NDArray[np.int32], late: int = 0) -> Sum | None:
    """Return what excuses a row on ``sent[t]``, due at `by`, between nodes that are apart.

    That is ``cut[by]``; after the partition has healed ``sent[s]``, where s is the last tick at
    which what was sent was due before: it was there sooner, or was lost.
    """
    assert x.cut is not None
    heal = size.instance.heal
    if heal is None or by < heal:
        return Sum(x.cut.index[by].reshape(1))
    ticks = range(size.ticks)
    early = [t for t in ticks if (due := size.due(t)) is not None and due + late < heal]
    return Sum(sent[early[-1]].reshape(1)) if early else None


def _losses(
    x: Acts, size: Sizes, ends: tuple[int, int], by: int, sent: NDArray[np.int32]
) -> Iterator[tuple[Sum | None, int]]:
    """Yield the slacks of a row on a message that is due at `by`: it holds with each of them.

    It is between a node and a butler; ``sent[t]`` is whether it was sent by t.
    """
    if not size.instance.parts:
        yield None, 0
        return
    yield _lost(x, size, by, sent), 0
    together, constant = _together(x, size, *ends)
    yield (-together if together else None), 1 - constant


def _unserved(
    x: Acts, size: Sizes, butler: int, by: int, sent: NDArray[np.int32], *, late: int = 0
) -> Iterator[tuple[Sum | None, int]]:
    """Yield likewise the slacks of what is between a butler and the time server."""
    if not size.instance.isolated:
        yield None, 0
        return
    assert x.away is not None
    yield _lost(x, size, by, sent, late), 0
    yield Sum(x.away.index[:, butler]), 0


def _walks(x: Acts, size: Sizes, sender: int, receiver: int) -> Iterator[tuple[int, list[Sum]]]:
    """Yield the hops of each walk, and who of its relays is Byzantine, and may lose what passes it.

    A walk may come by its sender again, whose rows have that slack already.
    """
    for way in size.paths.between(sender, receiver):
        relays = (one for one in dict.fromkeys(way) if one < size.nodes)
        slack = [Sum(x.faulty[one].reshape(1)) for one in relays if one not in {sender, receiver}]
        yield len(way) + 1, slack


def _owe(
    m: Builder, family: str, terms: list[Sum], slack: tuple[Sum | None, int], weight: int = 1
) -> None:
    """Add ``sum of terms + w slack >= 0``."""
    lost, constant = slack
    more = [weight * lost] if lost else []
    m.add(family, *terms, *more, relation=GE, rhs=-weight * constant)


def _locked(x: Acts, size: Sizes, commissioner: int, view: int) -> Iterator[tuple[list[Sum], int]]:
    """Yield whether a commissioner has signed in an earlier view, where that binds it.

    That is a sum and a constant; where it may have forgotten, several, and each has to excuse it.
    """
    if not size.instance.lock or not view:
        yield [], 0
    elif x.restarted:
        yield from forgetting.bound(x, size, commissioner, view)
    else:
        yield [Sum(x.signed.index[commissioner, :view, :, -1].reshape(-1))], 0


def proposals_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``signed[c,v,0,due(s)] + holds[c,due(s)] >= w[c] proposed[v,0,s]``, s the first tick of v.

    With a lock, less what c has signed in earlier views. Where commissioners are counted, nobody of
    whom that asks it is left to sign later; see :func:`milpbft.pov.model.counted.nobody_later`.
    """
    start, duty = size.start(view), size.butler(view)
    nodes = [(c, walk) for c in range(size.c) for walk in _walks(x, size, size.c + duty, c)]
    for c, (hops, relays) in nodes:
        by = size.due(start, hops)
        if by is None or by > size.end(view):
            continue
        weight = size.weights[c]
        excused = [
            -weight * Sum(x.proposed.index[view, 0, start].reshape(1)),
            weight * _crook(x, size, view),
        ]
        terms = [
            Sum(x.signed.index[c, view, 0, by].reshape(1)),
            x.holds(c, by),
            Sum(x.liar.index[c].reshape(1)),
            *excused,
            *relays,
            *reloading.missed(x, c, (x.proposed.index[view, 0], start), by),
        ]
        for slack in _losses(x, size, (c, duty), by, x.proposed.index[view, 0]):
            for locked, constant in _locked(x, size, c, view):
                _owe(m, "arrive", [*terms, *locked], (slack[0], slack[1] + constant), weight)
            if x.restarted and size.instance.lock and by < size.instance.horizon:
                forgetting.sign_when_due(m, x, size, (c, view), by)
            if size.counted:
                later = nobody_later(x, size, c, view, by)
                _owe(m, "nobody_later", [*later, *excused], (slack[0], slack[1] + 1), weight)


def proposals_wait(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``signed[c,v,0,t] + holds[c,t] + 1 >= proposed[v,0,s] + inside[c,v,t]`` for t >= due(s).

    Where clocks differ: what comes before c is in v waits. With a lock, as in `proposals_arrive`.
    """
    duty = size.butler(view)
    for c in range(size.c):
        for sent, due, tick in clocks.waiting(size, view):
            terms = [
                Sum(x.signed.index[c, view, 0, tick].reshape(1)),
                x.holds(c, tick),
                *[one for locked, _ in _locked(x, size, c, view) for one in locked],
                Sum(x.liar.index[c].reshape(1)),
                _crook(x, size, view),
                -Sum(x.proposed.index[view, 0, sent].reshape(1)),
                *[-part for part in clocks.inside(x, c, view, tick)],
            ]
            for lost, constant in _losses(x, size, (c, duty), due, x.proposed.index[view, 0]):
                _owe(m, "arrive", terms, (lost, constant + 1))


def signatures_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``got[c,v,0,due(t)] >= signed[c,v,0,t]``, for correct c."""
    duty = size.c + size.butler(view)
    nodes = [(c, walk) for c in range(size.c) for walk in _walks(x, size, c, duty)]
    for tick in range(size.opens(view), size.closes(view) + 1):
        for c, (hops, relays) in nodes:
            by = size.due(tick, hops)
            if by is None or by > size.closes(view):
                continue
            terms = [
                Sum(x.got.index[c, view, 0, by].reshape(1)),
                -Sum(x.signed.index[c, view, 0, tick].reshape(1)),
                size.weights[c] * _crook(x, size, view),
                *relays,
                *reloading.missed(x, duty, (x.signed.index[c, view, 0], tick), by),
            ]
            if not size.counted:
                terms.append(Sum(x.liar.index[c].reshape(1)))
            for slack in _losses(x, size, (c, size.butler(view)), by, x.signed.index[c, view, 0]):
                _owe(m, "arrive", terms, slack, size.weights[c])


def timestamps_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``stamped[v,0,0,due(t)] >= asked[v,0,0,t]``; ``holds[i,due(t)] >= stamped[v,0,0,t]`` in time.

    The latter until i is on duty again, and for timestamps that are surely before T_cut. Where the
    server's clock may say either, a block comes by then or never: ``out[v,0,0,T] -
    out[v,0,0,due(t)] + stamped[v,0,0,t] <= 1``.
    """
    duty, crook, server = size.butler(view), _crook(x, size, view), size.nodes
    again = size.ticks if x.entered else size.start(view + size.instance.butlers)
    late = size.instance.late
    for tick in range(size.opens(view), size.closes(view) + 1):
        for hops, relays in _walks(x, size, size.c + duty, server):
            by = size.stamped_by(tick, hops)
            if by is not None:
                asked = Sum(x.asked.index[view, 0, 0, tick].reshape(1))
                stamped = Sum(x.stamped.index[view, 0, 0, by].reshape(1))
                for slack in _unserved(x, size, duty, by, x.asked.index[view, 0, 0], late=late):
                    _owe(m, "arrive", [stamped, -asked, crook, *relays], slack)
    for tick in range(size.opens(view), size.latest(view) + 1):
        for hops, relays in _walks(x, size, server, size.c + duty):
            by = size.due(tick, hops)
            if by is None or by > again:
                continue
            either = tick >= size.cutoff(view) - size.instance.off
            terms = [-Sum(x.stamped.index[view, 0, 0, tick].reshape(1)), crook, *relays]
            if either and by == size.instance.horizon:
                continue  # By then or never says nothing.
            if either:
                out = x.out.index[view, 0, 0]
                terms += [Sum(out[by].reshape(1)), -Sum(out[-1].reshape(1))]
            else:
                terms += [x.holds(size.c + duty, by), *lapsing.forgot(x, view, by)]
                sent = x.stamped.index[view, 0, 0], tick
                terms += reloading.missed(x, size.c + duty, sent, by)
                terms += clocks.proposed_again(x, size, view, by - 1) if x.entered else []
            for lost, constant in _unserved(x, size, duty, by, x.stamped.index[view, 0, 0]):
                _owe(m, "arrive", terms, (lost, constant + either))


def blocks_arrive(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``holds[n,due(t)] >= w[n] out[v,0,0,t]``; an own block counts from the tick before."""
    duty = size.butler(view)
    others = [node for node in range(size.nodes) if node != size.c + duty]
    nodes = [(node, walk) for node in others for walk in _walks(x, size, size.c + duty, node)]
    for tick in range(size.opens(view), size.ticks):
        for node, (hops, relays) in nodes:
            by = size.due(tick, hops)
            if by is None:
                continue
            terms = [
                shown(x, size, node, by),
                -size.weights[node] * Sum(x.out.index[view, 0, 0, tick].reshape(1)),
                Sum(x.faulty[node].reshape(1)),
                size.weights[node] * _crook(x, size, view),
                *relays,
                *reloading.missed(x, node, (x.out.index[view, 0, 0], tick), by),
            ]
            for slack in _losses(x, size, (node, duty), by, x.out.index[view, 0, 0]):
                _owe(m, "arrive", terms, slack, size.weights[node])
