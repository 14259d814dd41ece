"""Rows of a round: what correct nodes do, and what Byzantine ones can.

Names as in :mod:`milpbft.pov.model.acts`; i is the butler on duty in v, and ``holds[n,t]`` says
that node n has adopted a block by t. A row that binds correct nodes only has the slack of who is
Byzantine. Every step is that of the reference: deliveries first, then timers, then adoption, then
signatures, requests and blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.pov.model import clocks, faces, forgetting, lapsing, reloading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes


def _one(number: np.int32 | NDArray[np.int32]) -> Sum:
    """Return one variable, in every row."""
    return Sum(number.reshape(1))


def constrain(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    past(m, x)
    if not size.counted:
        who(m, x, size)
    if x.entered:
        clocks.constrain(m, x, size)
    if x.restarted:
        forgetting.constrain(m, x, size)
    if x.lapsed:
        lapsing.constrain(m, x, size)
    if x.reloaded:
        reloading.constrain(m, x, size)
    for view in size.views:
        if not x.entered:
            propose(m, x, size, view)
        if not size.counted:
            sign(m, x, size, view)
            collect(m, x, size, view)
        ask(m, x, size, view)
        stamp(m, x, size, view)
        publish(m, x, size, view)
        adopt(m, x, size, view)
    adopt_once(m, x, size)


def past(m: Builder, x: Acts) -> None:
    """``X[..,t-1] <= X[..,t]``."""
    for block in x.cumulative:
        m.add("past", each(block.index[..., :-1]), -each(block.index[..., 1:]), relation=LE)


def who(m: Builder, x: Acts, size: Sizes) -> None:
    """``sum liar <= b_c``, ``sum crook <= b_b``; of commissioners on a side, the last ones lie.

    Not over an overlay: there they have places, and what passes one may be lost.
    """
    i = size.instance
    m.add("faults", Sum(x.liar.index), relation=LE, rhs=i.byzantine_commissioners)
    m.add("faults", Sum(x.crook.index), relation=LE, rhs=i.byzantine_butlers)
    if i.overlay:
        return
    parts = i.parts or (0, i.commissioners)
    for side in np.split(x.liar.index, np.cumsum(parts)[:-1]):
        if len(side) > 1:
            m.add("order", each(side[:-1]), -each(side[1:]), relation=LE)


def propose(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S4. With s the first tick of v, for correct i: ``proposed[v,0,t] = 1 - holds[i,s]``, t >= s.

    Nothing before s, no second proposal; a Byzantine butler proposes what and when it likes.
    """
    index, start, duty = x.proposed.index[view], size.start(view), size.butler(view)
    crook = _one(x.crook.index[duty])
    held = x.holds(size.c + duty, start)
    if start:
        m.add("early", each(index[0, :start]), -crook, relation=LE)
    m.add("propose", each(index[0, start:]), held, crook, relation=GE, rhs=1)
    m.add("propose", each(index[0, start:]), held, -crook, relation=LE, rhs=1)
    if len(index) > 1:
        m.add("one_proposal", each(index[1:]), -crook, relation=LE)


def sign(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S5. ``signed[c,v,k,t] <= proposed[v,k,t-1]``; correct c sign in their view, and one proposal.

    With s and e the first and last tick at which a node may be in v, for correct c:
    ``signed[c,v,k,t] = 0`` for t < s;
    ``signed[c,v,k,t] = signed[c,v,k,e]`` for t > e; ``sum(k) signed[c,v,k,T] <= 1``;
    ``signed[c,v,k,t] - signed[c,v,k,t-1] <= 1 - holds[c,t]``; no illegal proposal. With a lock,
    ``signed[c,v,k,T] + signed[c,w,l,T] <= 1`` for all l and w < v. Who starts again may sign again:
    :mod:`milpbft.pov.model.forgetting` has these two rows then.
    """
    index, start, end = x.signed.index[:, view], size.opens(view), size.closes(view)
    liar = each(x.liar.index)
    wide = Sum(x.liar.index[:, None, None, None])
    sent = Sum(x.proposed.index[view][None, :, :-1, None], -1)
    m.add("signed_sent", each(index[..., 1:]), sent, relation=LE)
    m.add("signed_sent", each(index[..., 0]), relation=EQ)
    if start:
        m.add("in_view", each(index[..., :start]), -wide, relation=LE)
    if end + 1 < size.ticks:
        late = index[..., end + 1 :]
        m.add("in_view", each(late), -Sum(index[..., end, None, None]), -wide, relation=LE)
    if x.entered:
        here = clocks.inside(x, slice(0, size.c), view, slice(None))
        clocks.act_inside(
            m, index, [Sum(one.index[:, None], one.coefficient) for one in here], wide
        )
    count = index.shape[1]
    if count > 1 and not x.restarted:
        m.add("one_signature", Sum(index[..., -1]), (1 - count) * liar, relation=LE, rhs=1)
    for tick in range(max(1, start), end + 1):
        now = each(index[..., tick]), -each(index[..., tick - 1])
        held = Sum(x.holds(slice(0, size.c), tick).index[:, None])
        m.add("not_done", *now, held, relation=LE, rhs=1)
    if size.instance.lock and not x.restarted:
        others = x.signed.index[:, :view, :, -1].reshape(size.c, -1)
        for place in range(count if view else 0):
            mine, lies = index[:, place, -1][:, None, None], x.liar.index[:, None, None]
            m.add("lock", each(others), Sum(mine), -Sum(lies), relation=LE, rhs=1)
    if size.asks_illegal:
        m.add("legal", each(index[:, -1, -1]), -liar, relation=LE)


def collect(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``got[c,v,k,t] <= signed[c,v,k,t-1]``, unless both c and i are Byzantine."""
    got, signed = x.got.index[:, view], x.signed.index[:, view]
    crook = _one(x.crook.index[size.butler(view)])
    for slack in (Sum(x.liar.index[:, None, None, None]), crook):
        m.add("got", each(got[..., 1:]), -each(signed[..., :-1]), -slack, relation=LE)
        m.add("got", each(got[..., 0]), -Sum(slack.index.reshape(-1, 1, 1)), relation=LE)


def ask(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S6. With q the quorum: ``q asked[v,k,j,t] <= sum(c) got[c,v,k,t]``; ``asked <= proposed``.

    A correct i asks once, in its view, as soon as it has a quorum, and not once it has a block:
    ``sum(c) got[c,v,0,t] <= q - 1 + (N_c - q + 1) (asked[v,0,0,t] + holds[i,t])``, where clocks
    differ with ``1 - inside[i,v,t]`` in the bracket. Where butlers may forget signatures
    :mod:`milpbft.pov.model.lapsing` has this row.
    """
    i, index, duty = size.instance, x.asked.index[view], size.butler(view)
    start, end, crook = size.opens(view), size.closes(view), _one(x.crook.index[duty])
    got = x.got.index[:, view].transpose(1, 2, 0)
    m.add("quorum", i.quorum * each(index), -Sum(got[:, None]), relation=LE)
    m.add("asked_proposed", each(index), -each(x.proposed.index[view][:, None]), relation=LE)
    if index.shape[1] > 1:
        m.add("ask_once", each(index[:, 1:]), -crook, relation=LE)
    if start:
        m.add("in_view", each(index[..., :start]), -crook, relation=LE)
    if end + 1 < size.ticks:
        late = each(index[..., end + 1 :])
        m.add("in_view", late, -Sum(index[..., end, None, None]), -crook, relation=LE)
    spare, out = i.commissioners - i.quorum + 1, list[Sum]()
    if x.entered:
        here = clocks.inside(x, size.c + duty, view, slice(None))
        clocks.act_inside(m, index, here, crook)
    for tick in range(start, end + 1):
        held = x.holds(size.c + duty, tick)
        if x.entered:
            out = clocks.inside(x, size.c + duty, view, tick)
        if not x.fresh:
            m.add("ask", Sum(got[0, tick]), -spare * _one(index[0, 0, tick]), -spare * held,
                  *[spare * one for one in out], -i.commissioners * crook, relation=LE,
                  rhs=i.quorum - 1 + spare * bool(out))  # fmt: skip
        if tick:
            now = each(index[:, :, tick]), -each(index[:, :, tick - 1])
            m.add("not_done", *now, held, relation=LE, rhs=1)


def stamp(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``stamped[v,k,j,t] <= asked[v,k,j,t-1]``; those of one proposal make different blocks.

    They come in order, ``stamped[v,k,j+1,t] <= stamped[v,k,j,t]``, and two at one tick need other
    signers: with ``able[w] = 1`` only where enough signatures are there to choose w + 1 sets from,
    ``stamped[v,k,j+w,t] <= stamped[v,k,j,t-1] + able[w,t-1]``. Of k signatures there are
    ``size.choices(k)`` sets that a block can have. Where a header is stamped once, j = 0 alone.
    A two-faced server is in :mod:`milpbft.pov.model.faces`.
    """
    index = x.stamped.index[view]
    m.add("stamped", each(index[..., 1:]), -each(x.asked.index[view][..., :-1]), relation=LE)
    m.add("stamped", each(index[..., 0]), relation=EQ)
    if size.instance.once and index.shape[1] > 1 and not size.instance.twofaced:
        m.add("once", each(index[:, 1:]), relation=EQ)
    if index.shape[1] > 1:
        m.add("other_order", each(index[:, 1:]), -each(index[:, :-1]), relation=LE)
    if size.instance.twofaced:
        faces.constrain(m, x, size, view)
        return
    for more in range(1, index.shape[1]):
        rows = each(index[:, more:, 1:]), -each(index[:, :-more, :-1])
        able = faces.enough(m, x, size, view, more)
        free = [-each(able[:, None, :-1])] if able is not None else []
        m.add("other_block", *rows, *free, relation=LE)


def publish(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S6, S7. ``out[v,k,j,t] <= stamped[v,k,j,min(t-1, e)]``, e the last tick before T_cut.

    With `wrap`, e may be before the view: what then is in time byzantine nodes alone can sign,
    early. A correct butler forgets a request that is still out once it proposes again, on duty from
    tick s on: ``out[v,k,j,t] = out[v,k,j,s]`` for t > s. A timestamp that comes at s comes before
    that.
    """
    index, stamped, end = x.out.index[view], x.stamped.index[view], size.latest(view)
    m.add("out", each(index[..., 0]), relation=EQ)
    stop = min(end + 2, size.ticks)
    m.add("out", each(index[..., 1:stop]), -each(stamped[..., : stop - 1]), relation=LE)
    if stop < size.ticks:
        m.add("out", each(index[..., stop:]), -Sum(stamped[..., end, None, None]), relation=LE)
    again = size.start(view + size.instance.butlers)
    if not x.entered and again + 1 < size.ticks:
        crook = _one(x.crook.index[size.butler(view)])
        before = Sum(index[..., again, None, None])
        m.add("forgotten", each(index[..., again + 1 :]), -before, -crook, relation=LE)


def adopt(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S8. ``has[n,v,k,j,t] <= w[n] out[v,k,j,t-1]``; a correct butler has its own block at once.

    That is, ``has[i,v,k,j,t] <= out[v,k,j,t] <= has[i,v,k,j,t] + crook[i]``.
    """
    has, out, producer = x.has.index[:, view], x.out.index[view], size.c + size.butler(view)
    others = [node for node in range(size.nodes) if node != producer]
    weights = np.array(size.weights)[others].reshape(-1, 1, 1, 1, 1)
    sent = -weights * each(out[None, ..., :-1])
    m.add("has", each(has[others, ..., 1:]), sent, relation=LE)
    m.add("has", each(has[others, ..., 0]), relation=EQ)
    m.add("has", each(has[producer]), -each(out), relation=LE)
    crook = _one(x.crook.index[size.butler(view)])
    m.add("own", each(out), -each(has[producer]), -crook, relation=LE)


def adopt_once(m: Builder, x: Acts, size: Sizes) -> None:
    """``sum(v,k,j) has[n,v,k,j,T] + faulty[n] <= w[n]``: Byzantine nodes adopt nothing."""
    last, weights = x.has.index[..., -1], np.array(size.weights)
    m.add("adopt_once", Sum(last.reshape(len(last), -1)), each(x.faulty), relation=LE, rhs=weights)
