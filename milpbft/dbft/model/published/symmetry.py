"""Symmetry of the published model: honest nodes are interchangeable, and so are Byzantine ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Sum, each
from milpbft.milp.problem import LE

if TYPE_CHECKING:
    from milpbft.dbft.model.published.sizes import Sizes
    from milpbft.milp.block import Block
    from milpbft.milp.builder import Builder


def break_symmetry(m: Builder, primary: Block, size: Sizes) -> None:
    """``P[i,v] <= sum(u<v) P[i-1,u]`` for i-1, i both honest or both Byzantine.

    Any solution can be renamed within each class so that its nodes become primary in the order of
    their numbers. No row distinguishes nodes of a class, and the objective does not either. These
    rows are not implied: they keep one of the renamings, an optimal one among them.
    """
    p = primary.index
    for first, stop in ((0, size.quorum), (size.quorum, size.n)):
        before = np.full((stop - first - 1, size.n, size.n), -1, dtype=np.int32)
        for v in range(1, size.n):
            before[:, v, :v] = p[first : stop - 1, :v]
        if stop - first > 1:
            m.add("primary_order", each(p[first + 1 : stop]), -Sum(before), relation=LE)
