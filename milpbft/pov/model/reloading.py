"""Rows of nodes that start again with a log, and lose what is under way to them.

``reloaded[n,t]``: n has started again by t, before anything else happens in that tick. All nodes
are correct, so that whatever was sent to n before u and is not there by u - 1 never comes, where it
starts again at u: with ``+X[u] = X[u] - X[u-1]``, every row of a loss has ``+reloaded[n,u]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes


def constrain(m: Builder, x: Acts, size: Sizes) -> None:
    """Add all rows of this module."""
    assert x.reloaded is not None
    index = x.reloaded.index
    m.add("reloads", Sum(index[:, -1]), relation=LE, rhs=size.instance.reloads)
    m.add("restart", each(index[:, 0]), relation=EQ)
    for view in size.views:
        for u in range(1, size.ticks):
            lose_proposals(m, x, size, (view, u))
            lose_answers(m, x, size, (view, u))
            lose_blocks(m, x, size, (view, u))


def lose_proposals(m: Builder, x: Acts, size: Sizes, place: tuple[int, int]) -> None:
    """``signed[c,v,0,T] - signed[c,v,0,u-1] + +reloaded[c,u] <= 1`` for u after v began."""
    view, u = place
    signed = x.signed.index[:, view, 0]
    if u > size.start(view):
        m.add("missed", each(signed[:, -1]), -each(signed[:, u - 1]),
              *_starts(x, slice(0, size.c), u), relation=LE, rhs=1)  # fmt: skip


def lose_answers(m: Builder, x: Acts, size: Sizes, place: tuple[int, int]) -> None:
    """``got[c,v,0,T] - got[c,v,0,u-1] + signed[c,v,0,u-1] + +reloaded[i,u] <= 2``.

    And so ``out[v,0,0]``, once ``stamped[v,0,0,u-1]``.
    """
    view, u = place
    starts = _starts(x, size.c + size.butler(view), u)
    got, signed = x.got.index[:, view, 0], x.signed.index[:, view, 0]
    m.add("missed", each(got[:, -1]), -each(got[:, u - 1]), each(signed[:, u - 1]), *starts,
          relation=LE, rhs=2)  # fmt: skip
    out, stamped = x.out.index[view, 0, 0], x.stamped.index[view, 0, 0]
    m.add("missed", each(out[-1:]), -each(out[u - 1 : u]), each(stamped[u - 1 : u]), *starts,
          relation=LE, rhs=2)  # fmt: skip


def lose_blocks(m: Builder, x: Acts, size: Sizes, place: tuple[int, int]) -> None:
    """``has[n,v,0,0,T] - has[n,v,0,0,u-1] + out[v,0,0,u-1] + +reloaded[n,u] <= 2``, n not i."""
    view, u = place
    others = [n for n in range(size.nodes) if n != size.c + size.butler(view)]
    has = x.has.index[others, view, 0, 0]
    out = Sum(x.out.index[view, 0, 0, u - 1].reshape(1))
    m.add("missed", each(has[:, -1]), -each(has[:, u - 1]), out, *_starts(x, others, u),
          relation=LE, rhs=2)  # fmt: skip


def missed(
    x: Acts, node: int, sent: tuple[NDArray[np.int32], int], by: int, weight: int = 1
) -> list[Sum]:
    """Return what excuses a row on what is sent by a tick, ``- w sent[t] + .. >= 0``, due at `by`.

    Where it was sent sooner another row is about it: ``w sent[t-1]``; or its receiver has started
    again since: ``reloaded[n,by] - reloaded[n,t]``.
    """
    if x.reloaded is None:
        return []
    (index, tick), again = sent, x.reloaded.index[node]
    sooner = [weight * Sum(index[tick - 1].reshape(1))] if tick else []
    return [*sooner, Sum(again[by].reshape(1)), -Sum(again[tick].reshape(1))] if by > tick else []


def _starts(x: Acts, nodes: int | slice | list[int], tick: int) -> tuple[Sum, Sum]:
    """Return ``+reloaded[n,u]``, for one node or a row for each."""
    assert x.reloaded is not None
    now, before = x.reloaded.index[nodes, tick], x.reloaded.index[nodes, tick - 1]
    return each(now.reshape(-1)), -each(before.reshape(-1))
