"""Where a node of dBFT 2.1 is, and for which stages it asked in the views that it has left.

A change view counts for every earlier view where a node wants to leave it. With a liar's help one
node may go ahead, so that others hear of its change views of a later view and of none of their own.
What is owed to them counts each node once, by whichever of its change views of a stage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.dbft.model.state import State
from milpbft.table import START

if TYPE_CHECKING:
    from milpbft.dbft.model.variant import Variant

NOTHING = (-1, -1, -1)
TO_COME: dict[str, tuple[int, ...]] = {
    START: (1, 2, 3),
    "A": (2, 3),
    "P": (2, 3),
    "B": (3,),
    "C": (3,),
}
"""By phase: the stages that a node may still ask for in its view."""


@dataclass(frozen=True)
class State21(State):
    """A location of the table of dBFT 2.1.

    Parameters
    ----------
    stages
        By stage: the last view in which the node asked for it, -1 where none, or none that matters.
    hasty
        Whether it committed last with as many commits as make a block, so that it accepts at once.
    """

    stages: tuple[int, ...] = NOTHING
    hasty: bool = False

    @property
    def rushed(self) -> bool:
        """Whether the node acts before anything else can happen to it."""
        return self.hasty or self.phase == "L"

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        said = "".join(str(view + 1) for view in self.stages)
        return super().place + (f"_q{said}" if self.stages != NOTHING else "")

    def said(self, stage: int) -> int:
        """Return the last view in which the node asked for a stage, -1 where none."""
        return self.stages[stage - 1]

    def on(self) -> State21:
        """Return the state in the next view."""
        return State21(self.view + 1, stages=self.stages)

    def to(self, phase: str, value: int, *, asks: int | None, last: bool) -> State21:
        """Return a state of the same view; in the last one, only stages to come matter."""
        asked = [self.view if k == asks else view for k, view in enumerate(self.stages, 1)]
        if last:
            to_come = TO_COME.get(phase, ())
            asked = [view if k in to_come else -1 for k, view in enumerate(asked, 1)]
        return replace(self, phase=phase, value=value, stages=tuple(asked))


def remembers(variant: Variant) -> bool:
    """Whether what a node asked for in earlier views matters.

    To runs at rest, where there are liars or messages are lost.
    """
    seen = variant.reading == "seen" and variant.views > 1
    return seen and (variant.liars or variant.misses) and variant.rests
