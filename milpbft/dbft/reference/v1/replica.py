"""A dBFT 1.0 node: no commit phase, so M preparations make a block at once.

Source: the consensus service of the Neo C# node up to version 2.9. As there:

- a backup that gets the request and enough responses at once responds before it accepts;
- no node is ever locked: one that responded changes its view like any other, which is the fork.

Where this differs from it, beside what :mod:`milpbft.dbft.reference.replica` says of itself:

- a node in view change neither responds nor accepts; :class:`LenientReplica1` does, as production
  did, where only transactions that came late were turned away;
- change views for a later view count for an earlier one, views are entered one by one, and a node
  asks once per view, as in dBFT 2.0; production counted change views for exactly one view, jumped
  to it, and asked for a later one with every expiry;
- a response names the request and does not sign the block header: M preparations are signed all
  the same, and are the block's certificate;
- recovery messages exist, so that what was lost can be heard again.

The return rule and patience have no commits to count and say nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.context import Context
from milpbft.dbft.reference.messages import (
    ChangeView,
    PrepareRequest,
    PrepareResponse,
    RecoveryRequest,
)
from milpbft.dbft.reference.replica import Replica
from milpbft.sim.replica import Decision

if TYPE_CHECKING:
    from collections.abc import Callable


class Context1(Context):
    """What a dBFT 1.0 node knows: no commits."""

    spoken = (PrepareRequest, PrepareResponse, ChangeView, RecoveryRequest)


class Replica1(Replica):
    """One correct node at one height; run like :class:`Replica`, whose parameters it takes."""

    knowledge = Context1

    def _steps(self) -> tuple[Callable[[], bool], ...]:
        # Production answers the request first, and only then looks for a block.
        return self._respond, self._accept, self._enter_next_view

    def _takes_part(self) -> bool:
        return not self.context.view_changing

    def _holds_back(self) -> bool:
        return False

    def _accept(self) -> bool:
        """Accept the block at M preparations of this view, unless in view change."""
        known = self.context.round
        if known.proposal is None or not self._takes_part():
            return False
        if known.preparations < self.context.rules.prepare_quorum:
            return False
        self.decision = Decision(self.view, known.proposal.block)
        return True


class LenientReplica1(Replica1):
    """A node whom a view change that it asked for does not keep from responding and accepting."""

    def _takes_part(self) -> bool:
        return True
