"""Exhaustive search of small assignments: every grant to every miner at every tick."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def fewest_ticks(
    h: Sequence[int], units: int, latency: int, ports: int, largest: int | None = None
) -> int:
    """Return the fewest ticks until all units are hashed.

    Parameters
    ----------
    h
        Ticks per unit of each miner; four at most, with few units, or it takes long.
    units, latency, ports, largest
        N, c, p and g.
    """
    most = units if largest is None else largest

    @cache
    def best(waits: tuple[int, ...], left: int) -> int:
        """Ticks from now on; `waits` are those until each miner is idle."""
        if not left:
            return max(waits)
        idle = [i for i, wait in enumerate(waits) if not wait]
        found = 10**9
        for count in range(min(ports, len(idle)) + 1):
            for chosen in combinations(idle, count):
                for sizes in product(range(1, min(most, left) + 1), repeat=count):
                    if sum(sizes) > left:
                        continue
                    busy = list(waits)
                    for i, size in zip(chosen, sizes, strict=True):
                        busy[i] = latency + h[i] * size
                    if not count and not any(waits):
                        continue  # waiting for nobody changes nothing
                    after = left - sum(sizes)
                    if not after:
                        found = min(found, max(busy))
                        continue
                    rest = tuple(max(0, wait - 1) for wait in busy)
                    found = min(found, 1 + best(rest, after))
        return found

    return best((0,) * len(h), units)
