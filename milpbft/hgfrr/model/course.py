"""Course: who is on which ring at which tick, and who is faulty since when, as expressions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.hgfrr.model.faults import Faults
from milpbft.hgfrr.model.knowledge import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
        self._instance = instance
        self.news = instance.news
        self._terms = terms
        self.histories = histories
        self.picks = terms.binaries("picks", len(histories)) if len(histories) > 1 else [ONE]
        terms.rows.equal("picks", Affine.total(self.picks), ONE)
        others = [node for node in nodes if node != instance.source]
        kind: Literal["silent", "crash"] = "silent" if instance.fault == "silent" else "crash"
        free = 0 if instance.removes else instance.faults
        self.faults = Faults(terms, others, free, kind)
        self._down = self._downs(terms)
        self._tied: dict[tuple[State, ...], dict[State, Affine]] = {}
        self._known: dict[tuple[int, int], list[dict[State, Affine]]] = {}
        for ring in range(len(histories[0].start)) if not self.news else ():
            self._series(-1, ring)

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

    def _tie(self, states: tuple[State, ...]) -> dict[State, Affine]:
        """``state[c] = sum(h: it is c in h) picks[h]``; a constant where it is never another one.

        `states` says per history what a ring is, or is taken for, at a tick.
        """
        if self.news and states in self._tied:
            return self._tied[states]
        by: defaultdict[State, list[Affine]] = defaultdict(list)
        for state, pick in zip(states, self.picks, strict=True):
            by[state].append(pick)
        here = self._tied[states] = {}
        # What most histories make of a ring is what the others do not.
        *fewer, most = sorted(by, key=lambda state: len(by[state]))
        for state in fewer:
            here[state] = self._terms.binary(f"state_{len(self._tied)}")
            self._terms.rows.equal("state", here[state], Affine.total(by[state]))
        here[most] = ONE - Affine.total(here.values())
        return here

    def _series(self, node: int, ring: int) -> list[dict[State, Affine]]:
        news = self.news
        key = (node if news else -1), ring
        if key not in self._known:
            taken = [known(history, ring, node, news) for history in self.histories]
            self._known[key] = [self._tie(states) for states in zip(*taken, strict=True)]
        return self._known[key]

    # ---- who is where

    def states(self, node: int, ring: int, tick: int) -> dict[State, Affine]:
        """What a node may take a ring for at a tick, each with 1 where it does."""
        return self._series(node, ring)[tick]

    def all_states(self, ring: int) -> list[State]:
        """What a ring may be at any tick, or was before the first."""
        ticks = range(self.horizon + 1)
        if not self.news:
            return list(dict.fromkeys(s for t in ticks for s in self.states(-1, ring, t)))
        several = (
            rings[ring] for history in self.histories for rings in (history.start, *history.rings)
        )
        return list(dict.fromkeys(several))

    def where(
        self, node: int, rings: Iterable[int], tick: int, holds: Callable[[State], bool]
    ) -> Affine:
        """1 where what holds of a ring is true, as a node knows it at a tick.

        Constant where it always or never is. It is true of one of several rings at most: of one
        level a node is on one, though it is the adversary's choice which one a newcomer joins.
        """
        return Affine.total(self._where(node, ring, tick, holds) for ring in rings)

    def _where(self, node: int, ring: int, tick: int, holds: Callable[[State], bool]) -> Affine:
        here = self.states(node, ring, tick)
        true = [one for state, one in here.items() if holds(state)]
        if len(true) == len(here):
            return ONE
        return Affine.total(true) if true else ZERO

    # ---- who is faulty

    def silent(self, node: int) -> Affine:
        """1 where a node never sends."""
        if node >= self._instance.n:
            return ONE if self._instance.newcomer == "silent" else ZERO
        return self.faults.ever(node) if self.faults.kind == "silent" else ZERO

    def down(self, node: int) -> Series:
        """Per tick: 1 where a node has crashed or left."""
        if node in self._down or self.faults.kind == "silent":
            return self._down.get(node) or [ZERO] * (self.horizon + 1)
        return self.faults.since(node)

    def ever(self, node: int) -> Affine:
        """1 where a node is faulty by the horizon."""
        return self.silent(node) + self.down(node)[-1]
