"""The view change of SBFT: certificates, sign shares, and proofs of decisions.

A view change carries the proof of a decision if its sender has one; else its latest certificate and
its latest sign share. A new view proposes, in this order: what a proof among its view changes
decided; what the latest certificate is for, unless fast evidence (f + c + 1 sign shares for one
value) is of a later view; what there is fast evidence for; whatever its primary likes. Whoever
learns of a decision by a new view decides as well.

Fast evidence of a view are f + c + 1 shares for one value of that view or later ones. Of
2f + 2c + 1 view changes, which is n - f in the protocol's own sizes, no two values have it. Of more
(*split*) they may; if two values have it for the latest view that has any, nothing was decided
there, and no share speaks for a value. Where no quorum can have both, all that a primary has may,
but then it has a quorum for either value as well.

References
----------
.. [1] G. Golan Gueta et al. SBFT: a scalable and decentralized trust infrastructure. DSN 2019,
   section V.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.automaton.linear import Linear
from milpbft.pbft.model.state import VALUES, State, waiting
from milpbft.pbft.model.variant import EVIDENCE, Variant
from milpbft.pbft.model.viewchange import ViewChange, new_view, outdone
from milpbft.table import ONE, Need, from_primary, need

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.pbft.model.state import Mark


class SbftViewChange(ViewChange):
    """The view change of SBFT.

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
        target = super().left(state)
        if self._alone:
            lock, share = ((0, 0) if mark else None for mark in (target.lock, target.share))
            return replace(target, lock=lock, share=share)
        return target

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
        marks = list(product(range(1 if self._alone else view), self.values))
        for share in marks:
            yield waiting(view, share=share)
            for lock in marks if self._slow else ():
                # Whoever has a certificate signed that proposal, and perhaps a later one.
                if lock == share or lock[0] < share[0]:
                    yield waiting(view, lock=lock, share=share)
        for value in self.values:
            yield waiting(view, decided=value)

    @property
    def _alone(self) -> bool:
        """Whether one value competes: then it does not matter of which view a mark is."""
        return len(self.values) == 1

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
        if self.variant.blind or self._alone:
            # One value follows from whatever they carry.
            yield (self._among(undecided, self.enough),)
            return
        for lower in range(view):
            if self._slow and outdone(mine.lock, (lower, value)):
                yield from self._by_lock(undecided, (lower, value), mine)
            if mine.lock is None or mine.lock[0] < lower:
                below = [m for m in undecided if m.lock is None or m.lock[0] < lower]
                yield self._by_evidence(below, (lower, value))
        if mine.lock is None:
            certless = [m for m in undecided if m.lock is None]
            yield tuple(self._without_evidence(certless, -1))
            yield from self._by_ties(certless, range(view))

    def _by_decision(self, view: int, value: int) -> tuple[Need, ...]:
        """The proof of a decision exists and is among the view changes."""
        shown = [m for m in self.contents(view) if m.decided == value]
        made = [_proof(kind, v, value) for v in range(view) for kind in ("fc", "cc")]
        help_ = Linear.combine((f"z{name}", 1) for name in made)
        return self.asked(view, self.enough), self._among(shown, ONE), need(made, ONE, help_)

    def _by_lock(
        self, undecided: list[State], mark: Mark, mine: State
    ) -> Iterator[tuple[Need, ...]]:
        """No decision and no later certificate is shown, no fast evidence of later views, and this.

        Of two certificates of one view a primary may take either. If f + c = 1, who shows it has no
        later share for the value that the primary's own later share is for.
        """
        below = [m for m in undecided if m.lock is None or m.lock[0] <= mark[0]]
        shown = [m for m in below if m.lock == mark]
        holds = [self._among(shown, ONE), self.exists(*mark)]
        if mine.share and mine.share[0] > mark[0] and mine.lock != mark:
            others = [m for m in shown if not m.share or m.share[0] <= mark[0]
                      or m.share[1] != mine.share[1]]  # fmt: skip
            holds.append(self._among(others, ONE + ONE + ONE - EVIDENCE))
        yield *self._without_evidence(below, mark[0]), *holds
        for ties in self._by_ties(below, range(mark[0] + 1, mine.view)):
            yield *ties, *holds

    def _by_evidence(self, below: list[State], mark: Mark) -> tuple[Need, ...]:
        """No certificate of that view or a later one is shown, and f + c + 1 shares are."""
        view, value = mark
        shown = [m for m in below if m.share and m.share[0] >= view and m.share[1] == value]
        enough = self._among(below, self.enough), self._among(shown, EVIDENCE)
        if not self.variant.split:
            return enough
        mute = [m for m in below if not (m.share and m.share[0] >= view and m.share[1] != value)]
        return *enough, self._among(mute, self.enough - (EVIDENCE - 1))

    def _by_ties(self, chosen: list[State], views: range) -> Iterator[tuple[Need, ...]]:
        """Both values have fast evidence of a view, and neither of a later one.

        Of the shares s for a value of that view and the later ones l, ``s + min(l, f + c) >= f +
        c + 1`` for each value, and n - f are left if no more than f + c of l are. A row per choice
        of what is least; liars count once, so that there are rows for both values together.
        """
        for view in views if self.variant.split else ():
            of_view = [[m for m in chosen if m.share == (view, v)] for v in self.values]
            later = [
                [m for m in chosen if m.share and m.share[0] > view and m.share[1] == v]
                for v in self.values
            ]
            rows = []
            for capped in product((False, True) if any(later) else (False,), repeat=2):
                parts = [(s, ONE) if cap else (s + more, EVIDENCE)
                         for s, more, cap in zip(of_view, later, capped, strict=True)]  # fmt: skip
                rows += [self._among(*part) for part in parts]
                rows.append(self._among(parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]))
                mute = [m for more, cap in zip(later, capped, strict=True) if cap for m in more]
                left = [m for m in chosen if m not in mute]
                rows.append(self._among(left, self.enough - (EVIDENCE - 1) * sum(capped)))
            yield tuple(dict.fromkeys(rows))

    def _without_evidence(self, chosen: list[State], view: int) -> Iterator[Need]:
        """Ask for n - f, at most f + c of them with shares of any one value after a view.

        ``none + sum of min(shares of value, f + c) >= n - f``, a row per subset of the values.
        """
        last = max((m.share[0] for m in chosen if m.share), default=-1)
        for count in range(len(self.values) + 1 if last > view else 1):
            for capped in combinations(self.values, count):
                counted = [m for m in chosen if not (m.share and m.share[0] > view
                                                     and m.share[1] in capped)]  # fmt: skip
                yield self._among(counted, self.enough - (EVIDENCE - 1) * count)

    def _among(self, contents: Iterable[State], threshold: Linear) -> Need:
        return need(map(self.counter, contents), threshold)


def _proof(kind: str, view: int, value: int) -> str:
    return f"{kind}_{view}{VALUES[value]}"
