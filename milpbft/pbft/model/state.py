"""Where a correct node of the family is, and what it remembers that others will ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from milpbft.table import CRASHED, LEFT
from milpbft.table import State as TableState

VALUES = "AB"
"""Names of the requests that compete for the one sequence number."""

Mark = tuple[int, int]
"""A view, and a value proposed in it."""


class Phase(StrEnum):
    """What a node has done in its view; a letter of its location's name."""

    IDLE = "I"
    """In the view, without a proposal."""
    PREPARED = "P"
    """It took a proposal: pre-prepared in the papers' words."""
    SWITCHED = "S"
    """SBFT: a collector whose timer expired, and which takes the slow path from then on."""
    COMMITTED = "C"
    """It has a prepare certificate, and said so."""
    FINISHED = "F"
    """A collector that has shown the proof of a decision; told apart where nodes are prompt."""
    WAITING = "W"
    """It asked for the view and waits for its primary to open it."""
    OPENING = "O"
    """A primary whose own view change was enough: it opened the view as it came to it."""


@dataclass(frozen=True)
class State(TableState):
    """A location of the automaton, without the class of the node.

    Parameters
    ----------
    view
        Where WAITING: the view that it waits for.
    phase
        Of the view.
    value
        Of the proposal, once it took one.
    lock
        The highest prepare certificate that it has, of an earlier view.
    share
        SBFT: the latest proposal that it signed, of an earlier view.
    decided
        The value that it executed.
    asked
        The latest view that it asked for, where that is an earlier one than that it is in; else
        None. Told apart where it matters to others.
    heard
        Where WAITING: that it was shown so many view changes already that its timer runs.
    lent
        Where WAITING: that view changes of Byzantine nodes may be among those that it followed.
        Told apart in wary tables.
    full
        Of a primary that WAITs: that it can open the view as it is, and does so before all else.
    concluded
        Of a collector: that it has shown a certificate of commits. Told apart where it may have
        forgotten its certificate of the proposal, and then makes that of commits first.
    said
        The views that it sent a view change for, crashed or not. Told apart where messages may be
        lost.
    """

    phase: str = Phase.IDLE
    lock: Mark | None = None
    share: Mark | None = None
    decided: int | None = None
    asked: int | None = None
    heard: bool = False
    lent: bool = False
    full: bool = False
    concluded: bool = False
    said: frozenset[int] = frozenset()

    @property
    def active(self) -> bool:
        """Whether the view is open to it."""
        return self.phase is not Phase.WAITING

    @property
    def rushed(self) -> bool:
        """Whether it opens its view at once."""
        return self.full or self.phase is Phase.OPENING

    @property
    def proposed(self) -> bool:
        """Whether it took a proposal in its view."""
        return self.phase not in (Phase.IDLE, Phase.WAITING, CRASHED, LEFT)

    def leave(self) -> State:
        """Return the state of a node that has left the modelled views: it waits for the next."""
        return State(self.view, LEFT)

    def taking(self, value: int) -> State:
        """Take a proposal; its share will be the latest."""
        here = replace(self, heard=False, lent=False, full=False)
        return replace(here, phase=Phase.PREPARED, value=value, share=None)

    def certified(self) -> State:
        """Have a prepare certificate for the proposal, which outdates every other."""
        phase = Phase.FINISHED if self.concluded else Phase.COMMITTED
        return replace(self, phase=phase, lock=None)

    def leaving(self, *, shares: bool) -> State:
        """Leave for the next view, with what was learnt in this one."""
        lock, share = self.lock, self.share
        if self.proposed:
            mark = (self.view, self.value)
            lock = mark if self.phase in (Phase.COMMITTED, Phase.FINISHED) else lock
            share = mark if shares else None
        return waiting(self.view + 1, lock=lock, share=share, decided=self.decided)

    @property
    def carried(self) -> str:
        """What a view change carries, as a part of names: the certificate and the share."""
        named = (("L", self.lock), ("S", self.share))
        return "".join(f"_{c}{mark[0]}{VALUES[mark[1]]}" for c, mark in named if mark)

    @property
    def block(self) -> str | None:
        """What the node has decided; None where it has not."""
        return None if self.decided is None else VALUES[self.decided]

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        said = "_V" + "".join(map(str, sorted(self.said))) if self.said else ""
        if self.phase in (CRASHED, LEFT):
            return self.phase + said
        value = VALUES[self.value] if self.proposed else ""
        decided = "" if self.block is None else f"_D{self.block}"
        asked = "" if self.asked is None else f"_Q{self.asked}"
        flags = (("_H", self.heard), ("_L", self.lent), ("_O", self.full), ("_K", self.concluded))
        heard = "".join(mark for mark, said in flags if said)
        return f"{self.view}{self.phase}{value}{self.carried}{decided}{asked}{heard}{said}"


def waiting(
    view: int, lock: Mark | None = None, share: Mark | None = None, decided: int | None = None
) -> State:
    """Return the state of a node that waits for a view, by what its view change carries."""
    return State(view, Phase.WAITING, lock=lock, share=share, decided=decided)
