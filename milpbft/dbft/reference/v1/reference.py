"""dBFT 1.0 as the executable world and the replay see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView,
    PrepareRequest,
    PrepareResponse,
    RecoveryRequest,
)
from milpbft.dbft.reference.reference import REQUEST, RESPONSE, DbftReference
from milpbft.dbft.reference.v1.replica import Replica1
from milpbft.sim.telling import quota

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.replica import Replica


class Dbft1Reference(DbftReference):
    """Makes dBFT 1.0 replicas; takes the parameters of :class:`DbftReference`.

    A certificate is a request and the responses that name it, of M nodes together.
    """

    protocol = "dbft1"
    profile = ""
    kinds = (REQUEST, RESPONSE, ChangeView.kind, RecoveryRequest.kind)
    valued_kinds = frozenset({REQUEST, RESPONSE})
    correct = Replica1

    def certified(self, view: int, envelopes: Sequence[Envelope]) -> bool:
        """Whether M nodes prepared one request of the primary of `view`."""
        payloads = [e.payload for e in envelopes if e.payload.view == view]
        primary, quorum = self.primary(view), self.rules.prepare_quorum
        return any(
            len({primary} | {p.sender for p in payloads if _names(p, request)}) >= quorum
            for request in payloads
            if isinstance(request, PrepareRequest) and request.sender == primary
        )

    def explain(self, replica: Replica) -> str:
        """Return the state of a replica in words: its view, what it has of it, what it did."""
        context, rules = replica.context, self.rules
        known = context.round
        facts = [
            f"in view {context.view}",
            "has the request" if known.request else "has no request",
            quota(known.preparations, rules.prepare_quorum, "preparations"),
            quota(context.asking(context.view + 1), rules.view_quorum, "change views"),
        ]
        if context.view_changing:
            facts.append("asked for a view change")
        if replica.done:
            facts.append("accepted a block")
        return ", ".join(facts)


def _names(payload: object, request: PrepareRequest) -> bool:
    return isinstance(payload, PrepareResponse) and payload.request == request.digest
