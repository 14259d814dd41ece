"""Hilbert curve: an order of points of the plane in which neighbours in order are close by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDER = 16
"""Bits per coordinate: cells of the curve per axis are 2 to this power."""


def keys(positions: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of each point on the curve through the points' bounding box.

    Parameters
    ----------
    positions
        Shape (n, 2), finite.

    Returns
    -------
    NDArray
        Shape (n,), from 0 to 4^ORDER - 1; points of one cell have the same place.
    """
    low = positions.min(axis=0)
    extent = float((positions.max(axis=0) - low).max()) or 1.0
    cells = np.minimum((positions - low) / extent * 2**ORDER, 2**ORDER - 1).astype(np.int64)
    return keys_of_cells(cells, ORDER)


def keys_of_cells(cells: NDArray[np.int64], order: int) -> NDArray[np.int64]:
    """Return the place on the curve of each cell of a grid of 2^order by 2^order."""
    x, y = cells[:, 0].copy(), cells[:, 1].copy()
    place = np.zeros(len(cells), dtype=np.int64)
    side = 1 << order
    half = side >> 1
    while half:
        right = (x & half) > 0
        upper = (y & half) > 0
        place += half * half * ((3 * right) ^ upper)
        # The curve within a lower quadrant is turned, and in the right one mirrored before that.
        mirror = ~upper & right
        x[mirror], y[mirror] = side - 1 - x[mirror], side - 1 - y[mirror]
        turn = ~upper
        x[turn], y[turn] = y[turn], x[turn].copy()
        half >>= 1
    return place
