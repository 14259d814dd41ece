"""Rule table of dBFT 2.0 with the rules of a production profile.

Beside the phases of the paper's table (:mod:`milpbft.dbft.model.table`): a node in view change that
had M - 2 responses before it asked is in ``K``; given the request late it responds and commits at
once, by ``Z``, where the guard stands before responses only. One without them responds, to ``X``,
and commits once it counts more than f nodes and gets a response again. ``Cq`` believes in a block
whose commits were never checked.

**A bound.** Every run of the replicas of the profile that comes to rest is one of the table, but
not the other way round: the table leaves out in which order a node was given what, who answers a
request for recovery, and which change view was the last to come. What it finds infeasible is so,
and no run is better than its bound; that replicas reach a value is said by replay and rest.

**What a node owes at rest** is what it does for certain once everything is delivered, recovery
messages included, and timers have expired again and again:

- the primary proposes; who has a request or M preparations of its view that nobody can have
  dropped answers and commits;
- who certainly refuses asks for the next view (:mod:`milpbft.dbft.model.production.regimes`);
- nodes that committed tell who stands in their view what they know. Who never asked, or certainly
  recovers, takes it and commits;
- M change views lead to the next view unless the node forgot one as it entered, or another came
  last that asks for a later view. Who asks itself looks again; and nodes that committed in a later
  view tell how they came there, which helps who looks at change views that it has already.

**Who reloads its log** has lost what was under way, and owes at rest only what comes again: what
nodes in its view, or committed there or later, say whenever their timers expire. Of nodes in later
views it may hear no more (:func:`milpbft.dbft.model.production.regimes.speaking`).

Counters, besides those of the paper's table: ``resp_v`` responses of backups, ``in_v`` nodes that
entered view v.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, Condition, at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.family import RESPONSE, FamilyTable
from milpbft.dbft.model.production.regimes import QUORUM, Regimes, repeating, speaking, standing
from milpbft.dbft.model.production.rules import RULES
from milpbft.dbft.model.production.state import COMMITS, LATE, MISLED, STANDING, Standing
from milpbft.table import BYZANTINE, ONE, Act, Move, Need, suffix
from milpbft.table.need import equivocator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.dbft.model.state import State
    from milpbft.dbft.model.variant import Variant
    from milpbft.table import Label, Message

ASKING = ("W", LATE, "X")
"""Phases of nodes in view change."""


class ProductionTable(FamilyTable):
    """The rules of a profile.

    Parameters
    ----------
    variant
        Its `profile` is one of the rule tables'.
    """

    name = "dbft2"
    start: State = Standing()

    def __init__(self, variant: Variant) -> None:
        rules = RULES[variant.profile].varied(dict(variant.options))
        super().__init__(replace(variant, agreement=rules.agreement))
        self.rules = rules
        self.regimes = Regimes(rules, self.views, self.values)

    @property
    def settings(self) -> dict[str, str]:
        """What schedules say of the profile; the sizes are added where they are known."""
        said = ",".join(f"{name}={value}" for name, value in self.variant.options)
        return {"profile": self.variant.profile} | ({"options": said} if said else {})

    @property
    def groups(self) -> Mapping[str, Callable[[State], bool]]:
        """Nodes that guards of rest count where they stand."""
        found: dict[str, Callable[[State], bool]] = {}
        again = self.variant.reloads
        for view in range(self.views):
            found[standing(view)] = _in(view, STANDING)
            found[speaking(view)] = _in(view, STANDING) if again else _speaks(view)
            found[repeating(view)] = _in(view, ("C",))
        return found

    # ---- moves

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        if not isinstance(state, Standing):
            return  # done
        match state.phase:
            case "I":
                yield from self._begin(state, primary)
            case "W" | "K":
                yield from self._respond_late(state)
            case "Z":
                yield self.commit(state, TRUE, TRUE)
            case "P" | "X":
                yield from self._prepared(state)
            case "C":
                yield from self._committed(state)
        if state.phase in STANDING:
            yield from self._leave(state)
        if state.phase in (*STANDING, "C", MISLED):
            yield self.crash(state)

    def _begin(self, state: Standing, primary: int | None) -> Iterator[Move[State]]:
        """Propose, respond, or ask for the next view; a primary proposes first."""
        if primary == state.view:
            yield self.propose(state)
            return
        for value in range(self.values):
            yield from self._owing(self._responding(state, value, "P"))
        yield self._asking(state, "W")
        if self.rules.guard == "responses":
            responses = Linear.combine((name, 1) for name in self._responses(state.view))
            liars = BYZANTINE - equivocator(state.view)
            known = at_least(responses + liars - (QUORUM - 2))
            yield replace(self._asking(state, LATE, known), owed=False, ending="_late")

    def _respond_late(self, state: Standing) -> Iterator[Move[State]]:
        """Respond in view change: to any request, or where the node counts more than f nodes."""
        view = state.view
        back = self.regimes.recovering(view)
        for value in range(self.values):
            phase = COMMITS if state.phase == LATE else "X"
            move = self._responding(state, value, phase)
            match self.rules.guard:
                case "responses":
                    yield move
                case "preparations":
                    for again in self._told_again(view):
                        yield replace(move, needs=(Need(move.needs[0].shown & back, again),))
                case "hold":
                    shown = Need(move.needs[0].shown & back, TRUE)
                    yield replace(move, needs=(shown,), owed=False)

    def _prepared(self, state: Standing) -> Iterator[Move[State]]:
        """Commit at M preparations; where the node asked, only if it counts more than f nodes."""
        view, regimes = state.view, self.regimes
        enough = self.preparations(view, state.value)
        if state.phase == "P":
            yield self._asking(state, "X")
            commit = self.commit(state, enough.shown, enough.sent)
            yield from self._owing(commit)
        else:
            shown = enough.shown & regimes.recovering(view)
            for again in self._told_again(view):
                commit = self.commit(state, shown, again)
                yield replace(commit, owed=self.rules.guard != "hold")
        yield from self._accept(state)

    def _told_again(self, view: int) -> Iterator[Condition]:
        """Yield when a node that asked certainly takes what committed ones tell it."""
        yield self.regimes.told_again(view)
        if self.variant.reloads:
            yield self.regimes.told_anew(view)

    def _committed(self, state: Standing) -> Iterator[Move[State]]:
        """Accept at M commits, or believe so; each node that committed says so again and again."""
        enough = self.quorum(self._com(state))
        yield self.accept(state.view, state.value, enough)
        if self.variant.reloads:
            anew = at_least(Linear.of(repeating(state.view)) - QUORUM)
            yield self.accept(state.view, state.value, Need(enough.shown, anew))
        yield from self._believe(state)

    def _accept(self, state: Standing) -> Iterator[Move[State]]:
        """Accept without having committed: whether commits come after the request is open."""
        move = self.accept(state.view, state.value, self.quorum(self._com(state)))
        yield replace(move, owed=False)
        yield from self._believe(state)

    def _believe(self, state: Standing) -> Iterator[Move[State]]:
        """Count commits that were not checked: a Byzantine node's among M."""
        if not (self.rules.unseen and self.variant.liars and self.variant.rests):
            return
        lies = Need(self.quorum(self._com(state)).shown & at_least(BYZANTINE - ONE), TRUE)
        target = replace(state, phase=MISLED, asked=None, forgot=False)
        yield Move(Act("believe", state.view, state.value), target, (lies,), (), owed=False)

    def _leave(self, state: Standing) -> Iterator[Move[State]]:
        """Enter the next view; say when that is owed, or that change views are forgotten."""
        view, regimes = state.view, self.regimes
        move = self.leave(state, asked=state.phase in ASKING)
        inside = view + 1 < self.views
        target = Standing.entering(view + 1, move.target.last) if inside else state.leave()
        grows = (*move.grows, *([f"in_{view + 1}"] if inside else []))
        move = replace(move, target=target, grows=grows)
        (asked,) = move.needs
        refuses = regimes.certainly_refusing(view)
        later = at_least(-Linear.of(f"ask_{view + 1}")) if inside else TRUE
        owed = [refuses & at_least(Linear.of(standing(view)) - QUORUM)]
        if self.variant.reloads and self.rules.failed == "nobody":
            # Who stands in a later view refuses as well, and asks again and again.
            there = Linear.combine((standing(u), 1) for u in range(view, self.views))
            owed.append(refuses & at_least(there - QUORUM))
        for beyond in range(view + 1, self.views):
            told = [self.regimes.told(beyond), self._pulled(view, beyond)]
            # What it has already says nothing new to a node that does not look again.
            looks = (TRUE,) if self.rules.looks else (later, refuses)
            owed += [one & look for one in told for look in looks]
        if not state.forgot:
            owed += [asked.sent & later, asked.sent & refuses]
        for number, when in enumerate(dict.fromkeys(owed)):
            yield replace(move, needs=(Need(asked.shown, when),), ending=f"_{number}")
        if inside and self.rules.forgets:
            assert isinstance(move.target, Standing), "made above"
            knew = at_least(Linear.of(f"ask_{view + 1}") + BYZANTINE - ONE)
            fades = replace(move, target=replace(move.target, forgot=True), owed=False)
            yield replace(fades, needs=(Need(asked.shown & knew, TRUE),), ending="_fades")

    def _pulled(self, view: int, later: int) -> Condition:
        """Say when some node that stands in a view is answered by one that stands in a later one.

        A node answers the f + 1 before it. Of y nodes these and themselves are f + 1 + y at least,
        so that no more than ``M - 1 - y`` others get no answer. Where the same message is answered
        once, what answers it must be a change view.
        """
        there = Linear.of(standing(later))
        some = at_least(there - 1) & at_least(Linear.of(standing(view)) + there - QUORUM)
        return some & self.regimes.certainly_refusing(view) if self.rules.once else some

    # ---- parts of moves

    def _responding(self, state: Standing, value: int, phase: str) -> Move[State]:
        move = self.respond(state, value, phase)
        return replace(move, grows=(*move.grows, f"resp_{state.view}{suffix(value)}"))

    def _asking(self, state: Standing, phase: str, known: Condition = TRUE) -> Move[State]:
        """Ask for the next view, where the node can be brought to count at most f nodes."""
        view = state.view
        allowed = self.regimes.refusing(view) & known
        need = Need(allowed, self.regimes.certainly_refusing(view))
        target = replace(state, phase=phase, asked=None)
        return Move(Act("ask", view), target, (need,), state.asks)

    def commit(self, state: State, shown: Condition, sent: Condition) -> Move[State]:
        """Commit to the proposal that a node knows."""
        target = Standing(state.view, "C", state.value)
        act = Act("commit", state.view, state.value)
        return Move(act, target, (Need(shown, sent),), (self._com(state),))

    def _owing(self, move: Move[State]) -> Iterator[Move[State]]:
        """Yield the move of a node that never asked, which is owed in two cases.

        For what was sent, if nobody can have dropped that; and once a committed node tells it.
        """
        view = move.act.view
        *needs, last = move.needs
        if self._kept(view):
            yield move
        told = Need(last.shown, self.regimes.told(view))
        yield replace(move, needs=(*(Need(need.shown, TRUE) for need in needs), told))

    def _kept(self, view: int) -> bool:
        """Whether what comes before a view is entered waits for that."""
        return view == 0 or self.rules.later == "newest"

    def _responses(self, view: int) -> Iterator[str]:
        return (f"resp_{view}{suffix(value)}" for value in range(self.values))

    @staticmethod
    def _com(state: State) -> str:
        return f"com_{state.view}{suffix(state.value)}"

    # ---- messages

    def said(self, act: Act, grows: tuple[str, ...]) -> tuple[Label, ...]:
        """Say what a node sends; counting where nodes are is no message."""
        return super().said(act, tuple(name for name in grows if not name.startswith("in_")))

    def _said(self) -> Iterator[Message]:
        for message in super()._said():
            if message.label.kind == RESPONSE:
                count = f"resp_{message.label.view}{suffix(message.label.value)}"
                yield replace(message, brings=(*message.brings, count))
            else:
                yield message


def _in(view: int, phases: tuple[str, ...]) -> Callable[[State], bool]:
    return lambda state: state.view == view and state.phase in phases


def _speaks(view: int) -> Callable[[State], bool]:
    stands = _in(view, STANDING)

    def speaks(state: State) -> bool:
        later = state.view > view and state.phase in STANDING
        return stands(state) or (later and (state.phase in ASKING or state.last >= view))

    return speaks
