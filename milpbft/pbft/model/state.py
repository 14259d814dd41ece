"""Where a correct node of the family is, and what it remembers that others will ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

VALUES = "AB"
"""Names of the requests that compete for the one sequence number."""

Mark = tuple[int, int]
"""A view, and a value proposed in it."""


class Phase(Enum):
    """What a node has done in its view; the value is a letter of its location's name."""

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


@dataclass(frozen=True)
class State:
    """A location of the automaton, without the class of the node.

    Parameters
    ----------
    view
        Where WAITING: the view that it waits for.
    value
        Of the proposal; None where there is none.
    lock
        The highest prepare certificate that it has, of an earlier view.
    share
        SBFT: the latest proposal that it signed, of an earlier view.
    decided
        The value that it executed.
    heard
        Where WAITING: that it was shown so many view changes already that its timer runs.
    """

    view: int = 0
    phase: Phase = Phase.IDLE
    value: int | None = None
    lock: Mark | None = None
    share: Mark | None = None
    decided: int | None = None
    heard: bool = False

    @property
    def active(self) -> bool:
        """Whether the view is open to it."""
        return self.phase is not Phase.WAITING

    def taking(self, value: int) -> State:
        """Take a proposal; its share will be the latest."""
        return replace(self, phase=Phase.PREPARED, value=value, share=None, heard=False)

    def certified(self) -> State:
        """Have a prepare certificate for the proposal, which outdates every other."""
        return replace(self, phase=Phase.COMMITTED, lock=None)

    def leaving(self, *, shares: bool) -> State:
        """Leave for the next view, with what was learnt in this one."""
        lock, share = self.lock, self.share
        if self.value is not None:
            mark = (self.view, self.value)
            lock = mark if self.phase in (Phase.COMMITTED, Phase.FINISHED) else lock
            share = mark if shares else None
        return State(self.view + 1, Phase.WAITING, None, lock, share, self.decided)

    @property
    def memory(self) -> str:
        """What a view change says, as a part of names: the certificate and the share."""
        named = (("L", self.lock), ("S", self.share))
        return "".join(f"_{c}{mark[0]}{VALUES[mark[1]]}" for c, mark in named if mark)

    def name(self, klass: int | None) -> str:
        """Name the location of a primary, or of a backup."""
        who = "b" if klass is None else f"p{klass}"
        value = "" if self.value is None else VALUES[self.value]
        decided = "" if self.decided is None else f"_D{VALUES[self.decided]}"
        heard = "_H" if self.heard else ""
        return f"{who}_{self.view}{self.phase.value}{value}{self.memory}{decided}{heard}"
