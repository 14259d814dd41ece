"""Rule table of locks among nodes of a profile that start again without memory, in one view.

What others sent is brought to a node again, as to one that was late. So what rest asks beside
:mod:`milpbft.dbft.model.production.table` is who counts for what, in which of two lives, and what
of it is certain:

- **A node counts once**, whatever it says again. Who said two things, that it prepares or commits
  to either proposal, is kept by others for the one that they were given first: where something is
  owed, it counts for neither.
- **A primary proposes something else** in its second life, :data:`NEW`. Responses to what it
  proposed before, which it has already, count for that (`stray`): it may commit to it then, and
  what it tells of that helps nobody else. Commits that it has already are not checked against it.
- **It may get its former request back**, from a node that answered it. In ``neo-go`` it responds
  to that, :data:`ANSWERED`, and commits to nothing. In ``neo-cs`` it takes it and says nothing;
  it looks whether M prepared only as a response comes, so that it owes no commit.
- **Who committed before it started again** may get that commit back from one that is committed, and
  says nothing then either: it asks for no view and commits to nothing. So such a node owes nothing
  but a response, and is not among those of whom M lead to the next view.
- Own messages of a former life are not brought to a node but by recovery: it does not count its own
  former commit among those that it knows.

Where the table leaves open whether something was brought back, both are runs of it: it is a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, Condition, at_least
from milpbft.automaton.linear import Linear
from milpbft.automaton.table import RESTART
from milpbft.dbft.model.family import COMMIT
from milpbft.dbft.model.production.forks import FIRST, NEW
from milpbft.dbft.model.production.regimes import QUORUM, standing
from milpbft.dbft.model.production.state import (
    ANSWERED,
    ANSWERED_LATE,
    COMMITS,
    LATE,
    MISLED,
    STANDING,
    Standing,
)
from milpbft.dbft.model.production.table import ASKING, ProductionTable
from milpbft.dbft.model.returning import ENOUGH
from milpbft.table import CRASHED, DONE, LEFT, ONE, Act, Move, Need, suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.dbft.model.state import State
    from milpbft.table import Message

COMMITTED, BOTH, EITHER = "com", "com_both", "resp_both"
"""Counters: nodes that committed to something, to both proposals, that responded to both."""
VALUES = (FIRST, NEW)
WAITING = (*STANDING, ANSWERED, ANSWERED_LATE)
"""Phases of nodes that have neither committed nor a block."""


@dataclass(frozen=True)
class Again(Standing):
    """A location of a node in one of its lives.

    Parameters
    ----------
    second
        Whether it has started again.
    counts
        The counters for which it counts, in whatever life.
    """

    second: bool = False
    counts: frozenset[str] = frozenset()

    @property
    def again(self) -> bool:
        """Whether the node has started again."""
        return self.second

    @property
    def promised(self) -> bool:
        """Whether it has committed, which it may have forgotten."""
        return COMMITTED in self.counts

    @property
    def leads(self) -> bool:
        """Whether it has proposed something else, as the primary that started again."""
        return f"req_{self.view}{suffix(NEW)}" in self.counts

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        said = "__".join(sorted(self.counts))
        return super().place + ("_again" if self.second else "") + (said and f"__{said}")


class RestartTable(ProductionTable):
    """The rules of a profile in view 0, with nodes that start again; nobody is Byzantine."""

    start = Again()

    @property
    def groups(self) -> Mapping[str, Callable[[State], bool]]:
        """Nodes that certainly ask where they certainly refuse; nodes that tell what M prepared."""
        return {standing(0): _stands, **{_tellers(value): _tells(value) for value in VALUES}}

    # ---- moves

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        if not isinstance(state, Again) or state.phase == DONE:
            return
        for move in self._choices(state, primary):
            yield self._lived(state, move)
        if state.phase == COMMITS:
            return  # It commits at once.
        yield self.crash(state)
        if not state.second and state != self.start:
            yield Move(Act(RESTART, 0), Again(second=True, counts=state.counts), owed=False)

    def _lived(self, state: Again, move: Move[State]) -> Move[State]:
        """Let a node count once for what it says, and owe what it does whatever it got back."""
        counts = state.counts | set(move.grows)
        commits = {f"com_0{suffix(value)}" for value in VALUES}
        responses = {f"resp_0{suffix(value)}" for value in VALUES}
        if counts & commits:
            counts |= {COMMITTED}
        if counts >= commits:
            counts |= {BOTH}
        if counts >= responses:
            counts |= {EITHER}
        target = move.target
        if target.phase not in (CRASHED, LEFT):
            target = Again(0, target.phase, target.value, second=state.second, counts=counts)
        forgot = state.second and state.promised and state.phase in WAITING
        owed = move.owed and not (forgot and move.act.what != "respond")
        grows = tuple(sorted(counts - state.counts))
        return replace(move, target=target, grows=grows, owed=owed, spoken=move.grows)

    def _choices(self, state: Again, primary: int | None) -> Iterator[Move[State]]:
        match state.phase:
            case "I" if primary == 0:
                yield from self._lead(state)
            case "I":
                yield from self._follow(state)
            case "W" | "K":
                yield from self._answer_late(state)
            case "Z":
                yield self.commit(state, TRUE, TRUE)
            case "P" | "X":
                yield from self._with_request(state)
            case "C":
                yield self.accept(0, state.value, self._all_committed(state.value))
                yield from self._mistaken(state)
            case "R" | "Rx":
                yield from self._answered(state)
        if state.phase in WAITING:
            yield from self._out(state)

    def _lead(self, state: Again) -> Iterator[Move[State]]:
        """Propose; in a second life something else, or get back what was proposed before."""
        if not state.second:
            yield self.propose(state)
            return
        s = suffix(NEW)
        target = replace(state, phase="P", value=NEW)
        silent = not self.rules.answers
        yield Move(Act("propose", 0, NEW), target, (), (f"prep_0{s}", f"req_0{s}"), owed=not silent)
        # Who responded has the request, and may bring it back.
        regained = Need(at_least(Linear.of("resp_0") - ONE), TRUE)
        if not silent:
            answered = replace(state, phase=ANSWERED)
            yield Move(Act("respond", 0), answered, (regained,), (), owed=False)
            return
        taken = replace(state, phase="P", value=FIRST)
        for move in self._with_request(taken):
            yield replace(move, needs=(regained, *move.needs), owed=False, ending="_regained")

    def _follow(self, state: Again) -> Iterator[Move[State]]:
        """Respond, or ask for the next view; late, if M - 2 responses of others are known."""
        for value in VALUES:
            yield self._responding(state, value, "P")
        yield self._ask_next(state, "W")
        for value in VALUES if self.rules.guard == "responses" else ():
            name = f"resp_0{suffix(value)}"
            known = at_least(Linear.of(name) - int(name in state.counts) - (QUORUM - 2))
            late = self._ask_next(replace(state, value=value), LATE, known)
            yield replace(late, owed=False, ending=f"_late{suffix(value)}")

    def _answer_late(self, state: Again) -> Iterator[Move[State]]:
        """Respond in view change: to any request, or where the node counts more than f nodes."""
        for value in VALUES:
            at_once = state.phase == LATE and value == state.value
            move = self._responding(state, value, COMMITS if at_once else "X")
            if self.rules.guard == "responses":
                yield move
                continue
            back = Need(move.needs[0].shown & self._recovering(state, None), TRUE)
            if self.rules.guard == "hold":
                yield replace(move, needs=(back,), owed=False)
                continue
            for told in VALUES:
                when = self._certainly_recovering(state, None) & _told(told)
                yield replace(move, needs=(replace(back, sent=when),), ending=f"_{told}")

    def _with_request(self, state: Again) -> Iterator[Move[State]]:
        """Commit at M preparations; where the node asked, only if it counts more than f nodes."""
        value = state.value
        shown, sure = self._all_prepared(state)
        regained = state.second and value == FIRST and "req_0" in state.counts
        if state.phase == "P":
            yield self._ask_next(state, "X")
            yield replace(self.commit(state, shown, sure), owed=not regained)
            yield replace(self.commit(state, shown, _told(value)), owed=not state.second)
        else:
            back = shown & self._recovering(state, value)
            when = self._certainly_recovering(state, value) & _told(value)
            owed = self.rules.guard != "hold" and not state.leads and not regained
            yield replace(self.commit(state, back, when), owed=owed)
        yield replace(self.accept(0, value, self._all_committed(value)), owed=False)
        yield from self._mistaken(state)

    def _answered(self, state: Again) -> Iterator[Move[State]]:
        """Ask for the next view, or accept; it commits to nothing."""
        if state.phase == ANSWERED:
            yield self._ask_next(state, ANSWERED_LATE)
        yield replace(self.accept(0, FIRST, self._all_committed(FIRST)), owed=False)
        yield from self._mistaken(state)

    def _out(self, state: Again) -> Iterator[Move[State]]:
        """Leave the view: M nodes ask, or all refuse, M of whom certainly do nothing but ask.

        What it asked in a former life it does not know.
        """
        asked = state.phase in (*ASKING, ANSWERED_LATE)
        own = int(state.second and not asked and "ask_0" in state.counts)
        move = self.leave(state, asked=asked)
        enough = at_least(Linear.of(standing(0)) - QUORUM)
        known = at_least(Linear.of("ask_0") - own - QUORUM)
        for number, when in enumerate((self._certainly_refusing() & enough, known)):
            need = Need(move.needs[0].shown, when)
            yield replace(move, needs=(need,), grows=(), ending=f"_{number}")

    def _mistaken(self, state: Again) -> Iterator[Move[State]]:
        """Believe in a block with commits that were never checked, some of them to the other."""
        if self.rules.unseen or state.leads:
            other = at_least(Linear.of(f"com_0{suffix(1 - state.value)}") - ONE)
            mixed = Need(at_least(Linear.of(COMMITTED) - QUORUM) & other, TRUE)
            target = replace(state, phase=MISLED)
            yield Move(Act("believe", 0, state.value), target, (mixed,), (), owed=False)

    # ---- guards

    def _all_prepared(self, state: Again) -> tuple[Condition, Condition]:
        """Say when M prepared a node's proposal: as it may know them, and for certain.

        ``prep >= M`` and ``prep - both >= M``; a primary that proposed something else counts
        whatever was responded, ``1 + resp + resp' >= M``.
        """
        prepared = Linear.of(f"prep_0{suffix(state.value)}")
        shown = at_least(prepared - QUORUM)
        if state.leads:
            responses = Linear.combine((f"resp_0{suffix(value)}", 1) for value in VALUES)
            shown = at_least(responses + 1 - QUORUM)
        return shown, at_least(prepared - Linear.of(EITHER) - QUORUM)

    def _all_committed(self, value: int) -> Need:
        """Ask for M commits to a proposal, certainly ``com - both >= M``."""
        commits = Linear.of(f"com_0{suffix(value)}")
        return Need(at_least(commits - QUORUM), at_least(commits - Linear.of(BOTH) - QUORUM))

    def _certainly_refusing(self) -> Condition:
        """Say when all count at most f nodes: ``com <= T``, or ``standing >= M``."""
        if self.rules.failed == "nobody":
            return at_least(Linear.of("T") - Linear.of(COMMITTED))
        return at_least(Linear.of(standing(0)) - QUORUM)

    def _ask_next(self, state: Again, phase: str, known: Condition = TRUE) -> Move[State]:
        """Ask for the next view; it is owed where all count at most f nodes."""
        target = replace(state, phase=phase)
        needs = (Need(known, self._certainly_asking(state)),)
        return Move(Act("ask", 0), target, needs, ("ask_0",))

    def _certainly_asking(self, state: Again) -> Condition:
        """Say when a node counts at most f nodes: of commits those to the proposal that it knows.

        Those that came before the request are kept where nobody checks them.
        """
        unchecked = self.rules.unseen or state.leads or state.phase != "P"
        if self.rules.failed != "nobody" or unchecked:
            return self._certainly_refusing()
        return at_least(Linear.of("T") - Linear.of(f"com_0{suffix(state.value)}"))

    def _recovering(self, state: Again, value: int | None) -> Condition:
        """Say when a node that asked can be brought to count more than f nodes."""
        seen = value is None or state.leads or self.rules.unseen
        commits = Linear.of(COMMITTED if seen else f"com_0{suffix(value or 0)}")
        return at_least(commits - (ENOUGH if self.rules.failed == "nobody" else ONE))

    def _certainly_recovering(self, state: Again, value: int | None) -> Condition:
        """Say when it counts more for certain: ``com - both >= T + 1`` without its own.

        Without a request it keeps the first commit of each node, to whichever proposal.
        """
        own = int(state.second and state.promised)
        if value is None:
            return at_least(Linear.of(COMMITTED) - own - ENOUGH)
        commits = Linear.of(f"com_0{suffix(value)}") - Linear.of(BOTH)
        return at_least(commits - own - ENOUGH)

    # ---- messages

    def _said(self) -> Iterator[Message]:
        for message in super()._said():
            counted = message.label.kind == COMMIT and message.label.value in VALUES
            extra = (COMMITTED,) if counted else ()
            yield replace(message, brings=(*message.brings, *extra))


def _stands(state: State) -> bool:
    """Whether a node has neither committed, in whatever life, nor a block."""
    return isinstance(state, Again) and state.phase in WAITING and not state.promised


def _tellers(value: int) -> str:
    return f"telling_0{suffix(value)}"


def _tells(value: int) -> Callable[[State], bool]:
    """Whether a node committed to a proposal that M prepared, and repeats that."""

    def tells(state: State) -> bool:
        mixed = isinstance(state, Again) and state.leads
        return state.phase == "C" and state.value == value and not mixed

    return tells


def _told(value: int) -> Condition:
    return at_least(Linear.of(_tellers(value)) - 1)
