"""Acts that are left: how many a fork takes at least from a state on, so that few states are seen.

A block is accepted on M commits of its view by distinct nodes, each of which is in that view as it
commits, and a fork has two blocks that two nodes accept. So of two blocks there are left at least

- an act for each block that nobody has accepted,
- and of such a block, for each commit that is missing: that act, and one for each view between, or
  one to start again where its sender is beyond the view.

No act counts twice: views are entered for the block of a view, and who commits to both enters and
commits for each. An act takes away one at most, so that a search by acts done and acts left finds
the shortest fork first, as one by acts done does.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import Commit

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.local import Local
    from milpbft.dbft.enumerate.space import Space, State

Block = tuple[int, str]
"""A view, and which of its proposals: ``""`` or ``#1``."""


class Remaining:
    """Bounds the acts that are left to a fork.

    Parameters
    ----------
    space
        The local states.
    quorum
        M.
    values
        How many different proposals a view may have.
    """

    def __init__(self, space: Space, quorum: int, values: int) -> None:
        self._space = space
        self._quorum = quorum
        self._blocks = [(v, "#1" * k) for v in range(space.views) for k in range(values)]
        self._costs: dict[tuple[int, Block], int] = {}

    def of(self, state: State) -> int:
        """Return how many acts are left at least; 0 where there is a fork."""
        liars = state.count(0)
        left = {block: self._left(state, block, self._quorum - liars) for block in self._blocks}
        return min((left[a] + left[b] for a, b in combinations(self._blocks, 2)), default=0)

    def _left(self, state: State, block: Block, quorum: int) -> int:
        accepted = (self._space.locals[number].accepted for number in state if number)
        if block in accepted:
            return 0
        costs = sorted(self._cost(number, block) for number in state if number)
        return 1 + sum(costs[: max(0, quorum)])

    def _cost(self, number: int, block: Block) -> int:
        if (number, block) not in self._costs:
            self._costs[number, block] = _cost(self._space.locals[number], block)
        return self._costs[number, block]


def _cost(local: Local, block: Block) -> int:
    """Return how many acts a node is from its commit to a block."""
    view, value = block
    if (Commit.kind + value, view) in local.said:
        return 0
    between = view - local.view if view >= local.view else 1
    return 1 + between
