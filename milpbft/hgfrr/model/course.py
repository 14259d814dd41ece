"""Course: who is on which ring at which tick, and who is faulty since when, as expressions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.hgfrr.model.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.hgfrr.churn import ChurnInstance
    from milpbft.hgfrr.model.histories import History
    from milpbft.hgfrr.model.rings import State
    from milpbft.hgfrr.model.terms import Series, Terms


class Course:
    """The history that the adversary picks, ``sum(h) picks[h] = 1``, and what follows from it.

    Parameters
    ----------
    terms
        Where variables and rows go.
    instance
        What is asked.
    histories
        The histories, one at least.
    nodes
        The nodes of the start.
    """

    def __init__(
        self,
        terms: Terms,
        instance: ChurnInstance,
        histories: Sequence[History],
        nodes: Sequence[int],
    ) -> None:
        self.horizon = terms.horizon
        self.histories = histories
        self.picks = terms.binaries("picks", len(histories)) if len(histories) > 1 else [ONE]
        terms.rows.equal("picks", Affine.total(self.picks), ONE)
        others = [node for node in nodes if node != instance.source]
        kind: Literal["silent", "crash"] = "silent" if instance.fault == "silent" else "crash"
        free = 0 if instance.removes else instance.faults
        self.faults = Faults(terms, others, free, kind)
        self.kind = kind
        self._down = self._downs(terms) if instance.removes else {}
        self._now: dict[tuple[int, int], dict[State, Affine]] = {}
        for ring in range(len(histories[0].rings[0])):
            self._states(terms, ring)

    def _downs(self, terms: Terms) -> dict[int, Series]:
        """``down[i,t] = sum(h: i is down by t) picks[h]``."""
        by: defaultdict[tuple[int, int], list[Affine]] = defaultdict(list)
        for history, pick in zip(self.histories, self.picks, strict=True):
            for node, since in history.since:
                by[node, since].append(pick)
        found = {}
        for node in {node for node, _ in by}:
            series = terms.series(f"down_{node}")
            picks = list[Affine]()
            for tick, down in enumerate(series):
                picks += by.get((node, tick), [])
                terms.rows.equal("down", down, Affine.total(picks))
            found[node] = series
        return found

    def _states(self, terms: Terms, ring: int) -> None:
        """``state[R,c,t] = sum(h: R is c at t) picks[h]``; a constant where R never changes."""
        for tick in range(self.horizon + 1):
            by: defaultdict[State, list[Affine]] = defaultdict(list)
            for history, pick in zip(self.histories, self.picks, strict=True):
                by[history.rings[tick][ring]].append(pick)
            if len(by) == 1:
                self._now[ring, tick] = dict.fromkeys(by, ONE)
                continue
            here = self._now[ring, tick] = {}
            # What most histories make of a ring is what the others do not.
            *fewer, most = sorted(by, key=lambda state: len(by[state]))
            for number, state in enumerate(fewer):
                here[state] = terms.binary(f"state_{ring}_{tick}_{number}")
                terms.rows.equal("state", here[state], Affine.total(by[state]))
            here[most] = ONE - Affine.total(here.values())

    # ---- who is where

    def states(self, ring: int, tick: int) -> dict[State, Affine]:
        """What a ring may be at a tick, each with 1 where it is."""
        return self._now[ring, tick]

    def all_states(self, ring: int) -> list[State]:
        """What a ring may be at any tick."""
        ticks = range(self.horizon + 1)
        return list(dict.fromkeys(s for tick in ticks for s in self._now[ring, tick]))

    def where(self, ring: int, tick: int, holds: Callable[[State], bool]) -> Affine:
        """1 where what holds of a ring at a tick is true; constant where it always or never is."""
        here = self._now[ring, tick]
        true = [one for state, one in here.items() if holds(state)]
        if len(true) == len(here):
            return ONE
        return Affine.total(true) if true else ZERO

    # ---- who is faulty

    def since(self, node: int) -> Series:
        """Per tick: 1 where a node is faulty."""
        return self._down.get(node) or self.faults.since(node)

    def ever(self, node: int) -> Affine:
        """1 where a node is faulty by the horizon."""
        return self.since(node)[-1]
