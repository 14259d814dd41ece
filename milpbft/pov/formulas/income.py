"""What a candidate earns: inequality 8 and the mean before it.

The paper writes the reward as a sum over k = 0 to n, which has n + 1 terms, of events that it
defines for k = 1 to n; the mean has n. Here there are n. The events are also not independent, as
the paper assumes: one election decides over all cycles of a tenure. The mean does not depend on it.
"""

from __future__ import annotations

from math import isfinite

from milpbft.errors import InputError


def block_chance(candidates: int) -> float:
    """Return p_i = N_b/N_bc * 1/N_b = 1/N_bc: to be elected, and to be drawn for a cycle."""
    if candidates < 1:
        raise InputError("candidates", candidates, "1 or more")
    return 1 / candidates


def mean_reward(cycles: int, candidates: int, reward: float, cost: float) -> float:
    """Return the mean of R_i after n cycles: n * (B/N_bc - e_i).

    Parameters
    ----------
    cycles
        n, packing cycles; 0 or more.
    candidates
        N_bc, 1 or more.
    reward
        B, per valid block; 0 or more, in any unit of money.
    cost
        e_i, energy per packing cycle in the same unit; 0 or more.

    Raises
    ------
    InputError
        Where a parameter is out of its range.
    """
    if cycles < 0:
        raise InputError("cycles", cycles, "0 or more")
    _check_money(reward=reward, cost=cost)
    return cycles * (reward * block_chance(candidates) - cost)


def break_even(candidates: int, cost: float) -> float:
    """Return N_bc * e_i, inequality 8: a candidate survives only on a reward B above it."""
    if candidates < 1:
        raise InputError("candidates", candidates, "1 or more")
    _check_money(cost=cost)
    return candidates * cost


def _check_money(**amounts: float) -> None:
    for field, amount in amounts.items():
        if not (isfinite(amount) and amount >= 0):
            raise InputError(field, amount, "a finite amount, 0 or more")
