"""Duals of an assignment, in integers: which pairs no best matching has, and a bound on all.

An assignment's linear program is integral, and with integer weights so are its duals u of buys and
v of sells: ``u[b] + v[s] >= w[b,s]``, ``u, v >= 0``. Whatever they are, no matching weighs more
than their sum, and one with the pair (b, s) weighs less than that by ``u[b] + v[s] - w[b,s]``
(weak duality). So where a matching weighs as much as the sum, the pairs that are not tight are in
no best one. Everything is tested here in integers; what a solver of assignments said is not
believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 2**52
"""Of sums of weights: doubles hold them, and sums of two of them fit 64 bits."""


@dataclass(frozen=True)
class Duals:
    """Proven duals of an assignment.

    Parameters
    ----------
    tight
        Pairs that a best matching may have, buys by sells.
    bound
        What a best matching weighs.
    """

    tight: NDArray[np.bool_]
    bound: int


def duals(weights: NDArray[np.int64], allowed: NDArray[np.bool_]) -> Duals | None:
    """Return the duals of the matching of most weight; None where none were proven.

    Parameters
    ----------
    weights
        Of pairs, buys by sells; matchings may leave orders out.
    allowed
        Pairs that may be matched.
    """
    buys, sells = weights.shape
    most = int(np.abs(np.where(allowed, weights, 0)).max(initial=0))
    if not allowed.any() or (most + 1) * (buys + sells) > LARGEST:
        return None
    # Every order has a partner to stay alone with, at no weight: better than what may not be.
    square = np.zeros((buys + sells, sells + buys), dtype=np.int64)
    square[:buys, :sells] = np.where(allowed, weights, -1)
    rows, columns = linear_sum_assignment(square, maximize=True)
    partner = columns[np.argsort(rows)]
    v = _prices(square, partner)
    if v is None or len(np.unique(partner)) < len(square):
        return None
    u = (square - v).max(axis=1)
    shift = int(v[sells:].min())
    matched = int(square[rows, columns].sum())
    return _proven(weights, allowed, u[:buys] + shift, v[:sells] - shift, matched)


def _prices(square: NDArray[np.int64], partner: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return prices of columns at which each row likes its partner best (Bellman and Ford)."""
    v = np.zeros(len(square), dtype=np.int64)
    own = square[np.arange(len(square)), partner]
    for _ in range(len(square) + 1):
        u = (square - v).max(axis=1)
        raised = v.copy()
        raised[partner] = own - u
        if np.array_equal(raised, v):
            return v
        v = raised
    return None


def _proven(
    weights: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    matched: int,
) -> Duals | None:
    """Test the duals, and that the matching weighs as much as they come to."""
    slack = u[:, None] + v[None, :] - weights
    bound = int(u.sum()) + int(v.sum())
    feasible = bool((u >= 0).all() and (v >= 0).all() and (slack[allowed] >= 0).all())
    if not feasible or bound != matched:
        return None
    return Duals(allowed & (slack == 0), bound)
