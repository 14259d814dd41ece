"""View changes of the family: who leaves a view, and which new views can be opened.

A view change carries what its sender knows: the highest prepare certificate and, in SBFT, its
latest sign share. Counter ``vc_w...`` counts the correct senders of view changes for view w by what
they carry. A new view for w is valid if it holds view changes of n - f nodes and proposes what
follows from them (Castro and Liskov 1999, section 4.4). For one sequence number that is: the value
of the highest certificate among them; without a certificate, whatever its primary likes.

Byzantine nodes may join any quorum and carry nothing, or a certificate that really exists.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, at_least
from milpbft.pbft.model.state import VALUES, Mark, Phase, State, waiting
from milpbft.pbft.model.variant import JOIN, Variant
from milpbft.table import BYZANTINE, NODES, NONE, ONE, Act, Move, Need, Token, from_primary, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.automaton.linear import Linear

    Exists = Callable[[int, int], Need]


NEVER = at_least(-NODES)
"""A condition that no network meets."""
FOLLOWING = {"open": "follow", "prove": "learn"}
"""What a backup does once its primary did."""


class ViewChange:
    """The view change of a protocol that carries prepare certificates.

    Parameters
    ----------
    variant
        What the table is made for.
    exists
        By view and value: when there is a prepare certificate that a Byzantine node can show.
    """

    shares = False
    """Whether view changes carry sign shares."""

    def __init__(self, variant: Variant, exists: Exists) -> None:
        self.variant = variant
        self.exists = exists
        self.enough = variant.thresholds.view
        """View changes of a new view: n - f, or as the instance says."""

    @property
    def values(self) -> range:
        """The values that compete."""
        return range(self.variant.values)

    # ---- leaving

    def left(self, state: State) -> State:
        """Return the state of a node that has left its view, without what nobody will ask for."""
        target = state.leaving(shares=self.shares)
        if target.view == self.variant.views:
            return waiting(target.view, decided=state.decided)
        return target

    def entered(self, state: State, value: int) -> State:
        """Return the state of a node that took the proposal of a view that was opened."""
        target = state.taking(value)
        if target.view + 1 == self.variant.views:
            return replace(target, lock=None, share=None)
        return target

    def leave(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Leave a view: at the timer for the next one, or after f + 1 others.

        The timer runs in backups that are to see a request executed; between two views it runs
        once n - f view changes are known (section 4.5.2), in prompt nodes even if they decided. A
        primary proposes before it leaves, and opens its view if it can. Who can leave at its timer
        has no need to follow others to the next view; prompt nodes do.
        """
        view = state.view
        last = self.variant.stays and view + 1 == self.variant.views
        if self.variant.calm or state.full or last:
            return
        heard = () if state.active or state.heard else (self.timed(state),)
        if view == self.variant.views:
            if state.decided is None or self.variant.alone:
                yield Move(Act("leave", view), state.leave(), heard)
            return
        between = self.variant.goes_on and not state.active
        timer = self.expires(state, primary) and (between or state.decided is None)
        target = self.left(state)
        if timer:
            yield from self._go("ask", state, target, primary, heard)
        if state.phase is Phase.IDLE and primary == view:
            return
        if heard or not timer or self.variant.prompt:
            yield from self._join(state, target, primary)
        while self.variant.jumps and target.view < self.variant.views:
            target = self.left(target)
            yield from self._join(state, target, primary)
        if self._names_lies:
            beyond = self.ahead(self.variant.views + 1, JOIN)
            yield Move(Act("leave", view), state.leave(), (beyond,))

    def expires(self, state: State, primary: int | None) -> bool:
        """Whether a node has a timer in its view: a backup, or a primary that waits for its view.

        The view changes that start the timer of such a primary let it open the view, unless they
        are for later ones, or the timer expires at once, which takes free timers.
        """
        at_once = self.variant.counts == "later" or not self.variant.prompt
        return primary != state.view or (at_once and not state.active)

    def _join(self, state: State, target: State, primary: int | None) -> Iterator[Move[State]]:
        """Ask for a view because f + 1 others asked for it or later ones.

        ``ahead[w] + F >= f + 1`` for the target w: shown those for w or the first after it of each,
        a node goes to w. There is one for w among them or Byzantine nodes have one, since nobody
        gets beyond w before somebody asked for it; with gossip they have it once they sent it.
        Where f + 1 and one's own are n - f (*tight*),
        the timer runs at once, unless it counts view changes for w alone and not all are for w.
        """
        view, variant, grows = target.view, self.variant, self.grown(state, target)
        act, some = Act("join", state.view), self._known(state, self.ahead(view, JOIN))
        full = primary == view and variant.tight and not variant.blind
        lowest = (self.asked(view, ONE),) if self._names_lies else ()
        if variant.hasty:
            at_once = replace(target, heard=variant.tight)
            yield from self._go("join", state, at_once, primary, (some, *lowest))
        elif variant.tight:
            at_once = replace(target, heard=True, full=full)
            yield Move(act, at_once, (self._known(state, self.asked(view, JOIN)),), grows)
            if not variant.terse and not (variant.wary and full):
                mixed = (some, self.ahead(view + 1, ONE), *lowest)
                later = variant.counts == "later"
                target = replace(target, heard=later, lent=variant.wary)
                owed = view < variant.views or variant.relay == "gossip"
                yield Move(act, target, mixed, grows, owed=owed)
        elif variant.wary:
            yield Move(act, target, (self.ahead(view, JOIN, NONE), *lowest), grows)
            lent = replace(target, lent=True)
            yield Move(act, lent, (some, *lowest), grows, owed=state.lent)
        else:
            yield Move(act, target, (some, *lowest), grows)
        for one in range(view, variant.views + 1) if variant.loses else ():
            # It is owed to those who asked for any one view, whatever was lost for others.
            asked = self._known(state, self.asked(one, JOIN))
            yield Move(act, target, (replace(asked, shown=NEVER),), grows)

    @property
    def _names_lies(self) -> bool:
        """Whether joins go to the lowest view asked for, and liars asked for what they sent."""
        return self.variant.jumps and self.variant.relay == "gossip"

    def _known(self, state: State, asked: Need) -> Need:
        """Let a node that followed Byzantine nodes owe what it would owe if it knew all of them."""
        return replace(asked, sent=asked.shown) if state.lent else asked

    def _go(
        self, what: str, state: State, target: State, primary: int | None, needs: tuple[Need, ...]
    ) -> Iterator[Move[State]]:
        """Go to a later view, and open it at once where its primary's own view change is enough.

        It rests on whichever view changes the primary has by then. One that has decided and sees no
        certificate opens its view with nothing to propose, in which nothing happens.
        """
        view, grows = state.view, self.grown(state, target)
        hasty = self.variant.hasty and primary == target.view < self.variant.views
        if not hasty or target.decided is not None:
            yield Move(Act(what, view), target, needs, grows)
        if not hasty:
            return
        others = copy(self)
        others.enough = JOIN if what == "join" else NONE
        for value in self.values:
            opened = replace(self.entered(target, value), phase=Phase.OPENING)
            for shown in others.openings("open", target.view, value, target):
                yield Move(Act(what, view, value), opened, (*needs, *shown), grows)

    def opened(self, state: State) -> Move[State]:
        """Send the new view that a hasty primary has made."""
        view, value = state.view, state.value
        grows = (prepare(view, value), new_view(view, value))
        return Move(Act("open", view, value), replace(state, phase=Phase.PREPARED), (), grows)

    def counter(self, target: State) -> str:
        """Name the counter of view changes with which a node came to a state of waiting."""
        return f"vc_{target.view}{target.carried}"

    def grown(self, state: State, target: State) -> tuple[str, ...]:
        """Name the counters for which a node counts that asks for the view of its target."""
        said = state.view if state.asked is None else state.asked
        later = range(said + 1, target.view + 1) if self.variant.ranked else ()
        return (self.counter(target), *(f"ahead_{view}" for view in later), *self.latest(target))

    def latest(self, target: State) -> tuple[str, ...]:
        """Name the counter of nodes whose latest view change is the one for a view; per node."""
        return ()

    def contents(self, view: int) -> Iterator[State]:
        """Yield what a view change for a view can carry."""
        yield waiting(view)
        if view < self.variant.views:
            for lower, value in product(range(view), self.values):
                yield waiting(view, lock=(lower, value))

    def asked(self, view: int, threshold: Linear) -> Need:
        """Ask for so many view changes for a view, whatever they carry."""
        return need(map(self.counter, self.contents(view)), threshold)

    def ahead(self, view: int, threshold: Linear, liars: Linear = BYZANTINE) -> Need:
        """Ask for so many nodes that asked for a view or a later one.

        They are counted where they may ask for a later one without asking for this one. Per node,
        a sender counts once for whatever it sent. Else who asked for a later view asked for this.
        """
        if self.variant.ranked:
            return need((f"ahead_{view}",), threshold, liars)
        last = self.variant.views if self.variant.prompt else view
        said = (c for later in range(view, last + 1) for c in self.contents(later))
        return need(map(self.counter, said), threshold, liars)

    def timed(self, state: State) -> Need:
        """Ask for the view changes with which the timer of who waits for a view runs."""
        later = self.variant.counts == "later"
        return self._known(state, (self.ahead if later else self.asked)(state.view, self.enough))

    # ---- opening

    def enter(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Enter a view that waits to be opened: open it as its primary, or follow its primary."""
        view = state.view
        if self.variant.skips:
            yield from self._skip(state, primary)
        if state.phase is not Phase.WAITING or view == self.variant.views:
            return
        if primary != view:
            yield from self._follow(state, view)
            return
        for value in self.values:
            target = self.entered(state, value)
            for what, name in self.kinds(view, value):
                after = target if what == "open" else self.proven(target, value)
                for needs in self.openings(what, view, value, state):
                    due = needs if self.variant.prompt else self._due(state, needs)
                    yield Move(Act(what, view, value), after, due, (prepare(view, value), name))

    def _due(self, state: State, needs: tuple[Need, ...]) -> tuple[Need, ...]:
        """Return what a primary needs to open its view, and owes that at n - f view changes.

        Whatever these carry, a value follows from them.
        """
        sent = TRUE if state.full else self._known(state, self.asked(state.view, self.enough)).sent
        return replace(needs[0], sent=sent), *(replace(n, sent=TRUE) for n in needs[1:])

    def _follow(self, state: State, origin: int) -> Iterator[Move[State]]:
        """Follow the primary of the view that a state waits for, from the view `origin`."""
        view = state.view
        for value in self.values:
            target = self.entered(state, value)
            for what, name in self.kinds(view, value):
                after = target if what == "open" else self.proven(target, value)
                backed = not self.variant.hasty or what != "open"
                shown = from_primary(name, view, backed=backed)
                taken = need((prepare(view, value),), ONE)
                needs = (replace(shown, sent=taken.sent) if self._resends else shown,)
                act = self.following(what, view, value, origin)
                yield Move(act, after, needs, (prepare(view, value),))

    @property
    def _resends(self) -> bool:
        """Whether a new view that a correct node took is in the end everybody's."""
        return self.variant.relay == "status"

    def following(self, what: str, view: int, value: int, origin: int) -> Act:
        """Say what a node does that follows the primary of a view, in whatever view it was."""
        return Act(FOLLOWING[what], view, value)

    def _skip(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Follow the primary of a later view without asking for it; a primary proposes first."""
        if state.phase is Phase.IDLE and primary == state.view:
            return
        origin = state.view
        said = origin if state.asked is None else state.asked
        for view in range(origin + 1, self.variant.views):
            state = self.left(state)
            if primary != view:
                come = replace(state, asked=said) if self.variant.ranked else state
                yield from self._follow(come, origin)

    def kinds(self, view: int, value: int) -> Iterator[tuple[str, str]]:
        """Yield the ways of opening a view: what the act is called, and the new view's counter."""
        yield "open", new_view(view, value)

    def proven(self, state: State, value: int) -> State:
        """Return the state of a node whose new view proves that a value was decided."""
        return state if state.decided is not None else replace(state, decided=value)

    def tokens(self) -> Iterator[Token]:
        """Yield what Byzantine primaries can open their views with."""
        for view, value in product(range(1, self.variant.views), self.values):
            for what, name in self.kinds(view, value):
                backed = tuple(self.openings(what, view, value, None))
                if backed and not self.variant.hasty:
                    yield Token.of_primary(Act(what, view, value), name, backed)

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the ways to open a view with a value.

        Parameters
        ----------
        what
            Of :meth:`kinds`.
        own
            What the primary's own view change carries, which a correct one always counts; None for
            a Byzantine primary.
        """
        # A primary that has executed a request has no other to propose on its own account.
        if self.variant.blind:
            if own is None or own.decided is None:
                yield (self.asked(view, self.enough),)
            return
        for lower in range(view):
            if own is None or outdone(own.lock, (lower, value)):
                yield self._by_certificate(view, (lower, value), own)
        if own is None or (own.lock is None and own.decided is None):
            yield (self._unlocked(view, lambda lock: lock is None),)

    def _by_certificate(self, view: int, mark: Mark, own: State | None) -> tuple[Need, ...]:
        """Nothing is certified above, and this certificate is among the view changes.

        Of two certificates of one view a primary may take either. A hasty one has not sent its own
        yet, and so does not count for it.
        """
        shown = [m for m in self.contents(view) if m.lock == mark]
        below = self._unlocked(view, lambda lock: lock is None or lock[0] <= mark[0])
        if self.variant.hasty and own is not None and own.lock == mark:
            return (below,)
        return below, need(map(self.counter, shown), ONE), self.exists(*mark)

    def _unlocked(self, view: int, admits: Callable[[Mark | None], bool]) -> Need:
        chosen = [m for m in self.contents(view) if admits(m.lock)]
        return need(map(self.counter, chosen), self.enough)


def outdone(lock: Mark | None, mark: Mark) -> bool:
    """Whether who holds a certificate, and counts it first, may propose by another."""
    return lock is None or lock == mark or lock[0] < mark[0]


def prepare(view: int, value: int) -> str:
    """Name the counter of nodes that took a proposal, its primary included."""
    return f"prep_{view}{VALUES[value]}"


def new_view(view: int, value: int) -> str:
    """Name the counter of a view's proposal: by pre-prepare in view 0, by new-view later."""
    return f"prop_{view}{VALUES[value]}"


def commit(view: int, value: int) -> str:
    """Name the counter of commits."""
    return f"com_{view}{VALUES[value]}"
