"""Acts that are left: how many a fork takes at least from a state on, so that few states are seen.

A block is accepted on M commits of its view by distinct nodes, each of which is in that view as it
commits, and a fork has two blocks that two nodes accept. So of two blocks there are left at least

- an act for each block that nobody has accepted,
- and of such a block, for each commit that is missing: that act, its sender's preparation where it
  has not made it in its present life, and one for each view between, or one to start again where it
  is beyond the view;
- an act for each change view that lacks so that somebody comes to the later view.

That this holds of the replicas is seen in every step of a search, which stops if one takes away
more.
No act counts twice: views are entered for the block of a view, and who commits to both enters and
commits for each. An act takes away one at most, so that a search by acts done and acts left finds
the shortest fork first, as one by acts done does.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.local import Local
    from milpbft.dbft.enumerate.space import Space, State

NEVER = 1000
"""Acts to a commit that does not come: more than a run has."""
Block = tuple[int, str]
"""A view, and which of its proposals: ``""`` or ``#1``."""


class Remaining:
    """Bounds the acts that are left to a fork.

    Parameters
    ----------
    space
        The local states.
    quorum, asks
        Commits of a block, and change views of a view; 0 where nodes announce views for nothing.
    values
        How many different proposals a view may have.
    """

    def __init__(self, space: Space, quorum: int, values: int, asks: int = 0) -> None:
        self._space = space
        self._quorum = quorum
        self._asks = asks
        self._blocks = [(v, "#1" * k) for v in range(space.views) for k in range(values)]
        self._costs: dict[tuple[int, Block], int] = {}

    def of(self, state: State) -> int:
        """Return how many acts are left at least; 0 where there is a fork."""
        liars = state.count(0)
        left = {block: self._left(state, block, self._quorum - liars) for block in self._blocks}
        lacking = [self._lacking(state, view) for view in range(self._space.views)]
        pairs = combinations(self._blocks, 2)
        return min((left[a] + left[b] + lacking[max(a, b)[0]] for a, b in pairs), default=0)

    def _lacking(self, state: State, view: int) -> int:
        """Return how many change views lack so that the first node comes to a view."""
        nodes = [self._space.locals[number] for number in state if number]
        if view == 0 or any(_came(local) >= view for local in nodes):
            return 0
        asked = [any(k == ChangeView.kind and v >= view - 1 for k, v in n.said) for n in nodes]
        return max(0, self._asks - state.count(0) - sum(asked))

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
    if not local.active:
        return NEVER
    kinds = (PrepareRequest.kind + value, PrepareResponse.kind + value)
    prepared = view == local.view and any((kind, view) in local.sent for kind in kinds)
    between = view - local.view if view >= local.view else 1
    return 1 + (not prepared) + between


def _came(local: Local) -> int:
    """Return the latest view in which a node has been, as far as what it did tells."""
    said = (view for kind, view in local.said if kind != ChangeView.kind)
    return max(local.view, *said, local.accepted[0] if local.accepted else 0, 0)
