"""Work: who asks, who is granted nonces, and who hashes, tick by tick.

All three families of rows hold for a node, and for all live nodes at once where they are in
lockstep: every set is G ticks of work, so that nodes which start together stay together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.automaton.pernode.program import Program
    from milpbft.powm.instance import RatedQuestion
    from milpbft.powm.model.again import Again


@dataclass(frozen=True)
class Node:
    """What a node does at every tick: ``asks``, ``granted`` and ``hashes``, expressions of 0 or 1.

    Parameters
    ----------
    question
        Whose G, c and a these are.
    again
        What is gone when it starts again; None where it does not.
    """

    question: RatedQuestion
    asks: Sequence[Affine]
    granted: Sequence[Affine]
    hashes: Sequence[Affine]
    again: Again | None = None

    @classmethod
    def add(cls, p: Program, question: RatedQuestion, name: str, ticks: int) -> Node:
        """Add the variables e, y and d of a node, without rows."""
        arrays = [p.integers(f"{letter}{name}", ticks) for letter in "eyd"]
        asks, granted, hashes = ([one[t] for t in range(ticks)] for one in arrays)
        return cls(question, asks, granted, hashes)

    @property
    def ticks(self) -> int:
        """T."""
        return len(self.asks)

    def outstanding(self, t: int) -> Affine:
        """``o[t] = G sum(s < t) y[s] - sum(s < t) d[s]``: ticks of work, at the begin of t."""
        given = self.question.set_ticks * Affine.total(self.granted[:t])
        known = given - Affine.total(self.hashes[:t])
        return known - self.again.unknown(t) if self.again else known

    def arrived(self, t: int) -> Affine:
        """``G sum(s <= t - c) y[s]``: ticks of work that could be hashed by t."""
        upto = t - self.question.latency + 1
        given = self.question.set_ticks * Affine.total(self.granted[: max(0, upto)])
        return given - self.again.gone(t) if self.again else given

    @property
    def most(self) -> int:
        """Ticks of work in hand at most: G + a, and as many under way that it has forgotten."""
        return (self.question.set_ticks + self.question.ahead) * (2 if self.again else 1)


def asks(p: Program, node: Node) -> None:
    """``o <= a + G (1 - e)``; ``o >= (a + 1)(1 - e)``: a node asks iff at most a is outstanding.

    Of one that starts again G + a more may be there.
    """
    a = node.question.ahead
    for t in range(node.ticks):
        o, idle = node.outstanding(t), ONE - node.asks[t]
        p.rows.at_most("asks", o, (node.most - a) * idle + a)
        p.rows.at_most("asks", (a + 1) * idle, o)


def grant(p: Program, node: Node, up: Sequence[Affine], live: Sequence[Affine] | None) -> None:
    """``y <= up, y <= live, y <= e, y >= up + live + e - 2``; without `live`, it is 1."""
    for t, (y, e) in enumerate(zip(node.granted, node.asks, strict=True)):
        alive = ONE if live is None else live[t]
        p.rows.at_most("grant", y, up[t])
        p.rows.at_most("grant", y, e)
        if live is not None:
            p.rows.at_most("grant", y, alive)
        p.rows.at_most("grant", up[t] + alive + e - 2, y)


def hashing(
    p: Program, node: Node, live: Sequence[Affine] | None = None, solo: Sequence[Affine] = ()
) -> None:
    """A live node with work that has arrived hashes, until all mine alone (q).

    ``d <= live; d <= 1 - q; sum(s <= t) d <= G sum(s <= t - c) y``;
    ``(G+a) d[t] >= G sum(s <= t - c) y[s] - sum(s < t) d[s] - (G+a)(1 - live) - (G+a) q``.
    """
    most = node.most
    for t, d in enumerate(node.hashes):
        alive = ONE if live is None else live[t]
        q = solo[t] if solo else ZERO
        if live is not None:
            p.rows.at_most("hash", d, alive)
        if q.terms:
            p.rows.at_most("hash", d, ONE - q)
        p.rows.at_most("hash", Affine.total(node.hashes[: t + 1]), node.arrived(t))
        left = node.arrived(t) - Affine.total(node.hashes[:t])
        p.rows.at_most("hash", left - most * (ONE - alive) - most * q, most * d)
