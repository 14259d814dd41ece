"""Exhaustive search of cuts: every tick and every side, counted nonce by nonce."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Network:
    """What is given: r, G, c, a, D + E, W and T; the old one alone, or with a side, is cut off."""

    rates: tuple[int, ...]
    set_ticks: int
    latency: int
    ahead: int
    gap: int
    width: int
    horizon: int
    eclipse: bool = False
    sync: str = "after"


def most_twice(n: Network) -> int:
    """Return the most nonces granted more than once, over all ticks and sides."""
    sides = [(False,) * len(n.rates)] if n.eclipse else product((False, True), repeat=len(n.rates))
    return max(overlap(n, begin, side) for side in sides for begin in range(n.horizon))


def overlap(n: Network, begin: int, side: tuple[bool, ...]) -> int:
    """Count the nonces granted again where the cut begins at `begin` with miners on `side`."""
    granted: Counter[tuple[int, int]] = Counter()
    stock = [0] * len(n.rates)
    coming: list[list[int]] = [[] for _ in n.rates]
    cursors = {"old": 0, "new": 0}
    ruler = "old"
    for t in range(n.horizon):
        if t == begin:
            cursors["new"] = cursors["old"]
        cut = begin <= t < (n.horizon if n.eclipse else begin + n.width)
        if t == begin + n.gap and cut:
            ruler = "new"
        if t == begin + n.width and not n.eclipse:
            cursors = dict.fromkeys(cursors, max(cursors.values()))
        for i, rate in enumerate(n.rates):
            by = ruler
            if cut and not n.eclipse:
                by = "old" if side[i] else ("new" if ruler == "new" else "")
            if n.sync == "before" and cut and by == "old":
                by = ""
            if by and stock[i] <= n.ahead:
                size = n.set_ticks * rate
                term = int(by == "new" and n.sync == "stride")
                granted.update((term, nonce) for nonce in range(cursors[by], cursors[by] + size))
                cursors[by] += size
                stock[i] += n.set_ticks
                coming[i].append(t + n.latency)
            if stock[i] > n.set_ticks * sum(1 for tick in coming[i] if tick > t):
                stock[i] -= 1
    return sum(times - 1 for times in granted.values())
