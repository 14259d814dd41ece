"""Rows of a time server that is two-faced: which time each published block says.

``told[v,k,j,u]``, a block of Acts: the published block of timestamp j says time u. The server's
clock is d ticks off at most, and asked again for one header it gives another time. Blocks of a
proposal that say the same time have different signers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes


def constrain(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """Add all rows of this module."""
    say(m, x, size, view)
    for more in range(1, size.instance.stamps):
        differ(m, x, size, view, more)


def say(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """``sum(u < T_cut) told[v,k,j,u] = out[v,k,j,T]``, with u at most d ticks off.

    ``told[v,k,j,u] <= stamped[v,k,j,u+d]``; ``told[v,k,j,u] + stamped[v,k,j,u-d-1] <= 1``.
    """
    assert x.told is not None
    told, stamped, off = x.told.index[view], x.stamped.index[view], size.instance.off
    m.add("told", Sum(told), -each(x.out.index[view, ..., -1]), relation=EQ)
    for time in range(told.shape[-1]):
        if time >= size.cutoff(view):
            m.add("told", each(told[..., time]), relation=EQ)
            continue
        by = min(time + off, size.instance.horizon)
        m.add("told_late", each(told[..., time]), -each(stamped[..., by]), relation=LE)
        if time > off:
            m.add("told_early", each(told[..., time]), each(stamped[..., time - off - 1]),
                  relation=LE, rhs=1)  # fmt: skip


def differ(m: Builder, x: Acts, size: Sizes, view: int, more: int) -> None:
    """``sum(i <= j) told[v,k,i,u] <= w + s able[w,t-1] + s (1 - stamped[v,k,j,t])`` for j >= w.

    s is the number of timestamps, and ``able[w] = 1`` only where enough signatures are there to
    choose w + 1 sets from: so many blocks can say one time, the last of them stamped at t.
    """
    assert x.told is not None
    told, stamped, most = x.told.index[view], x.stamped.index[view], size.instance.stamps
    able = enough(m, x, size, view, more)
    for number in range(more, most):
        for tick in range(1, size.ticks):
            rows = Sum(told[:, : number + 1].transpose(0, 2, 1))
            slack = most * Sum(stamped[:, number, tick, None, None])
            free = [-most * Sum(able[:, tick - 1, None, None])] if able is not None else []
            m.add("other_time", rows, slack, *free, relation=LE, rhs=more + most)


def enough(m: Builder, x: Acts, size: Sizes, view: int, more: int) -> NDArray[np.int32] | None:
    """``least able[w,k,t] <= sum(c) got[c,v,k,t]``; None where no signatures are enough."""
    counts = range(size.instance.commissioners + 1)
    least = next((k for k in counts if size.choices(k) > more), 0)
    if not least:
        return None
    got = x.got.index[:, view].transpose(1, 2, 0)
    able = m.variables(f"able_{view}_{more}", *got.shape[:2], base=0).index
    m.add("able", least * each(able), -Sum(got), relation=LE)
    return able
