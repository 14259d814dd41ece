"""Pay: credit for work, its split without a remainder, and fees."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Credit = Literal["issued", "shares"]


def issued(granted: Iterable[tuple[int, int, int]]) -> Counter[int]:
    """Credit by nonces handed out, each ``(node, lo, hi)``; the same interval counts once."""
    found: Counter[int] = Counter()
    for node, lo, hi in set(granted):
        found[node] += hi - lo
    return found


def shares(hashed: Mapping[int, Iterable[int]], easy: Iterable[int]) -> Counter[int]:
    """Credit by hashes below an easier target, as pools do.

    Parameters
    ----------
    hashed
        Nonces that each node has hashed.
    easy
        Nonces whose hash is below the easier target.
    """
    good = set(easy)
    return Counter({node: len(good.intersection(nonces)) for node, nonces in hashed.items()})


def split(amount: int, credit: Mapping[int, int]) -> dict[int, int]:
    """Split an amount by credit, by largest remainder, ties to the lower number; the sum is exact.

    Raises
    ------
    InputError
        Where the amount is negative, or nobody has credit.
    """
    total = sum(credit.values())
    if amount < 0 or total < 1:
        raise InputError("amount", amount, "0 or more, for some who have credit")
    exact = {node: Fraction(amount * one, total) for node, one in credit.items()}
    parts = {node: int(share) for node, share in exact.items()}
    left = amount - sum(parts.values())
    for node in sorted(parts, key=lambda i: (parts[i] - exact[i], i))[:left]:
        parts[node] += 1
    return parts


def fee(amount: Fraction, share: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """Return ``clamp(share amount, low, high)`` (III-G; 1 % to 2 %, bounds not given)."""
    if not 0 <= low <= high:
        raise InputError("low", str(low), f"0 to high = {high}")
    return min(max(share * amount, low), high)
