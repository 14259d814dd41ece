"""Dealing: two rules that share nonces out to miners, and the least ticks that any rule takes.

Miner i takes h_i ticks per unit, a grant takes c ticks to arrive, and the manager serves p grants
per tick (section III-E: sets by capacity, asked for when depleted).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Dealt:
    """What a rule does.

    Parameters
    ----------
    grants
        Tick, miner and units, in order.
    ticks
        From which on all units are hashed.
    """

    grants: tuple[tuple[int, int, int], ...]
    ticks: int


def _checked(h: Sequence[int], units: int, ports: int) -> list[int]:
    if not h or min(h) < 1:
        raise InputError("costs", list(h), "ticks of at least 1 for each of some miners")
    for name, value in (("units", units), ("ports", ports)):
        if value < 1:
            raise InputError(name, value, "1 or more")
    return sorted(range(len(h)), key=lambda i: (h[i], i))


def largest_remainder(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Split `total` by weights; what rounding leaves goes to the largest remainders.

    Ties go to the larger weight, then to the lower number. The parts add up to `total`.
    """
    whole = sum(weights)
    if whole <= 0:
        raise InputError("weights", list(map(str, weights)), "some that are more than 0")
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], -weights[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def once(h: Sequence[int], units: int, latency: int = 0, ports: int = 1) -> Dealt:
    """Grant each miner one set by its rate, fastest first, `ports` per tick."""
    order = _checked(h, units, ports)
    parts = largest_remainder(units, [Fraction(1, one) for one in h])
    served = [i for i in order if parts[i]]
    grants = tuple((k // ports, i, parts[i]) for k, i in enumerate(served))
    return Dealt(grants, max(t + latency + h[i] * x for t, i, x in grants))


def pull(
    h: Sequence[int],
    units: int,
    latency: int = 0,
    ports: int = 1,
    largest: int | None = None,
    *,
    size: int | None = None,
) -> Dealt:
    """Grant idle miners, fastest first, ``round(size / h_i)`` units, halves up, and 1 at least.

    Parameters
    ----------
    size
        Ticks of work of a set; by default those of the slowest miner for one unit.
    """
    order = _checked(h, units, ports)
    span = max(h) if size is None else size
    most = units if largest is None else largest
    free, left, tick = [0] * len(h), units, 0
    grants: list[tuple[int, int, int]] = []
    while left:
        for i in [i for i in order if free[i] <= tick][:ports]:
            part = min(left, most, max(1, (2 * span + h[i]) // (2 * h[i])))
            if part:
                grants.append((tick, i, part))
                free[i] = tick + latency + h[i] * part
                left -= part
        tick += 1
    return Dealt(tuple(grants), max(free))


def least_ticks(h: Sequence[int], units: int) -> int:
    """Least T with ``sum floor(T / h_i) >= N``: the optimum for c = 0 and a port per miner."""
    _checked(h, units, 1)
    low, high = 0, min(h) * units
    while low < high:
        middle = (low + high) // 2
        if sum(middle // one for one in h) >= units:
            high = middle
        else:
            low = middle + 1
    return low
