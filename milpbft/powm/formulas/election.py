"""Elections, teams and fees: what a coalition gets, who can expel whom, what a payment costs."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

HALF = (3 - sqrt(5)) / 2
"""Share of hashes from which on a coalition manages half of the epochs: 0.38197."""


def best_guess(weights: Sequence[float]) -> float:
    """Chance of the best guess at the next manager: max w/sum w."""
    return max(weights) / sum(weights)


def _share(alpha: float) -> float:
    if not 0 <= alpha <= 1:
        raise InputError("alpha", alpha, "0 to 1")
    return alpha


def captured(alpha: float) -> float:
    """Share of epochs that a coalition manages which drops what elects others: a/(1-a+a^2)."""
    return _share(alpha) / (1 - alpha + alpha**2)


def dropped(alpha: float) -> float:
    """Blocks that it drops, per block: a(1-a)/(1-a(1-a))."""
    lost = _share(alpha) * (1 - alpha)
    return lost / (1 - lost)


def lying(alpha: float, moved: float) -> float:
    """Share of a manager that moves a share lambda of the others' tickets: a/(1-lambda(1-a))."""
    return _share(alpha) / (1 - moved * (1 - alpha))


def lying_half(moved: float) -> float:
    """Share of hashes from which on it manages half of the epochs: (1-lambda)/(2-lambda)."""
    return (1 - moved) / (2 - moved)


def committed(alpha: float, seats: int) -> float:
    """Chance at most with commit and reveal and k seats of the coalition: 1-(1-a)^(2^k)."""
    return float(1 - (1 - _share(alpha)) ** (2**seats))


def outhash(n: int, idle_supports: int) -> int:
    """Fewest of n equal nodes that out-hash the rest: more than (n-1-m)/2, m idle supports."""
    return (n - 1 - idle_supports) // 2 + 1


def liars_expel(liars: int, supports: int) -> bool:
    """Whether k liars of m + 1 seats expel an honest manager: k > m/2."""
    return 2 * liars > supports


def honest_expel(liars: int, supports: int) -> bool:
    """Whether the honest seats expel a liar: m + 1 - k > m/2."""
    return 2 * (supports + 1 - liars) > supports


def payment_stopped(alpha: float, supports: int) -> float:
    """Chance that somebody of m + 1 seats does not agree to pay: 1-(1-a)^(m+1)."""
    return float(1 - (1 - _share(alpha)) ** (supports + 1))


def fee_share(amount: Fraction, share: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """Fee by amount; above 2 % if and only if the amount is below low/0.02."""
    return min(max(share * amount, low), high) / amount
