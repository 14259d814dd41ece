"""Failures of managers: idle time, block times, and what supports and stock make harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def idle(gap: float, set_ticks: float) -> float:
    """Mean idle time of a miner per failure, at a random point of its set (a = 0).

    g^2/(2G) if g <= G, else g - G/2; g where the adversary picks the point.
    """
    if set_ticks <= 0:
        raise InputError("set_ticks", set_ticks, "more than 0")
    return gap**2 / (2 * set_ticks) if gap <= set_ticks else gap - set_ticks / 2


def hashing_share(gap: float, set_ticks: float, failures: float) -> float:
    """Long-run share of its time that a miner hashes: 1 - iota/(1/lambda + g)."""
    return 1 - idle(gap, set_ticks) / (1 / failures + gap)


def mean_time(rates: Sequence[float], failures: float, wait: float, last: float) -> float:
    """Mean time of a block while managers fail.

    ``T_j = 1/(mu_j + lambda) + lambda/(mu_j + lambda) (iota + T_{j+1})``.

    Parameters
    ----------
    rates
        mu_j, blocks per second after j promotions, j = 0 to m.
    failures
        lambda, failures of the active manager per second.
    wait
        iota, idle time per failure.
    last
        T_{m+1}, after all managers failed: 1/(p max r) where all mine alone.
    """
    time = last
    for mu in reversed(rates):
        time = 1 / (mu + failures) + failures / (mu + failures) * (wait + time)
    return time


def one_failure(fraction: float, n: int, kind: str) -> float:
    """Time of a block whose manager fails at a fraction x of the work, in ideal times.

    Without D or g. ``alone``: Hazari and Mahmoud, x + (1-x)(n-1); ``hashing`` supports:
    x + (1-x)(n-1)/(n-2); ``idle`` supports: 1. n equal nodes.
    """
    if not 0 <= fraction <= 1:
        raise InputError("fraction", fraction, "0 to 1")
    left = {"alone": n - 1, "hashing": (n - 1) / (n - 2) if n > 2 else float("inf"), "idle": 1}
    if kind not in left:
        raise InputError("kind", kind, f"one of {', '.join(left)}")
    return fraction + (1 - fraction) * left[kind]


def all_fail(chance: float, supports: int) -> float:
    """Chance that all m + 1 managers fail within an epoch, where each does with q: q^(m+1)."""
    return float(chance ** (supports + 1))


def harmless(
    failures: int, supports: int, ahead: int, *, gap: int, latency: int, set_ticks: int
) -> bool:
    """Whether b failures cost nothing: m >= b, a >= b (D+E) + c and G > a.

    If none of them comes at tick 0, when nobody has a stock.
    """
    return supports >= failures and ahead >= failures * gap + latency and set_ticks > ahead


def repeated(rate: int, set_ticks: int, every: int, failures: int) -> int:
    """Nonces granted twice by b crashes after their grants: b R G ceil(S/G), for c = a = 0."""
    return failures * rate * set_ticks * -(-every // set_ticks)


def cut_overlap(rates: Sequence[int], set_ticks: int, gap: int, width: int) -> int:
    """Nonces granted twice in a cut, for c = a = 0, of the best side.

    min(G R_A ceil(W/G), G R_B ceil((W-D-E)/G)), R_A and R_B being the rates of the two sides.
    """
    if width <= gap:
        return 0
    total, best = sum(rates), 0
    sums = {0}
    for rate in rates:
        sums |= {one + rate for one in sums}
    old, new = -(-width // set_ticks), -(-(width - gap) // set_ticks)
    for side in sums:
        best = max(best, min(set_ticks * side * old, set_ticks * (total - side) * new))
    return best


def eclipse_overlap(rates: Sequence[int], set_ticks: int, gap: int) -> int:
    """Nonces granted twice where the manager is cut off from its team: G R ceil((D+E)/G)."""
    return set_ticks * sum(rates) * -(-gap // set_ticks)
