"""The view change of SBFT: certificates, sign shares, and proofs of decisions.

A view change carries the proof of a decision if its sender has one; else its latest certificate and
its latest sign share. A new view proposes, in this order: what a proof among its view changes
decided; what the latest certificate is for, unless fast evidence (f + c + 1 sign shares for one
value) is of a later view; what there is fast evidence for; whatever its primary likes. Whoever
learns of a decision by a new view decides as well.

With two views, which is what is modelled, all certificates and shares are of view 0, so that a
certificate always wins over fast evidence.

References
----------
.. [1] G. Golan Gueta et al. SBFT: a scalable and decentralized trust infrastructure. DSN 2019,
   section V.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE
from milpbft.automaton.linear import Linear
from milpbft.pbft.model.state import VALUES, State, waiting
from milpbft.pbft.model.variant import EVIDENCE, Variant
from milpbft.pbft.model.viewchange import ViewChange, new_view
from milpbft.table import ONE, Need, from_primary, need

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.pbft.model.state import Mark


class SbftViewChange(ViewChange):
    """The view change of SBFT for at most two views.

    Parameters
    ----------
    variant
        What the table is made for.
    slow
        Whether there is a slow path, and so certificates.
    """

    shares = True

    def __init__(self, variant: Variant, *, slow: bool) -> None:
        super().__init__(
            variant, lambda view, value: from_primary(_proof("pc", view, value), view, backed=True)
        )
        self._slow = slow

    def left(self, state: State) -> State:
        """Return the state of a node that has left its view; it says no more than its decision."""
        if state.decided is not None:
            return waiting(state.view + 1, decided=state.decided)
        return super().left(state)

    def counter(self, target: State) -> str:
        """Name the counter of view changes with which a node came to a state of waiting."""
        if target.decided is not None and target.view < self.variant.views:
            return f"vc_{target.view}_D{VALUES[target.decided]}"
        return super().counter(target)

    def contents(self, view: int) -> Iterator[State]:
        """Yield what a view change for a view can carry."""
        yield waiting(view)
        if view == self.variant.views:
            return
        for lower, value in product(range(view), self.values):
            share = (lower, value)
            yield waiting(view, share=share)
            if self._slow:
                yield waiting(view, lock=share, share=share)
        for value in self.values:
            yield waiting(view, decided=value)

    # ---- opening

    def kinds(self, view: int, value: int) -> Iterator[tuple[str, str]]:
        """Yield the ways of opening a view: with the proof of a decision, and without."""
        yield from super().kinds(view, value)
        if not self.variant.blind:
            yield "prove", f"proof_{new_view(view, value)}"

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the ways to open a view with a value."""
        mine = own or waiting(view)
        if what == "prove":
            if mine.decided in (None, value):
                yield self._by_decision(view, value)
            return
        if mine.decided is not None:
            return
        undecided = [m for m in self.contents(view) if m.decided is None]
        if self.variant.blind:
            yield (self._among(undecided, self.enough),)
            return
        if self._slow and (mine.lock is None or mine.lock[1] == value):
            yield self._by_lock(undecided, (0, value))
        if mine.lock is None:
            certless = [m for m in undecided if m.lock is None]
            yield self._by_evidence(certless, value)
            yield tuple(self._freely(certless))

    def _by_decision(self, view: int, value: int) -> tuple[Need, ...]:
        """The proof of a decision exists and is among the view changes."""
        shown = [m for m in self.contents(view) if m.decided == value]
        made = [_proof(kind, v, value) for v in range(view) for kind in ("fc", "cc")]
        help_ = Linear.combine((f"z{name}", 1) for name in made)
        return (
            self.asked(view, self.enough),
            self._among(shown, ONE),
            replace(need(made, ONE, help_), sent=TRUE),
        )

    def _by_lock(self, undecided: list[State], mark: Mark) -> tuple[Need, ...]:
        """No decision is shown, and this certificate is."""
        shown = [m for m in undecided if m.lock == mark]
        return (
            self._among(undecided, self.enough),
            self._among(shown, ONE),
            replace(self.exists(*mark), sent=TRUE),
        )

    def _by_evidence(self, certless: list[State], value: int) -> tuple[Need, ...]:
        """No certificate is shown, and f + c + 1 shares for the value are."""
        shown = [m for m in certless if m.share is not None and m.share[1] == value]
        return self._among(certless, self.enough), self._among(shown, EVIDENCE)

    def _freely(self, certless: list[State]) -> Iterator[Need]:
        """Nothing is shown: n - f view changes, at most f + c of them with shares of any one value.

        ``none + sum of min(shares of value, f + c) >= n - f``, a row per subset of the values.
        """
        for count in range(len(self.values) + 1):
            for capped in combinations(self.values, count):
                counted = [m for m in certless if m.share is None or m.share[1] not in capped]
                yield self._among(counted, self.enough - (EVIDENCE - 1) * count)

    def _among(self, contents: Iterable[State], threshold: Linear) -> Need:
        return need(map(self.counter, contents), threshold)


def _proof(kind: str, view: int, value: int) -> str:
    return f"{kind}_{view}{VALUES[value]}"
