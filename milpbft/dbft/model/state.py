"""Where a node of dBFT is, and what it remembers of the proposals of views that it has left.

A node drops the commits of a view that sign another proposal than the one that it knows, and those
that are left count when it wants to return in a later view. What it did not know of a view when it
left it, it will never know. So where there are two proposals, and commits of other views count, a
location remembers for each view that was left which proposal the node knows: the first (0), the
other one (1), or none.

A primary knows its own proposal. It is correct, so that there is no other, and nothing to remember.

**Equivocation to which nobody commits.** With at most f Byzantine nodes, correct nodes of a view
commit to one of its proposals only, the first, as one may call it. The other one is good for
nothing but to be known in later views, in which commits to the first are dropped then. So where
messages are not counted, it is not among the proposals of the table, and a location remembers in
which views the node knows it. That nobody commits to it: M nodes prepare each of two proposals only
if ``2 M <= n + F``, and ``2 (n - f) <= n + F`` gives ``n <= 2 f + F <= 3 f``; with another
M the table goes by the former. Who responds to it in
its own view could as well ask for the next view, and be shown it before it goes: at rest, who does
not commit in a view has asked to leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.dbft.returns import ReturnRule
from milpbft.table import State as TableState

if TYPE_CHECKING:
    from milpbft.dbft.model.variant import Variant

Memory = tuple[int | None, ...]
"""By view that was left: the proposal that a node knows of it. It ends with the last known one."""

MIXED = -1
"""Commits of no view in particular."""

LETTERS: dict[int | None, str] = {None: "n", 0: "f", 1: "o"}


@dataclass(frozen=True)
class State(TableState):
    """A location of the tables of dBFT.

    Parameters
    ----------
    asked
        The last view in which the node asked for a view change before it came to this one; None
        where that is the view before, or does not matter any more.
    memory
        What it knows of the proposals of views that it left.
    shown
        Where nodes may miss messages: of which view all f + 1 commits are that it was shown to
        return, :data:`MIXED` where that does not matter or they are of several; None where it was
        shown none. A committed node has M with its own, or None here.
    """

    asked: int | None = None
    memory: Memory = ()
    shown: int | None = None

    @classmethod
    def entering(cls, view: int, asked: int, memory: Memory = ()) -> State:
        """Return the state of a node that comes to a view, having last asked in view `asked`."""
        return cls(view, asked=None if asked == view - 1 else asked, memory=memory)

    @property
    def last(self) -> int:
        """The last view in which the node asked before it came to this one."""
        return self.view - 1 if self.asked is None else self.asked

    @property
    def asks(self) -> tuple[str, ...]:
        """Counters that grow with a change view of this view."""
        return tuple(f"ask_{u}" for u in range(self.last + 1, self.view + 1))

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        asked = "" if self.asked is None else f"_a{self.asked + 1}"
        return f"{super().place}{asked}{mark(self.memory)}{showed(self.shown)}"


def mark(memory: Memory) -> str:
    """End of the names of locations with a memory."""
    return "_" + "".join(LETTERS[proposal] for proposal in memory) if memory else ""


def showed(shown: int | None) -> str:
    """End of the names of locations whose nodes were shown commits to return."""
    return "" if shown is None else "_k" if shown == MIXED else f"_k{shown}"


def forgets(variant: Variant) -> bool:
    """Whether correct commits of other views may count or not, as a node knows their proposals."""
    two = variant.values > 1 or variant.equivocates
    counts = variant.returns in {ReturnRule.ANY_VIEW, ReturnRule.COMMITTED_OR_LOST}
    return variant.reading != "given" and counts and two and variant.liars and variant.rests


def remembers(variant: Variant) -> bool:
    """Whether the locations of a variant remember proposals.

    Not where lost nodes count: there a node that is shown a request answers it, unless it has heard
    of many nodes before. The table lets it know what it likes then, which is a bound.
    """
    return forgets(variant) and variant.returns is ReturnRule.ANY_VIEW


def unseen(variant: Variant) -> tuple[int, ...]:
    """Return the proposals that a node in view change may be shown, and remember."""
    if not remembers(variant):
        return ()
    return (1,) if variant.equivocates else tuple(range(variant.values))


def remembered(memory: Memory, view: int, proposal: int | None) -> Memory:
    """Return the memory of a node that leaves `view`, whose `proposal` it knows."""
    if proposal is None:
        return memory
    return (*memory, *(None for _ in range(len(memory), view)), proposal)


def proposals(memory: Memory, view: int, variant: Variant) -> tuple[int, ...]:
    """Return the proposals of a view that was left, to which a node counts commits."""
    known = memory[view] if view < len(memory) else None
    everything = tuple(range(variant.values))
    return everything if known is None else tuple(k for k in everything if k == known)
