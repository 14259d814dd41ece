"""Lives: correct nodes that start again, without memory or with a log.

``again[i,t]`` is 1 where node i has started again by tick t, before anything else happens in that
tick; with ``+again[i,t] = again[i,t] - again[i,t-1]``. What a node knows is a series X[t], 1 where
its present life knows it at the end of tick t. Of it

- ``kept[t]`` is what it knew before: X[t-1] with a log, ``X[t-1] and not +again[i,t]`` without;
- ``fresh[t] = X[t] - kept[t]`` is 1 at the tick at which a life gets to know it, and passes it on;
- ``came[t]`` is 1 where a message that says it arrives: ``X[t] = came[t] or kept[t]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.model.faults import Faults
    from milpbft.hgfrr.model.terms import Series, Terms


@dataclass(frozen=True, slots=True)
class Way:
    """A message that may come to a node.

    Parameters
    ----------
    fresh
        When its giver gets to know what it passes on.
    giver, taker
        Who of them is faulty, per tick.
    again
        Whether its taker has started again, per tick.
    delay
        Ticks from the giver's receipt to the arrival.
    unless
        1 where there is no such message.
    """

    fresh: Series
    giver: Series
    taker: Series
    again: Series
    delay: int
    unless: Affine


class Lives:
    """Who starts again, and when: ``sum(i) again[i,T] <= most``, and only correct nodes do.

    Parameters
    ----------
    terms
        Where variables and rows go; forgetful where nodes have no log.
    nodes
        All nodes.
    most
        So many start again at most, each once, from tick 1 on.
    faults
        Who is faulty: ``again[i,T] + faulty[i] <= 1``.
    """

    def __init__(self, terms: Terms, nodes: Sequence[int], most: int, faults: Faults) -> None:
        self.terms = terms
        self._faults = faults
        self._since = {node: terms.series(f"again_{node}") for node in nodes}
        self._kept: dict[int, tuple[Series, Series]] = {}
        self.total = Affine.total(series[-1] for series in self._since.values())
        terms.rows.at_most("restarts", self.total, most)
        for node, series in self._since.items():
            terms.rows.equal("begins", series[0], ZERO)
            terms.rows.at_most("correct", series[-1] + faults.ever(node), ONE)

    def since(self, node: int) -> Series:
        """Per tick: 1 where a node has started again."""
        return self._since[node]

    def starts(self, again: Series, tick: int) -> Affine:
        """``+again[t]``: 1 where a node starts again at this very tick."""
        return again[tick] - again[tick - 1] if tick else ZERO

    def kept(self, known: Series, again: Series) -> Series:
        """What a node knew before each tick and has not forgotten: ``X[t-1] (1 - +again[t])``."""
        if id(known) not in self._kept:
            found = [ZERO, *known[:-1]]
            if self.terms.forgetful:
                for tick in range(1, len(known)):
                    stays = ONE - self.starts(again, tick)
                    if found[tick] is not ZERO:
                        found[tick] = self.terms.both("kept", found[tick], stays)
            self._kept[id(known)] = known, found
        return self._kept[id(known)][1]

    def fresh(self, known: Series, again: Series) -> Series:
        """When a life gets to know something: ``X[t] - kept[t]``."""
        kept = self.kept(known, again)
        return [now - before for now, before in zip(known, kept, strict=True)]

    def begun(self, node: int) -> Series:
        """Return what the source knows of itself: that it began, unless it has forgotten it."""
        if not self.terms.forgetful:
            return [ONE] * (self.terms.horizon + 1)
        return [ONE - again for again in self._since[node]]

    def learn(self, known: Series, came: Series, again: Series, unless: Affine) -> None:
        """Tie what is known to what came: ``came, kept <= X``, ``X <= came + kept + unless``."""
        kept, rows = self.kept(known, again), self.terms.rows
        for tick, now in enumerate(known):
            rows.at_most("learns", came[tick], now)
            if self.terms.forgetful:
                rows.at_most("keeps", kept[tick], now)
            rows.at_most("learns", now - unless, came[tick] + kept[tick])

    def come(self, came: Series, way: Way) -> None:
        """Tie arrivals to sendings, d ticks before, as faults and logs allow, unless `unless` is 1.

        ``fresh[t-d] - lost[t] <= came[t] <= fresh[t-d]`` and ``came[t] <= 1 - lost[t]`` for each
        reason of a loss: the giver is silent, or the taker has crashed by t, or it has reloaded
        its log after the sending, ``again[t] - again[t-d]``.
        """
        rows, silent = self.terms.rows, self._faults.kind == "silent"
        for tick, now in enumerate(came):
            sent = tick - way.delay
            cause = way.fresh[sent] if sent >= 0 else ZERO
            lost = [way.giver[tick] if silent else way.taker[tick]]
            if not self.terms.forgetful and sent >= 0:
                lost.append(way.again[tick] - way.again[sent])
            rows.at_most("sent", now - way.unless, cause)
            for reason in lost:
                rows.at_most("lost", now + reason - way.unless, ONE)
            rows.at_most("arrives", cause - Affine.total(lost) - way.unless, now)
