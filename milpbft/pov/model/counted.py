"""Rows of a round in which commissioners are counted, so that its size does not depend on N_c.

Correct commissioners of one side are alike: nothing asks which of them signs. So ``signed[g,..,t]``
is how many of group g have signed by t, ``has[g,..,t]`` how many have adopted, and a signature is
taken for that of whoever signed first. What ties the two together is that nobody signs who has a
block. Name the members of a group by when they adopt, latest first, and let who signs last be the
first of them: such names exist if and only if for all t as many are without a block after t as sign
at t or later (:func:`sign`), for these are sets within each other (Hall's condition).

Signatures of byzantine commissioners are bound by nothing but the proposal and the network, and are
the last row of ``got``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from milpbft.pov.model.acts import Acts, Sizes


def constrain(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module that are no network's."""
    who(m, x, size)
    for view in size.views:
        sign(m, x, size, view)
        if not size.instance.lock:
            sign_before_adopting(m, x, size, range(view, view + 1))
        collect(m, x, size, view)
    if size.instance.lock:
        sign_before_adopting(m, x, size, size.views)


def who(m: Builder, x: Acts, size: Sizes) -> None:
    """``sum liar <= b_c``, ``sum crook <= b_b``, ``liar[g] <= w[g]``."""
    i = size.instance
    m.add("faults", Sum(x.liar.index), relation=LE, rhs=i.byzantine_commissioners)
    m.add("faults", Sum(x.crook.index), relation=LE, rhs=i.byzantine_butlers)
    m.add("group", each(x.liar.index), relation=LE, rhs=np.array(size.weights[: size.c]))


def sign(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S5. ``signed[g,v,k,t] <= w[g] proposed[v,k,t-1]``, in the view, and nothing illegal.

    With s and e the first and last tick of v: ``signed[g,v,k,t] = 0`` for t < s, and
    ``signed[g,v,k,t] = signed[g,v,k,e]`` for t > e.
    """
    index, start, end = x.signed.index[:, view], size.start(view), size.end(view)
    weights = np.array(size.weights[: size.c]).reshape(-1, 1, 1, 1)
    sent = -weights * each(x.proposed.index[view][None, :, :-1])
    m.add("signed_sent", each(index[..., 1:]), sent, relation=LE)
    m.add("signed_sent", each(index[..., 0]), relation=EQ)
    if start:
        m.add("in_view", each(index[..., :start]), relation=EQ)
    if end + 1 < size.ticks:
        late = each(index[..., end + 1 :])
        m.add("in_view", late, -Sum(index[..., end, None, None]), relation=EQ)
    if size.asks_illegal:
        m.add("legal", each(index[:, -1, -1]), relation=EQ)


def sign_before_adopting(m: Builder, x: Acts, size: Sizes, views: range) -> None:
    """``sum(v,k) (signed[g,v,k,T] - signed[g,v,k,t-1]) + holds[g,t] + liar[g] <= w[g]``.

    For all t from the first view's start on, v of `views`: one, or, with a lock, all of them, for
    then a commissioner signs in one view alone.
    """
    first, last = size.start(views[0]), size.end(views[-1])
    for group in range(size.c):
        index = x.signed.index[group, views.start : views.stop]
        total = Sum(index[..., -1].reshape(-1))
        for tick in range(first, last + 1):
            before = [-Sum(index[..., tick - 1].reshape(-1))] if tick else []
            m.add("sign_before_adopting", total, *before, x.holds(group, tick),
                  Sum(x.liar.index[group].reshape(1)), relation=LE,
                  rhs=size.weights[group])  # fmt: skip


def collect(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``got[g,v,k,t] <= signed[g,v,k,t-1]``; less is asked of byzantine ones.

    Theirs is the last row, L: ``got[L,v,k,t] <= sum(g) liar[g]``, and
    ``got[L,v,k,t] <= N_c (proposed[v,k,t-2] + crook[i])``.
    """
    got, signed = x.got.index[:-1, view], x.signed.index[:, view]
    m.add("got", each(got[..., 1:]), -each(signed[..., :-1]), relation=LE)
    m.add("got", each(got[..., 0]), relation=EQ)
    lies, proposed = x.got.index[-1, view], x.proposed.index[view]
    crook = Sum(x.crook.index[size.butler(view)].reshape(1, 1, 1))
    most = size.instance.commissioners
    m.add("lies", each(lies), -Sum(x.liar.index), relation=LE)
    m.add("lies", each(lies[:, :2]), -most * crook, relation=LE)
    if lies.shape[-1] > 2:
        heard = -most * each(proposed[:, :-2])
        m.add("lies", each(lies[:, 2:]), heard, -most * crook, relation=LE)


def nobody_later(x: Acts, size: Sizes, group: int, view: int, by: int) -> list[Sum]:
    """Return ``sum(v,k) (signed[g,v,k,by] - signed[g,v,k,T])``, v the view, or all with a lock.

    It is 0 where a proposal has reached all by then: whoever had no block has signed.
    """
    views = slice(None) if size.instance.lock else slice(view, view + 1)
    index = x.signed.index[group, views]
    return [Sum(index[..., by].reshape(-1)), -Sum(index[..., -1].reshape(-1))]
