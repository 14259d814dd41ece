"""Rule tables of dBFT as threshold automata, the single source of the strict encodings.

Classes: the primary of each modelled view (one node each) and the other backups. In view v a node
is initialized ``I``, prepared ``P``, committed ``C``, in view change without ``W`` or with ``X`` a
preparation of the view; it is done ``D`` once it accepts the block of a view, or crashed. Who
responded after the return rule let it is in ``X`` too, but in ``Y`` where what it was shown for
that stays: ``Yl``, ``Ym``, and ``Cl``, ``Cm`` once it commits
(:mod:`milpbft.dbft.model.returning`). Where nodes may miss messages, locations end in what a node
was shown for that (``_k``, ``_k0``). A location also remembers the last view in which the node
asked for a view change, because the change views for a view *or a later one* are counted by
distinct senders; and where it matters which proposals of views that it left the node knows
(:mod:`milpbft.dbft.model.state`).

Counters, each of correct senders: ``req_v`` requests, ``prep_v`` preparations, ``com_v`` commits,
``ask_v`` nodes that asked in view v or later. A Byzantine primary may propose a second value; what
is about it ends in ``s``, e.g. ``prep_0s``.

**Who is lost**, where the return rule counts them: in view v, nodes from which a node has no
message of that view or a later one, and no commit (as in ``nspcc-dev/dbft``). The network decides
what a node has heard, so the adversary does, also about nodes that are up:

- to respond, a node must have heard of the primary only. The others are lost, and that is more than
  f nodes: it may always do so;
- to commit, it must have heard of M nodes, so that f are lost at most. One commit of a node among
  these M is needed, of this view or a later one: who committed before prepares no more. That such a
  node of a later view has prepared in this one is left to the replay;
- at the end all is delivered, and lost are only crashed nodes that said nothing in this view or a
  later one: counter ``silent_v``. A Byzantine node says something if that keeps others still.

Where guards are over what one node was given, the rule is what replicas check: at most n-f-2 other
nodes were heard of, in this view or a later one, of which no commit is known. ``heard_v`` counts
them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.family import FamilyTable, request
from milpbft.dbft.model.returning import ENOUGH, Way, false_commits, missing, ways
from milpbft.dbft.model.state import State, mark, remembered, unseen
from milpbft.dbft.returns import ReturnRule
from milpbft.table import DONE, START, Act, Move, Need, suffix

if TYPE_CHECKING:
    from collections.abc import Iterator


class Dbft2(FamilyTable):
    """The rules of dBFT 2.0; ``L_v`` of :mod:`milpbft.dbft.model.returning`."""

    name = "dbft2"

    @property
    def false_counts(self) -> tuple[str, ...]:
        """Parameters that count false commits."""
        return false_commits(self.variant)

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        if state.phase in (START, "W"):
            yield from self._unprepared(state, primary)
        elif state.phase == DONE:
            if self.false_counts and (primary != state.view or state.value == 0):
                yield self.crash(state)
        else:
            yield from self._prepared(state, primary)

    def _unprepared(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a node does that has said nothing about a proposal of its view."""
        view, asked = state.view, state.phase == "W"
        if not asked and primary == view:
            yield self.propose(state)
        elif not asked:
            yield self.ask(state, "W")
            for value in range(self.values):
                yield self.respond(state, value)
        for value in range(self.values) if asked else ():
            for way in self._ways(state, value):
                back = self.respond(state, value, way.again, way.respond)
                target = replace(back.target, shown=way.shown)
                yield replace(back, target=target, owed=way.owed, ending=way.ending)
        yield self.leave(state, asked=asked)
        for value in unseen(self.variant) if asked and view + 1 < self.views else ():
            # It was shown the request, and did nothing.
            memory = remembered(state.memory, view, value)
            yield self.leave(state, asked=asked, memory=memory, knows=_proposed(view, value))
        yield self.crash(state, self._silent(view + asked))
        for value in range(self.values):
            yield self.accept(
                view, value, self.quorum(f"com_{view}{suffix(value)}"), request(view, value)
            )

    def _prepared(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a node does about the proposal of its view that it knows."""
        view, value, phase = state.view, state.value, state.phase
        committed, enough = State(view, "C", value), self.preparations(view, value)
        act, grows = Act("commit", view, value), (f"com_{view}{suffix(value)}",)
        every = list(self._ways(state, value))
        if phase == "P":
            yield Move(act, self._has(committed, state.shown), (enough,), grows)
            yield self.ask(state, "X")
        if phase == "X":
            for way in every:
                target, needs = replace(committed, phase=way.committed), (enough, way.commit)
                target = self._has(target, way.shown)
                yield Move(act, target, needs, grows, owed=way.owed, ending=way.ending)
        taken = next((way for way in every if phase in way.phases), None)
        if taken is not None and phase == taken.again:
            # Who is back keeps the commits that it was shown for that, lies among them.
            target, kept = (
                replace(committed, phase=taken.committed),
                Need(taken.respond.shown, TRUE),
            )
            yield Move(act, target, (enough, kept), grows)
        yield from self._stay(state, taken)
        if not phase.startswith("C"):
            known = primary != view and value in unseen(self.variant)
            memory = remembered(state.memory, view, value) if known else state.memory
            yield self.leave(state, asked=phase != "P", memory=memory)

    def _ways(self, state: State, value: int) -> Iterator[Way]:
        """Yield the ways back of a node that knows proposal `value` of its view."""
        if self.variant.misses:
            return missing(self.variant, state, value)
        return ways(self.variant, state.view, value, state.memory)

    def _has(self, committed: State, shown: int | None) -> State:
        """Return the state of a node that commits and has all that it was shown before."""
        full = self.variant.tight and shown == committed.view
        return replace(committed, shown=shown if full else None)

    def _stay(self, state: State, way: Way | None) -> Iterator[Move[State]]:
        """Say that a node that knows a proposal accepts it, or crashes.

        Lies of its own view count for its block. With the f+1 commits that let a node return and
        its own it accepts at once if M is no more, as with four nodes: it may crash after that
        only.
        """
        view, com = state.view, f"com_{state.view}{suffix(state.value)}"
        committed, enough = state.phase.startswith("C"), self.quorum(com)
        if way is not None:
            enough = Need(
                enough.shown, at_least(Linear.of(com) + way.lies - self.variant.thresholds.quorum)
            )
        yield self.accept(view, state.value, enough)
        if committed and state.shown is not None:
            yield self.accept(view, state.value, Need(enough.shown, TRUE))
            return
        slow = way is not None and committed
        alive = (Need(at_least(self.variant.thresholds.quorum - ENOUGH - 2), TRUE),) if slow else ()
        yield self.crash(state, () if committed else self._silent(view + 1), alive)

    def _silent(self, since: int) -> tuple[str, ...]:
        """Name what counts a node that crashes and said nothing in view `since` or a later one."""
        counts_lost = self.variant.returns is ReturnRule.COMMITTED_OR_LOST
        if not counts_lost or self.variant.reading == "given":
            return ()
        return tuple(f"silent_{view}" for view in range(since, self.views))

    def leave(
        self,
        state: State,
        *,
        asked: bool,
        memory: tuple[int | None, ...] | None = None,
        knows: Need | None = None,
    ) -> Move[State]:
        """Lead to the next view, or out of the modelled views.

        Parameters
        ----------
        asked
            Whether the node asked in its view.
        memory
            What it remembers in the next view.
        knows
            What it was shown without doing anything, so that it remembers it.
        """
        move = super().leave(state, asked=asked, memory=memory)
        if knows is None:
            return move
        ending = mark(move.target.memory)
        return replace(move, needs=(*move.needs, knows), ending=ending)


def _proposed(view: int, value: int) -> Need:
    """Ask for a proposal of a view; only a Byzantine primary has a second one."""
    if value == 0:
        return request(view, value)
    return Need(at_least(Linear.of(f"F_{view}") - 1), TRUE)
