"""Votes of an election: equations 3 to 7, and the smallest K of inequality 6.

The paper says "exceeds N_c/2" and sums from i = N_c/2. For even N_c the two differ by one vote; for
odd N_c the sum starts at no integer. :class:`Reading` names the three ways out. The paper's K = 81
comes out of the sum as printed; with votes that really exceed N_c/2 it is 91.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from math import comb, gcd, isfinite

from milpbft.errors import InputError

MOST_COMMISSIONERS = 20_000
"""Above this, an exact comparison takes more than some seconds."""

# P1 from SciPy is good to about 1e-12 of its value; closer to P2 than this, integers decide.
_TIE = 1e-9


class Reading(StrEnum):
    """How many votes count as the N_c/2 of equation 4.

    ``at-least-half``: i >= N_c/2, the printed sum; for odd N_c that is (N_c + 1)/2.
    ``more-than-half``: i > N_c/2, the text; the quorum of a block. For odd N_c the same as above.
    ``rounded-down``: i >= floor(N_c/2), the printed sum in integer division; for even N_c the same
    as ``at-least-half``, for odd N_c one vote less.
    """

    AT_LEAST_HALF = "at-least-half"
    MORE_THAN_HALF = "more-than-half"
    ROUNDED_DOWN = "rounded-down"


def least_votes(commissioners: int, reading: Reading = Reading.AT_LEAST_HALF) -> int:
    """Return the first i of the sum of equation 4.

    Raises
    ------
    InputError
        Where `commissioners` is not from 1 to 20 000.
    """
    _check_range("commissioners", commissioners, 1, MOST_COMMISSIONERS)
    match reading:
        case Reading.AT_LEAST_HALF:
            return (commissioners + 1) // 2
        case Reading.MORE_THAN_HALF:
            return commissioners // 2 + 1
    return commissioners // 2


def votes_chance(received: int, commissioners: int, votes: int, candidates: int) -> float:
    """Return P(X), equation 3: the chance of a candidate to get exactly `received` votes.

    Each of `commissioners` votes for `votes` of `candidates` at random and abstains from none.

    Parameters
    ----------
    received
        X, any integer; the chance is 0 outside 0 to `commissioners`.
    commissioners
        N_c, 1 to 20 000.
    votes
        K, 0 to `candidates`.
    candidates
        N_bc, at least 1.

    Raises
    ------
    InputError
        Where a parameter is out of its range.
    """
    _check(commissioners, votes, candidates)
    from scipy.stats import binom  # noqa: PLC0415  (it takes a second, which few commands need)

    return float(binom.pmf(received, commissioners, votes / candidates))


def p1(
    commissioners: int, votes: int, candidates: int, reading: Reading = Reading.AT_LEAST_HALF
) -> float:
    """Return P1, equation 4: the chance that a candidate gets votes of half the commissioners.

    Parameters are those of :func:`votes_chance`, and the `reading` of "half".
    """
    _check(commissioners, votes, candidates)
    return _survival(commissioners, votes / candidates, reading)


def exact_p1(
    commissioners: int, votes: int, candidates: int, reading: Reading = Reading.AT_LEAST_HALF
) -> Fraction:
    """Return P1 of equation 4 as a fraction, by integer binomials."""
    _check(commissioners, votes, candidates)
    shared = gcd(votes, candidates)
    for_it, whole = votes // shared, candidates // shared
    total = _weight(commissioners, for_it, whole - for_it, least_votes(commissioners, reading))
    return Fraction(total, whole**commissioners)


def p2(butlers: int, candidates: int) -> Fraction:
    """Return P2 = N_b/N_bc, equation 5: the chance of a candidate to be elected.

    Raises
    ------
    InputError
        Unless 1 <= `butlers` <= `candidates`.
    """
    _check_range("candidates", candidates, 1)
    _check_range("butlers", butlers, 1, candidates)
    return Fraction(butlers, candidates)


def alpha_range(votes: int, candidates: int) -> tuple[Fraction, Fraction]:
    """Return the open interval of alpha in equation 7: -K/N_bc to 1 - K/N_bc."""
    _check(1, votes, candidates)
    share = Fraction(votes, candidates)
    return -share, 1 - share


def admits(votes: int, candidates: int, alpha: float) -> bool:
    """Whether `alpha`, read as the decimal number that it prints as, is in its range."""
    low, high = alpha_range(votes, candidates)
    return isfinite(alpha) and low < Fraction(str(alpha)) < high


def p3(
    commissioners: int,
    votes: int,
    candidates: int,
    alpha: float,
    reading: Reading = Reading.AT_LEAST_HALF,
) -> float:
    """Return P3, equation 7: P1 of a candidate whose score shifts each vote's chance by `alpha`.

    Raises
    ------
    InputError
        Where `alpha` is not strictly between -K/N_bc and 1 - K/N_bc, or as for :func:`p1`.
    """
    _check(commissioners, votes, candidates)
    if not admits(votes, candidates, alpha):
        low, high = alpha_range(votes, candidates)
        allowed = f"strictly between {float(low):g} and {float(high):g} for these votes"
        raise InputError("alpha", alpha, allowed)
    share = min(1.0, max(0.0, votes / candidates + alpha))
    return _survival(commissioners, share, reading)


def smallest_k(
    commissioners: int, butlers: int, candidates: int, reading: Reading = Reading.AT_LEAST_HALF
) -> int:
    """Return the smallest K with P1 > P2, inequality 6.

    P1 grows with K, so K is bracketed and halved; where P1 and P2 are too close for floating point,
    integers compare them.

    Parameters
    ----------
    commissioners
        N_c, 1 to 20 000.
    butlers
        N_b, 1 to `candidates` - 1: where all are elected, P2 = 1 and no K exceeds it.
    candidates
        N_bc.

    Returns
    -------
    int
        0 to `candidates`; 0 only where the reading asks for no vote at all (one commissioner,
        rounded down).

    Raises
    ------
    InputError
        Where a parameter is out of its range.
    """
    _check_range("candidates", candidates, 2)
    _check_range("butlers", butlers, 1, candidates - 1)
    if least_votes(commissioners, reading) == 0:
        return 0
    low, high = 0, candidates  # P1(low) = 0 <= P2 < 1 = P1(high)
    while high - low > 1:
        middle = (low + high) // 2
        if _exceeds(commissioners, middle, candidates, butlers, reading):
            high = middle
        else:
            low = middle
    return high


def _exceeds(
    commissioners: int, votes: int, candidates: int, butlers: int, reading: Reading
) -> bool:
    chance, elected = p1(commissioners, votes, candidates, reading), butlers / candidates
    if abs(chance - elected) > _TIE * elected:
        return chance > elected
    return exact_p1(commissioners, votes, candidates, reading) > p2(butlers, candidates)


def _survival(commissioners: int, share: float, reading: Reading) -> float:
    from scipy.stats import binom  # noqa: PLC0415  (likewise)

    return float(binom.sf(least_votes(commissioners, reading) - 1, commissioners, share))


def _weight(n: int, for_it: int, against: int, least: int) -> int:
    """Return the sum over i from `least` to `n` of ``comb(n, i) for_it**i against**(n - i)``."""
    total, term = 0, comb(n, least)
    # Horner in for_it/against from the first term on: one product with a small factor per step.
    powers = 1
    for i in range(least, n + 1):
        total = total * against + term * powers
        powers *= for_it
        term = term * (n - i) // (i + 1)
    return int(total * for_it**least)


def _check(commissioners: int, votes: int, candidates: int) -> None:
    _check_range("commissioners", commissioners, 1, MOST_COMMISSIONERS)
    _check_range("candidates", candidates, 1)
    _check_range("votes", votes, 0, candidates)


def _check_range(field: str, value: int, low: int, high: int | None = None) -> None:
    if value < low or (high is not None and value > high):
        allowed = f"{low} or more" if high is None else f"a number from {low} to {high}"
        raise InputError(field, value, allowed)
