"""Lift: a point of the compact encoding of failures, written as one of the direct encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.powm.model.reading import Plan

SHARED = ("A", "f", "v", "w", "l", "lost", "rho", "peak", "one", "z", "jump", "told")
"""Blocks that both encodings have."""


def lift_point(
    compact: Problem, x: NDArray[np.int64], direct: Problem, plan: Plan, *, ends: list[int], a: int,
    size: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Give every node the grants of the plan, and let it hash as all do until it stops.

    Parameters
    ----------
    ends
        Per node that hashes, the tick at which it stops.
    a, size
        a and G.
    """
    y = np.zeros(direct.size.variables, dtype=np.int64)
    there = {block.name: block for block in direct.blocks}
    shared = {block.name: block.of(x) for block in compact.blocks}
    for name in SHARED:
        if name in there:
            y[there[name].start : there[name].stop] = np.ravel(shared[name])
    ticks = len(shared["d"])
    for node, end in enumerate(ends):
        granted = np.zeros(ticks, dtype=np.int64)
        granted[[t for t, i in plan.grants if i == node]] = 1
        hashed = np.where(np.arange(ticks) < end, shared["d"], 0)
        before = size * (np.cumsum(granted) - granted) - (np.cumsum(hashed) - hashed)
        for letter, values in (("e", before <= a), ("y", granted), ("d", hashed)):
            block = there[f"{letter}_{node}"]
            y[block.start : block.stop] = values
    return y
