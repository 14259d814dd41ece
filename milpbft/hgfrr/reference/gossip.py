"""Push gossip: a node that hears news tells it once to a few others, drawn by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.reference.engine import Reach, at_start
from milpbft.hgfrr.reference.flooding import draw_others

if TYPE_CHECKING:
    from collections.abc import Iterable


def gossip(n: int, fanout: int, source: int, silent: Iterable[int] = (), seed: int = 0) -> Reach:
    """Gossip from `source` among `n` nodes.

    Each node that receives the message sends it, one tick later and once, to `fanout` different
    others, whoever they are. A share p of all nodes is reached where p = 1 - exp(-fanout · p), in
    the limit of large n, unless the message dies out at the source.

    Raises
    ------
    InputError
        Where the fanout is not from 1 to n - 1, or there is no such source.
    """
    first, correct = at_start(n, source, silent)
    if n == 1:
        return Reach(first, correct, 0)
    if not 1 <= fanout <= n - 1:
        raise InputError("fanout", fanout, f"from 1 to {n - 1} with {n} nodes")
    random = np.random.default_rng(seed)
    frontier, tick, messages = np.array([source]), 0, 0
    while len(frontier := frontier[correct[frontier]]):
        told = draw_others(frontier, n, fanout, random)
        messages += told.size
        reached = np.unique(told)
        frontier = reached[first[reached] < 0]
        tick += 1
        first[frontier] = tick
    return Reach(first, correct, messages)
