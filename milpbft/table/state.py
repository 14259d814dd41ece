"""State: where a correct node is, and what it remembers that others will ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

START, DONE, CRASHED, LEFT = "I", "D", "crashed", "left"
"""Phases that every protocol has: initialized, done, crashed, and out of the modelled views."""


def suffix(value: int) -> str:
    """End of the names that are about a view's first proposal, or about another one."""
    return "s" * value


def who(primary: int | None) -> str:
    """Begin the names of a class: the primary of a view, or the nodes that are none."""
    return "b" if primary is None else f"p{primary}"


@dataclass(frozen=True)
class State:
    """A location of the automaton, without the class of the node.

    A protocol whose nodes remember more adds fields, and says them in `place`.

    Parameters
    ----------
    view
        The view that the node is in.
    phase
        What it has done there: a letter of the protocol, or one of the phases above.
    value
        Which of the view's proposals it is about.
    """

    view: int = 0
    phase: str = START
    value: int = 0

    @property
    def again(self) -> bool:
        """Whether the node has started again."""
        return False

    @property
    def rushed(self) -> bool:
        """Whether the node acts before anything else can happen to it."""
        return False

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        if self.phase in (CRASHED, LEFT):
            return self.phase
        return f"{self.view}{self.phase}{suffix(self.value)}"

    @property
    def block(self) -> str | None:
        """What the node has decided; None where it has not."""
        return f"{self.view}{suffix(self.value)}" if self.phase == DONE else None

    @property
    def retired(self) -> bool:
        """Whether the node takes part in nothing any more."""
        return self.phase in (DONE, CRASHED)

    def crash(self) -> Self:
        """Return the state of a crashed node; what it sent stays sent."""
        return type(self)(phase=CRASHED)

    def leave(self) -> Self:
        """Return the state of a node that has left the modelled views."""
        return type(self)(self.view + 1, LEFT)

    def name(self, primary: int | None) -> str:
        """Name the location of a class."""
        return f"{who(primary)}_{self.place}"
