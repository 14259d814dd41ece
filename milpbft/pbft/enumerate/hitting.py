"""Hitting sets: the fewest messages of which every set has one."""

from __future__ import annotations

from milpbft.pbft.enumerate.pool import bits


def smallest_hitting(sets: set[int], most: int) -> int | None:
    """Return a smallest set that has an element of each of some sets, which are integers of bits.

    Parameters
    ----------
    most
        Elements that it may have.

    Returns
    -------
    int | None
        The set; None where one of the sets is empty, or it takes more.
    """
    if 0 in sets:
        return None
    return next((hit for size in range(most + 1) if (hit := _hit(sets, size)) is not None), None)


def _hit(sets: set[int], size: int) -> int | None:
    """Return a hitting set of so many elements at most: one of the first set is in it."""
    if not sets:
        return 0
    if size == 0:
        return None
    for element in bits(min(sets, key=int.bit_count)):
        chosen = 1 << element
        rest = _hit({one for one in sets if not one & chosen}, size - 1)
        if rest is not None:
            return rest | chosen
    return None
