"""dBFT 2.1 as the executable world and the replay see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView1,
    ChangeView2,
    ChangeView3,
    Commit,
    RecoveryRequest,
)
from milpbft.dbft.reference.reference import REQUEST, RESPONSE, DbftReference
from milpbft.dbft.reference.v21.context import STAGES, Context21
from milpbft.dbft.reference.v21.replica import Replica21
from milpbft.sim.telling import quota

if TYPE_CHECKING:
    from milpbft.dbft.reference.replica import Replica


class Dbft21Reference(DbftReference):
    """Makes dBFT 2.1 replicas; takes the parameters of :class:`DbftReference`."""

    protocol = "dbft21"
    profile = ""
    kinds = (
        REQUEST,
        RESPONSE,
        ChangeView1.kind,
        Commit.kind,
        ChangeView2.kind,
        ChangeView3.kind,
        RecoveryRequest.kind,
    )
    change_views = STAGES
    correct = Replica21

    def explain(self, replica: Replica) -> str:
        """Return the state of a replica in words: its view and phase, and what it has seen."""
        context, rules = replica.context, self.rules
        assert isinstance(context, Context21)
        seen = [f"{len(context.asked(stage))} {stage.kind}" for stage in STAGES]
        facts = [
            f"in view {context.view}",
            context.phase.value,
            "has the request" if context.round.request else "has no request",
            quota(len(context.prepared()), rules.prepare_quorum, "preparations"),
            quota(len(context.committed()), rules.commit_quorum, "commits"),
            quota(context.asking(context.view + 1), rules.view_quorum, "change views of a stage"),
            *seen,
        ]
        if replica.done:
            facts.append("accepted a block")
        return ", ".join(facts)
