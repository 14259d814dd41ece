"""Rows of a round in which clocks differ: packing cycles begin and end by each node's own.

``entered[n,v,t]``: by t the clock of node n has passed the start of view v, at most S ticks before
or after the time server's. A node with that clock is in v where ``inside[n,v,t] = entered[n,v,t] -
entered[n,v+1,t] = 1``. These stand in for the fixed windows of :mod:`milpbft.pov.model.steps`; only
T_cut is still the time server's, for it is held against its timestamps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes


def constrain(m: Builder, x: Acts, size: Sizes) -> None:
    """Add the rows of all nodes' clocks, and of what butlers do by theirs."""
    pass_cutoffs(m, x, size)
    for view in size.views:
        propose(m, x, size, view)
        forget(m, x, size, view)


def one(number: np.int32) -> Sum:
    """Return one variable, in one row."""
    return Sum(number.reshape(1))


def inside(x: Acts, node: int | slice, view: int, tick: int | slice) -> list[Sum]:
    """Return ``inside[n,v,t]`` as two sums, or as one for the last view.

    Rows are those of the slices, one for numbers alone.
    """
    assert x.entered is not None
    found = [each(x.entered.index[node, view, tick])]
    if view + 1 < x.entered.shape[1]:
        found.append(-each(x.entered.index[node, view + 1, tick]))
    return found


def pass_cutoffs(m: Builder, x: Acts, size: Sizes) -> None:
    """``entered[n,v,t]`` is 0 for t < v T_b - S, and 1 for t >= v T_b + S; views come in order.

    All begin in view 0. ``entered[n,v+1,t] <= entered[n,v,t]``.
    """
    assert x.entered is not None
    index = x.entered.index
    for view in size.views:
        first, last = size.opens(view), size.start(view) + (size.instance.skew if view else 0)
        if first:
            m.add("clock", each(index[:, view, :first]), relation=EQ)
        if last < size.ticks:
            m.add("clock", each(index[:, view, last:]), relation=EQ, rhs=1)
    m.add("in_order", each(index[:, 1:]), -each(index[:, :-1]), relation=LE)


def propose(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """S4. A correct i proposes as its clock enters v, unless it has a block, or is past v at once.

    With what happens at t for ``X[t] - X[t-1]``: ``proposed[v,0,t] - proposed[v,0,t-1]`` is at most
    ``entered[i,v,t] - entered[i,v,t-1]``, ``inside[i,v,t]`` and ``1 - holds[i,t]``; and
    ``proposed[v,0,t] + holds[i,t] >= inside[i,v,t]``.
    """
    assert x.entered is not None
    index, node = x.proposed.index[view], size.c + size.butler(view)
    crook, entered = one(x.crook.index[size.butler(view)]), x.entered.index[node, view]
    for tick in range(size.ticks):
        here, held = inside(x, node, view, tick), x.holds(node, tick)
        now, begins = [one(index[0, tick])], [-one(entered[tick])]
        m.add("propose", *now, held, crook, *[-part for part in here], relation=GE)
        if tick:
            now.append(-one(index[0, tick - 1]))
            begins.append(one(entered[tick - 1]))
        m.add("propose", *now, *begins, -crook, relation=LE)
        m.add("propose", *now, *[-part for part in here], -crook, relation=LE)
        m.add("propose", *now, held, -crook, relation=LE, rhs=1)
    if len(index) > 1:
        m.add("one_proposal", each(index[1:]), -crook, relation=LE)


def act_inside(m: Builder, act: NDArray[np.int32], here: list[Sum], liar: Sum) -> None:
    """``X[t] - X[t-1] <= inside[t] + liar``, X what a node may do in its view, t the last axis."""
    later = [-Sum(part.index[..., 1:, :], part.coefficient) for part in here]
    m.add("in_view", each(act[..., 1:]), -each(act[..., :-1]), *later, -liar, relation=LE)


def forget(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``out[v,k,j,t] - out[v,k,j,t-1] <= 1 - proposed[w,0,t-1]``, w a later duty of a correct i.

    It forgets a request that is still out once it proposes again. A timestamp that comes at that
    tick comes before that.
    """
    index, crook = x.out.index[view], one(x.crook.index[size.butler(view)])
    for later in size.views[view + size.instance.butlers :: size.instance.butlers]:
        again = each(x.proposed.index[later, 0, :-1])
        m.add("forgotten", each(index[..., 1:]), -each(index[..., :-1]), again, -crook,
              relation=LE, rhs=1)  # fmt: skip


def proposed_again(x: Acts, size: Sizes, view: int, tick: int) -> list[Sum]:
    """Return ``sum(w) proposed[w,0,t]``, w later duties of the butler of v, as a list of sums."""
    later = size.views[view + size.instance.butlers :: size.instance.butlers]
    return [one(x.proposed.index[w, 0, tick]) for w in later]


def waiting(size: Sizes, view: int) -> Iterator[tuple[int, int, int]]:
    """Yield when a proposal may have been sent, when it is due, and when it is then there.

    That is the latest sending for each tick, for what was sent sooner is there as well; where a
    partition may excuse the one and not the other, all of them.
    """
    for tick in range(size.opens(view), size.closes(view) + 1):
        sent = [s for s in range(size.opens(view), tick) if (size.due(s) or size.ticks) <= tick]
        for since in sent if size.instance.parts else sent[-1:]:
            due = size.due(since)
            assert due is not None
            yield since, due, tick
