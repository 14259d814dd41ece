"""The rule table of dBFT 1.0: no commit phase, so a block is accepted at M preparations.

Locations and counters as in :mod:`milpbft.dbft.model.table`, without commits. A node in view change
takes no part in its view, and only who has prepared accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.dbft.model.family import FamilyTable
from milpbft.table import DONE, START, Act, Move

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.state import State


class Dbft1(FamilyTable):
    """The rules of dBFT 1.0; the variant's return rule is not read."""

    name = "dbft1"
    commits = False

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        view, proposes = state.view, primary == state.view
        if state.phase == DONE:
            return
        if state.phase == START and proposes:
            yield self.propose(state)
        elif state.phase == START:
            for value in range(self.values):
                yield self.respond(state, value)
        if state.phase == "P":
            enough = self.preparations(view, state.value)
            if proposes:
                enough = self.quorum(f"prep_{view}")
            yield self.accept(view, state.value, enough)
        if state.phase == "P" or (state.phase == START and not proposes):
            waiting = replace(state, phase="W", value=0, asked=None)
            yield Move(Act("ask", view), waiting, (), self.asks(state))
        yield self.leave(state, asked=state.phase == "W")
        yield self.crash(state)
