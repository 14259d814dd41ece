"""Again: miners that start again, without memory or with a log, and supports that forget.

``z[i,t]`` is 1 where miner i starts again at the begin of tick t, once at most; ``Z[t]`` is its sum
up to t. A grant of tick s arrives at s + c, and is under way to a miner that starts again at a tick
from s + 1 to s + c: ``g[s,t] = y[s] and Z[t] - Z[s]``, for t up to s + c.

- Without memory the ticks of work in hand are gone, ``k[t]``: those that came by t - 1, were not
  hashed, and not forgotten before. Grants under way come, and are unknown until they do.
- With a log these are lost, and what is in hand stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.automaton.pernode.program import Program
    from milpbft.powm.instance import FailInstance


@dataclass(frozen=True)
class Again:
    """What is gone when a miner starts again.

    Parameters
    ----------
    instance
        Whose G, c, and restarts these are.
    starts
        z: per tick, whether it starts again.
    gaps
        g: by the tick of a grant, and a tick up to its arrival.
    forgotten
        k: per tick, the ticks of work in hand that are forgotten; none with a log.
    """

    instance: FailInstance
    starts: Sequence[Affine]
    gaps: dict[tuple[int, int], Affine]
    forgotten: Sequence[Affine]

    def unknown(self, t: int) -> Affine:
        """Ticks of work granted before t of which the miner does not know at t.

        Without memory ``sum(s <= t) k[s] + G sum(t - c < s < t) g[s,t]``; with a log the last is
        of all s, up to their arrivals.
        """
        i = self.instance
        return Affine.total(self.forgotten[: t + 1]) + i.set_ticks * Affine.total(
            self.gaps.get((s, min(t, s + i.latency, len(self.starts) - 1)), ZERO)
            for s in range(t)
            if i.reloads or s + i.latency > t
        )

    def gone(self, t: int) -> Affine:
        """Ticks of work that would have come by t and are gone: forgotten by t, or lost."""
        return Affine.total(self.forgotten[: t + 1]) + self.lost(t)

    def lost(self, t: int) -> Affine:
        """``G sum(s <= t - c) g[s,s+c]`` with a log: what would have arrived by t; else 0."""
        i = self.instance
        if not i.reloads:
            return ZERO
        ends = (self.gaps.get((s, s + i.latency), ZERO) for s in range(max(0, t - i.latency + 1)))
        return i.set_ticks * Affine.total(ends)

    @property
    def dropped(self) -> Affine:
        """Ticks of work that are never hashed, arrivals after the end included."""
        i, ticks = self.instance, len(self.starts)
        if not i.reloads:
            return Affine.total(self.forgotten)
        ends = (self.gaps.get((s, min(ticks - 1, s + i.latency)), ZERO) for s in range(ticks))
        return i.set_ticks * Affine.total(ends)


def starting(
    p: Program, i: FailInstance, name: str, granted: Sequence[Affine], live: Sequence[Affine]
) -> Again:
    """Add z, g and k of a miner: ``z[t] <= live[t]``; ``sum z <= 1``; none before t0.

    ``g[s,t] <= y[s]``; ``g[s,t] <= Z[t] - Z[s]``; ``g[s,t] >= y[s] + Z[t] - Z[s] - 1``.
    """
    ticks = len(granted)
    block = p.integers(f"z{name}", ticks)
    starts = [block[t] for t in range(ticks)]
    p.rows.at_most("again", Affine.total(starts), 1)
    p.rows.equal("first", Affine.total(starts[: max(1, i.first)]))
    for t, z in enumerate(starts):
        p.rows.at_most("again", z, live[t])
    gaps: dict[tuple[int, int], Affine] = {}
    for s in range(ticks):
        for t in range(s + 1, min(s + i.latency, ticks - 1) + 1):
            since = Affine.total(starts[s + 1 : t + 1])
            one = gaps[s, t] = p.binary(f"g{name}_{s}_{t}")
            p.rows.at_most("gap", one, granted[s])
            p.rows.at_most("gap", one, since)
            p.rows.at_most("gap", granted[s] + since - 1, one)
    forgotten: list[Affine] = []
    if i.amnesia:
        most = 2 * (i.set_ticks + i.ahead)
        hand = p.integers(f"k{name}", ticks, upper=most)
        forgotten = [hand[t] for t in range(ticks)]
    return Again(i, starts, gaps, forgotten)


def forgets(p: Program, again: Again, granted: Sequence[Affine], hashes: Sequence[Affine]) -> None:
    """``k[t] = hand[t]`` where z[t] is 1, else 0.

    ``hand[t] = G sum(s < t - c) y - sum(s < t) d - sum(s < t) k``; ``k <= M z``; ``k <= hand``;
    ``k >= hand - M (1 - z)``, with M = 2 (G + a).
    """
    i = again.instance
    most = 2 * (i.set_ticks + i.ahead)
    for t, gone in enumerate(again.forgotten):
        came = i.set_ticks * Affine.total(granted[: max(0, t - i.latency)])
        hand = came - Affine.total(hashes[:t]) - Affine.total(again.forgotten[:t])
        z = again.starts[t]
        p.rows.at_most("forgets", gone, most * z)
        p.rows.at_most("forgets", gone, hand)
        p.rows.at_most("forgets", hand - most * (ONE - z), gone)
