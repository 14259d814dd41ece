"""What the rule tables of dBFT share: view changes, decisions, and what nodes say to each other.

A request is its primary's preparation too. A ChangeView of view v is one for every earlier view:
replicas count who wants a view *or a later one*. A commit counts for the return rule of other views
wherever the request that it is about is not known; a Byzantine node may therefore commit to a
block that nobody proposed, which whoever has that view's request drops.

Where lost nodes count, by every message its sender is heard of, dropped or not, in its view and in
earlier ones (``heard_v``), and a commit of any view that is kept makes its sender count among those
that committed. A Byzantine node may then respond to what nobody proposed, by which it is heard of
and nothing else; as the primary of its view takes no response of its own, it does so in the next
view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from milpbft.automaton.condition import at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.state import State
from milpbft.dbft.returns import ReturnRule
from milpbft.table import (
    DONE,
    Act,
    Label,
    Message,
    Move,
    Need,
    ProtocolTable,
    from_primary,
    need,
    suffix,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.state import Memory
    from milpbft.dbft.model.variant import Variant
    from milpbft.table import Table

REQUEST, RESPONSE, COMMIT, CHANGE = "PrepareRequest", "PrepareResponse", "Commit", "ChangeView"

PREPARED = {"P", "X", "C", "K"}
"""Phases of nodes that have the request of their view."""
TOLD = 2
"""Views of which counters tell who asked in which."""


class FamilyTable(ProtocolTable[State]):
    """The rules of a member of the family.

    Parameters
    ----------
    variant
        What of dBFT differs between implementations.
    """

    start = State()
    sent: ClassVar[dict[str, str]] = {
        "propose": REQUEST,
        "respond": RESPONSE,
        "commit": COMMIT,
        "ask": CHANGE,
    }
    timers: ClassVar[dict[str, bool]] = {"propose": False, "ask": True}
    order: ClassVar[tuple[str, ...]] = ("accept", "respond", "commit", "enter")
    commits: ClassVar[bool] = True
    """Whether there are commits."""

    def __init__(self, variant: Variant) -> None:
        super().__init__(variant.views, variant.values)
        self.variant = variant

    @property
    def settings(self) -> dict[str, str]:
        """What schedules say of the variant."""
        agreement = str(self.variant.agreement).lower()
        said = {"returns": self.variant.returns.value, "agreement": agreement}
        return said | dict(self.variant.thresholds.said)

    # ---- needs

    def quorum(self, *counters: str) -> Need:
        """Ask for M senders."""
        return need(counters, self.variant.thresholds.quorum)

    def preparations(self, view: int, value: int) -> Need:
        """Ask a node that has prepared for M preparations: a Byzantine primary's it has already.

        A request is its primary's preparation, and who has prepared has taken the request.
        """
        prep = f"prep_{view}{suffix(value)}"
        known = Linear.of(prep) + Linear.of(f"F_{view}")
        return Need(self.quorum(prep).shown, at_least(known - self.variant.thresholds.quorum))

    # ---- moves

    def propose(self, state: State) -> Move[State]:
        """Propose, as the primary: its request is its preparation."""
        grows = (f"prep_{state.view}", f"req_{state.view}")
        return Move(Act("propose", state.view), replace(state, phase="P"), (), grows)

    def respond(self, state: State, value: int, phase: str = "P", *needs: Need) -> Move[State]:
        """Respond to a proposal, where that needs no more than its request, or `needs` as well."""
        act, target = Act("respond", state.view, value), replace(state, phase=phase, value=value)
        grows = (f"prep_{state.view}{suffix(value)}",)
        return Move(act, target, (request(state.view, value), *needs), grows)

    def ask(self, state: State, phase: str) -> Move[State]:
        """Ask for the next view, as an expired timer does."""
        target = replace(state, phase=phase, asked=None)
        return Move(Act("ask", state.view), target, (), self.asks(state))

    def asks(self, state: State) -> tuple[str, ...]:
        """Name counters that grow with a change view of a node's view.

        Where nodes may miss messages, who asked in the view before as well is counted: it takes the
        loss of both that it is not heard to ask for that view or a later one.
        """
        twice = self.variant.misses and state.last >= 0
        return (*state.asks, *([f"ask_{state.last}_{state.view}"] if twice else ()))

    def leave(self, state: State, *, asked: bool, memory: Memory | None = None) -> Move[State]:
        """Lead to the next view, or out of the modelled views.

        Parameters
        ----------
        asked
            Whether the node asked in its view.
        memory
            What it remembers in the next view.
        """
        grows: tuple[str, ...] = ()
        view, last = state.view, state.view if asked else state.last
        if self.variant.agreement and last < view:
            grows, last = self.asks(state), view
        memory = state.memory if memory is None else memory
        inside = view + 1 < self.views
        target = State.entering(view + 1, last, memory) if inside else state.leave()
        if inside and self.variant.returns is ReturnRule.ANY_VIEW:
            target = replace(target, shown=state.shown)
        wanted = need((f"ask_{view}",), self.variant.thresholds.view)
        return Move(Act("enter", view), target, (wanted,), grows)

    def accept(self, view: int, value: int, *needs: Need) -> Move[State]:
        """Accept a proposal of a node's view."""
        return Move(Act("accept", view, value), State(view, DONE, value), needs)

    def crash(
        self, state: State, grows: tuple[str, ...] = (), needs: tuple[Need, ...] = ()
    ) -> Move[State]:
        """Crash; what the node sent stays sent."""
        return Move(Act("crash", state.view), state.crash(), needs, grows, owed=False)

    # ---- messages

    def completed(self, table: Table) -> Table:
        """Add what matters where messages may be missed: requests that nodes have, who asked when.

        Of two views; of more, counts of who asked in one and the next do not tell.
        """
        table = super().completed(table)
        if not self.variant.misses:
            return table
        had = {
            place: frozenset({Label(REQUEST, state.view, state.value)})
            for place, state in self._maker.states.items()
            if state.phase in PREPARED
        }
        return replace(table, had=had, spoken=self.spoken() if self.views == TOLD else {})

    def spoken(self) -> dict[tuple[str, frozenset[int]], Linear]:
        """Say who asked in view 0 alone, in view 1 alone, and in both."""
        return told("ask_0", Linear.of("ask_0") - Linear.of("ask_1"), "ask_1", "ask_0_1")

    def said(self, act: Act, grows: tuple[str, ...]) -> tuple[Label, ...]:
        """Say what a node sends: where it enters a view that it did not ask for, it asks first."""
        if act.what == "enter" and grows:
            return (Label(CHANGE, act.view),)
        return super().said(act, grows)

    def messages(self) -> Iterator[Message]:
        """Yield what nodes say; where lost nodes count, with the views in which they are heard."""
        if self.variant.returns is not ReturnRule.COMMITTED_OR_LOST or not self.commits:
            yield from self._said()
            return
        heard = tuple(f"heard_{view}" for view in range(self.views))
        for message in self._said():
            excuses = heard if message.label.kind == COMMIT else ()
            yield replace(message, tells=heard[: message.label.view + 1], excuses=excuses)
        for view in range(self.views + 1):
            senders = self.backups(view) if view < self.views else self.starts(self.views)[-1:]
            nothing = Label(RESPONSE, view, self.values)
            yield Message(nothing, (), senders, tells=heard[: view + 1])

    def _said(self) -> Iterator[Message]:
        for view in range(self.views):
            requests = tuple(Label(REQUEST, view, value) for value in range(self.values))
            for value, proposal in enumerate(requests):
                s, others = suffix(value), tuple(k for k in requests if k != proposal)
                brings = (f"req_{view}{s}", f"prep_{view}{s}")
                yield Message(proposal, brings, self.primary(view), lapses=True)
                response, commit = Label(RESPONSE, view, value), Label(COMMIT, view, value)
                yield Message(response, brings[1:], self.backups(view), proposal, others)
                if self.commits:
                    yield Message(commit, (f"com_{view}{s}",), self.everybody, proposal, others)
            if self.commits and self.views > 1:
                nothing = Label(COMMIT, view, self.values)
                yield Message(nothing, (f"com_{view}",), self.everybody, None, requests)
            wanted = tuple(f"ask_{earlier}" for earlier in range(view + 1))
            yield Message(Label(CHANGE, view), wanted, self.everybody)


def told(
    counter: str, before: Linear, later: str, both: str
) -> dict[tuple[str, frozenset[int]], Linear]:
    """Say which nodes asked in view 0 alone, in view 1 alone, and in both.

    Parameters
    ----------
    counter
        For which all of them count.
    before
        How many asked in view 0 alone.
    later, both
        Counters of those that asked in view 1, and of those among them that did in view 0 too.
    """
    second, twice = Linear.of(later), Linear.of(both)
    return {
        (counter, frozenset({0})): before,
        (counter, frozenset({1})): second - twice,
        (counter, frozenset({0, 1})): twice,
    }


def request(view: int, value: int) -> Need:
    """Ask for the request of a view: its primary's, which may be Byzantine."""
    return from_primary(f"req_{view}{suffix(value)}", view)
