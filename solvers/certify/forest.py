"""Forest: the subtrees of a search that is split, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Split, Step
from milpbft.milp.problem import GE

from .cutoff import CUTOFF_BIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .search import Fork


@dataclass(eq=False, slots=True)
class Subtree:
    """All points that satisfy the sides of branches, from the root on.

    Parameters
    ----------
    branching
        The last branch; None for the root.
    second
        Whether it is on the second side of that.
    done
        Whether it was refuted by itself. What a refuted subtree contains is done too.
    """

    branching: Branching | None = None
    second: bool = False
    done: bool = False

    @property
    def depth(self) -> int:
        """How many branches it has above it."""
        return 0 if self.branching is None else self.branching.depth

    @property
    def open(self) -> bool:
        """Whether neither it nor anything that contains it was refuted."""
        here: Subtree | None = self
        while here is not None:
            if here.done:
                return False
            here = None if here.branching is None else here.branching.above
        return True

    def sides(self) -> list[tuple[Step, int | None]]:
        """Return what is assumed, from the root on, and the clique row that each is about."""
        found: list[tuple[Step, int | None]] = []
        here = self
        while (branching := here.branching) is not None:
            fork = branching.fork
            found.append((fork.second if here.second else fork.first, fork.row))
            here = branching.above
        return found[::-1]

    def grow(self, forks: Iterable[Fork]) -> list[Subtree]:
        """Take over the forks of a search that was paused; return what is open, deepest last."""
        here, opened = self, list[Subtree]()
        for fork in forks:
            branching = Branching(here, fork, here.depth + 1)
            first, second = Subtree(branching), Subtree(branching, second=True)
            if fork.refuted is None:
                opened.append(second)
                here = first
            else:
                first.done = True
                branching.refuted[False] = fork.refuted
                here = second
        return [*opened, here]

    def refute(self, absurdity: Step) -> Step | None:
        """Take an absurdity that rests on the sides; return that of the root, once there is one.

        Where it does not rest on the last side, the other one need not be looked at.
        """
        here = self
        while True:
            here.done = True
            branching = here.branching
            if branching is None:
                return absurdity
            bit = CUTOFF_BIT << branching.depth
            if absurdity.mask & bit:
                refuted, fork = branching.refuted, branching.fork
                refuted[here.second] = absurdity
                if len(refuted) == 1:
                    return None
                one, two = refuted[False], refuted[True]
                why = Split(one, fork.first, two, fork.second)
                absurdity = Step(GE, 1, (), why, (one.mask | two.mask) & ~bit)
            here = branching.above


@dataclass(eq=False, slots=True)
class Branching:
    """A fork in its place: the subtree above it, its depth there, and which sides are refuted."""

    above: Subtree
    fork: Fork
    depth: int
    refuted: dict[bool, Step] = field(default_factory=dict)
