"""Rule table of forks among nodes of a profile that start again without memory.

Nothing is asked of the end of a run here, so that the table leaves out what only decides what nodes
owe, and holds fewer things against the adversary than replicas do. **A bound**: every run of the
replicas is one of the table, in as many acts; that replicas reach a value is said by replay.

- **Two lives of a node count as two senders.** Others count it once, so that there are more runs
  here, not fewer. In each life a node commits once at most, whatever the view, since production
  keeps its commit until it has its block: that is what a proof is made of.
- **A primary proposes something else** in its second life, since a nonce and a timestamp are of the
  moment: :data:`NEW`. Responses to what it proposed before may count for that (`stray`), so that it
  commits early. That is left out: here a commit lets others accept and do nothing else. They accept
  on M commits, of which M - 1 are of nodes that counted M preparations of that very proposal; by
  then these were sent, and it can commit on them instead. Where nobody accepts, it need not commit.
  Of these nodes one is correct, or M - 1 are liars, who prepare it too.
- **What a node said before comes back** to it in recovery messages. Its responses, commits and
  change views are among those that are counted. A primary may take its former request (``neo-cs``)
  or answer it, after which it commits to nothing in that view (``neo-go``: `answers`).
- Who asked may respond and commit as others do, and asks whenever it likes: who counts how many
  failed is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE
from milpbft.automaton.table import RESTART
from milpbft.dbft.model.family import request
from milpbft.dbft.model.production.state import ANSWERED, ANSWERED_LATE
from milpbft.dbft.model.production.table import ProductionTable
from milpbft.dbft.model.state import State
from milpbft.table import CRASHED, DONE, LEFT, Act, Move, Need, suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FIRST, NEW = 0, 1
"""What a primary proposes in its first life, and in its second."""
ASKED = ("W", "X", ANSWERED_LATE)
"""Phases of nodes that asked for the next view."""


@dataclass(frozen=True)
class Life(State):
    """A location of a node in one of its lives.

    Parameters
    ----------
    second
        Whether it has started again.
    """

    second: bool = False

    @property
    def again(self) -> bool:
        """Whether the node has started again."""
        return self.second

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        return super().place + ("_again" if self.second else "")


class ForkTable(ProductionTable):
    """The rules of a profile, as far as forks need them."""

    start = Life()

    @property
    def groups(self) -> Mapping[str, Callable[[State], bool]]:
        """Return none: no guard is about the end."""
        return {}

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do; none of it is owed."""
        if not isinstance(state, Life) or state.phase == DONE:
            return
        for move in self._choices(state, primary):
            needs = tuple(Need(need.shown, TRUE) for need in move.needs)
            yield replace(move, target=_living(move.target, state), needs=needs, owed=False)
        if state != self.start:
            yield self.crash(state)
            if not state.second:
                yield Move(Act(RESTART, state.view), Life(second=True), owed=False)

    def _choices(self, state: Life, primary: int | None) -> Iterator[Move[State]]:
        """Say what it can do in its present life."""
        match state.phase:
            case "I" if primary == state.view:
                yield from self._lead(state)
            case "I":
                yield self.ask(state, "W")
                yield from (self.respond(state, value) for value in range(self.values))
            case "W":
                yield from (self.respond(state, value, "X") for value in range(self.values))
            case "P" | "X":
                yield from self._prepare(state)
            case "R":
                yield self.ask(state, ANSWERED_LATE)
        known = range(self.values) if state.phase == "W" else (state.value,)
        for value in known if state.phase != "I" else ():
            # Who holds a request back while it asks (`guard=hold`) accepts without a response.
            commits = self.quorum(f"com_{state.view}{suffix(value)}")
            yield self.accept(state.view, value, commits, request(state.view, value))
        if state.phase != "C":
            yield self.leave(state, asked=state.phase in ASKED)

    def _lead(self, state: Life) -> Iterator[Move[State]]:
        """Propose; or, in a second life, take back what was proposed before."""
        if not state.second:
            yield self.propose(state)
            return
        view, s = state.view, suffix(NEW)
        target, grows = replace(state, phase="P", value=NEW), (f"prep_{view}{s}", f"req_{view}{s}")
        yield Move(Act("propose", view, NEW), target, (), grows)
        own = request(view, FIRST)
        if self.rules.answers:
            answered = replace(state, phase=ANSWERED)
            yield Move(Act("respond", view), answered, (own,), (), ending="_regained")
            return
        taken = replace(state, phase="P")
        regained = [self.accept(view, FIRST, self.quorum(self._com(taken)))]
        for move in (*self._prepare(taken), *regained):
            yield replace(move, needs=(own, *move.needs), ending="_regained")

    def _prepare(self, state: Life) -> Iterator[Move[State]]:
        """Commit at M preparations of its proposal, or ask for the next view."""
        enough = self.preparations(state.view, state.value)
        yield self.commit(state, enough.shown, TRUE)
        if state.phase == "P":
            yield self.ask(state, "X")


def _living(target: State, state: Life) -> State:
    """Return where a node is that stays in its life."""
    if target.phase in (CRASHED, LEFT):
        return target
    return Life(target.view, target.phase, target.value, target.asked, second=state.second)
