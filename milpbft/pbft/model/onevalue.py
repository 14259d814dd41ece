"""View changes of the per-node encoding: what one node can read by itself, and one value.

In a counted table a guard may ask for what exists somewhere, and Byzantine primaries have tokens.
Here a guard is about what one node was given, and what a Byzantine primary shows must be backed:
new views by view changes of n - f nodes, certificates by as many shares
(:class:`milpbft.table.Backing`). So there is one value. Which of two a new view proposes
follows from the highest certificate among its view changes, which no guard on one node's messages
says; with one value a primary proposes that, whichever view changes it has: n - f of them hold a
certificate of whatever was decided, up to f nodes being Byzantine. Who follows a new view without
having left its own (*skip*) does that at once, as replicas do.

A timer between two views runs once n - f view changes are known. One with a duration is started
then (*hear*), and not anew as the view is opened (Castro and Liskov 1999, section 4.5.2). Who skips
to a view that is open starts it there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import at_least
from milpbft.automaton.linear import Linear
from milpbft.pbft.model.state import VALUES, State, waiting
from milpbft.pbft.model.variant import JOIN
from milpbft.pbft.model.viewchange import ViewChange, new_view
from milpbft.table import ONE, Act, Move, Need, need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.table import Token


class OneValue(ViewChange):
    """The view change where one value competes: whichever view changes there are, it follows."""

    def left(self, state: State) -> State:
        """Return the state of a node that has left its view; whether it is certified is enough."""
        target = state.leaving(shares=False)
        return replace(target, lock=(0, 0) if target.lock else None)

    def entered(self, state: State, value: int) -> State:
        """Return the state of a node that took the proposal of a view that was opened."""
        return state.taking(value)

    def contents(self, view: int) -> Iterator[State]:
        """Yield what a view change for a view can carry."""
        yield waiting(view)
        yield waiting(view, lock=(0, 0))

    def tokens(self) -> Iterator[Token]:
        """Yield nothing: what lies rest on is said with the messages."""
        return iter(())

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the one way to open a view."""
        yield (self.asked(view, self.enough),)

    def latest(self, target: State) -> tuple[str, ...]:
        """Name the counter of nodes whose latest view change is for a view before the last one."""
        counted = self.variant.ranks_latest and 0 < target.view < self.variant.views
        return (f"last_{target.view}",) if counted else ()

    def _join(self, state: State, target: State, primary: int | None) -> Iterator[Move[State]]:
        """Go to the lowest view that f + 1 others asked for, where each counts with its latest.

        To view w from v: f + 1 others asked for views after v, and the latest of none of them is
        for a view between, ``last[u] <= 0`` for v < u < w, but of one of them is for w,
        ``last[w] >= 1``; which follows where w is the last one.
        """
        if not self.variant.ranks_latest:
            yield from super()._join(state, target, primary)
            return
        some, between = self.ahead(target.view, JOIN), tuple[str, ...]()
        while True:
            named = self.latest(target)
            needs = [some, *([need(named, ONE)] if named else [])]
            none = [at_least(-Linear.of(name)) for name in between]
            needs += [Need(condition, condition) for condition in none]
            yield Move(Act("join", state.view), target, tuple(needs), self.grown(state, target))
            if not named:
                return
            between, target = (*between, *named), self.left(target)

    def leave(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Leave a view; between two views the timer is started at n - f view changes."""
        variant, waits = self.variant, not state.active and not state.heard
        times = variant.timed and not variant.calm and state.view < variant.views
        times = times and self.expires(state, primary)
        if not times or not waits:
            yield from super().leave(state, primary)
            return
        asked = self.timed(state)
        yield Move(Act("hear", state.view), replace(state, heard=True), (asked,))
        yield from (m for m in super().leave(state, primary) if m.act.what != "ask")

    def following(self, what: str, view: int, value: int, origin: int) -> Act:
        """Say what a node does: who follows from an earlier view is still in that one."""
        if origin < view:
            return Act(f"skip{view}", origin)
        return super().following(what, view, value, origin)


class SbftOneValue(OneValue):
    """SBFT's view change where one value competes, for at most two views.

    A new view proposes the value, whatever its view changes carry. A proof of a decision among them
    matters all the same: whoever opens or follows that view decides.
    """

    shares = True

    def left(self, state: State) -> State:
        """Return the state of a node that has left its view, with the most that it can carry."""
        if state.decided is not None:
            return waiting(state.view + 1, decided=state.decided)
        target = state.leaving(shares=True)
        if target.lock is not None:
            return replace(target, lock=(0, 0), share=None)
        return replace(target, share=(0, 0) if target.share else None)

    def counter(self, target: State) -> str:
        """Name the counter of view changes with which a node came to a state of waiting."""
        if target.decided is not None:
            return f"vc_{target.view}_D{VALUES[target.decided]}"
        return super().counter(target)

    def contents(self, view: int) -> Iterator[State]:
        """Yield what a view change for a view can carry."""
        yield waiting(view)
        yield waiting(view, share=(0, 0))
        yield waiting(view, lock=(0, 0))
        yield waiting(view, decided=0)

    def kinds(self, view: int, value: int) -> Iterator[tuple[str, str]]:
        """Yield the ways of opening a view: with the proof of a decision, and without."""
        yield from super().kinds(view, value)
        yield "prove", f"proof_{new_view(view, value)}"

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the one way to open a view: by ``prove``, tried first, where a proof is shown."""
        asked = self.asked(view, self.enough)
        decided = own is not None and own.decided is not None
        if what == "open":
            yield from () if decided else ((asked,),)
            return
        proof = self.counter(waiting(view, decided=value))
        yield (asked,) if decided else (asked, need((proof,), ONE))
