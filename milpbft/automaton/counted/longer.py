"""Longer: a run of few slots as one of more, in the last of which nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.automaton.counted.encoding import Counted
    from milpbft.milp.problem import Problem


def lengthened(
    short: Problem, encoded: Counted, problem: Problem, x: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Write a point of a problem of few slots as one of the same problem with more.

    Parameters
    ----------
    short
        The problem of few slots.
    encoded
        The encoding of the problem of more slots.
    problem
        That problem; its blocks have the same names.
    x
        The point.
    """
    slotted = (encoded.located, encoded.counted, encoded.flow)
    blocks = [*(b for part in slotted for b in part.values()), encoded.guard, encoded.used]
    still = {block.name for block in (*encoded.flow.values(), encoded.used)}
    off = [k for atom, k in encoded.atoms.items() if encoded.automaton.kind(atom) == "upper"]
    longer = {block.name for block in blocks}
    values = {block.name: block.of(x) for block in short.blocks}
    found = np.zeros_like(problem.lower)
    for block in problem.blocks:
        known = values[block.name]
        if block.name in longer:
            rest = block.shape[0] - len(known)
            last = np.zeros_like(known[-1:]) if block.name in still else known[-1:].copy()
            if block == encoded.guard:
                last[:, off] = 0
            known = np.concatenate([known, np.repeat(last, rest, axis=0)])
        found[block.start : block.stop] = known.ravel()
    return found
