"""Rows of a round over an overlay: a message takes a tick per hop at least.

So it does from a correct node to another. Rows of the full mesh, with one tick, stay, and bind what
Byzantine nodes send. Byzantine nodes share what the nearest of them has heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import LE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes

    Faulty = NDArray[np.int32]
    Pair = tuple[NDArray[np.int32], NDArray[np.int32]]


def travel(m: Builder, x: Acts, size: Sizes, view: int) -> None:
    """Add all rows of a view: proposals, signatures, requests and timestamps, blocks."""
    duty, server = size.c + size.butler(view), size.nodes
    crook, proposed = Sum(x.faulty[duty].reshape(1)), x.proposed.index[view]
    for c in range(size.c):
        liar = Sum(x.liar.index[c].reshape(1))
        signed, got = x.signed.index[c, view], x.got.index[c, view]
        _comes(m, (signed, proposed), size.hops(duty, c), [crook, liar])
        _heard(m, size, (duty, c), (signed, proposed), ([crook], x.faulty))
        _comes(m, (got, signed), size.hops(c, duty), [liar, crook])
        _heard(m, size, (c, duty), (got, signed), ([liar], x.faulty))
    asked, stamped, out = x.asked.index[view], x.stamped.index[view], x.out.index[view]
    _comes(m, (stamped, asked), size.hops(duty, server), [crook])
    _comes(m, (out, stamped), size.hops(server, duty), [crook])
    _heard(m, size, (server, duty), (out, stamped), ([], x.faulty))
    for node in range(size.nodes):
        if node != duty:
            _comes(m, (x.has.index[node, view], out), size.hops(duty, node), [crook])


def _comes(m: Builder, acts: Pair, hops: int, slack: list[Sum]) -> None:
    """``X[t] <= Y[t-h] + slack``, h hops away: both ends are correct."""
    if hops == 1:
        return
    (act, cause), excuse = acts, [-term for term in slack]
    m.add("hops", each(act[..., :hops]), *excuse, relation=LE)
    if act.shape[-1] > hops:
        m.add("hops", each(act[..., hops:]), -each(cause[..., :-hops]), *excuse, relation=LE)


def _heard(
    m: Builder, size: Sizes, way: tuple[int, int], acts: Pair, slack: tuple[list[Sum], Faulty]
) -> None:
    """``X[t] <= Y[t-h] + sum(f nearer than h) faulty[f] + slack``, h up to the hops of the way."""
    (sender, receiver), (excuse, faulty) = way, slack
    for hops in range(2, size.hops(sender, receiver) + 1):
        nearer = size.nearer(sender, hops)
        ears = [Sum(faulty[nearer])] if nearer else []
        _comes(m, acts, hops, [*excuse, *ears])
