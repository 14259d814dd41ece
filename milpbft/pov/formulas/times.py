"""Times of a round of consensus: T_cut and T_c (section III C).

Times and lengths are in one unit of the caller's choice: seconds, or ticks.
"""

from __future__ import annotations

from typing import TypeVar

from milpbft.errors import InputError

Time = TypeVar("Time", int, float)


def cutoff(previous: Time, cycle: int, length: Time) -> Time:
    """Return T_cut = previous confirmation + m * T_b: a block's timestamp must be less.

    Parameters
    ----------
    previous
        Timestamp of the block before.
    cycle
        m, the packing cycle of the round, from 1 on.
    length
        T_b, length of a packing cycle; more than 0.

    Raises
    ------
    InputError
        Where a parameter is out of its range.
    """
    return previous + round_length(cycle, length)


def round_length(cycles: int, length: Time) -> Time:
    """Return T_c = M * T_b, the longest that a round of M packing cycles takes."""
    if cycles < 1:
        raise InputError("cycle", cycles, "1 or more")
    if not length > 0:
        raise InputError("length", length, "more than 0")
    return cycles * length


def longest_round(butlers: int, length: Time) -> Time:
    """Return N_b * T_b: the longest round where one butler of `butlers` succeeds, M <= N_b."""
    if butlers < 1:
        raise InputError("butlers", butlers, "1 or more")
    return round_length(butlers, length)
