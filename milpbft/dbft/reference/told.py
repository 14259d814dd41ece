"""What a message of the family says, and the state of a node, as schedules and drivers have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    PrepareRequest,
    PrepareResponse,
    RecoveryMessage,
)
from milpbft.sim.telling import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from milpbft.dbft.reference.messages import Envelope, Payload
    from milpbft.dbft.reference.replica import Replica
    from milpbft.sim.network import Packet
    from milpbft.sim.signatures import Signatures


def said(packet: Packet[Envelope], sent: Sequence[Packet[Envelope]], keys: Signatures) -> Said:
    """Return what a message says, `sent` being known by number."""
    payload = packet.envelope.payload
    match payload:
        case PrepareRequest():
            _, _, number = packet.kind.partition("#")
            return Said(nonce=int(number or 0))
        case PrepareResponse():
            return Said(about=_proposal(sent, lambda one: one.digest == payload.request))
        case Commit():
            return Said(about=_proposal(sent, lambda one: _signs(payload, one, keys)))
        case ChangeView():
            return Said(new_view=payload.new_view, reason=reason(payload))
        case RecoveryMessage():
            known = {one.envelope.payload.digest: k for k, one in reversed([*enumerate(sent)])}
            parts = (item.payload.digest for item in payload.messages)
            return Said(carries=tuple(known[part] for part in parts if part in known))
    return Said()


def reason(change_view: ChangeView) -> str:
    """Return why a node asks for a view change, as schedules say it."""
    return change_view.reason.name.lower().replace("_", "-")


def _proposal(
    sent: Sequence[Packet[Envelope]], meant: Callable[[PrepareRequest], bool]
) -> int | None:
    for number, one in enumerate(sent):
        if isinstance(one.envelope.payload, PrepareRequest) and meant(one.envelope.payload):
            return number
    return None


def _signs(commit: Commit, request: PrepareRequest, keys: Signatures) -> bool:
    same = commit.view == request.view
    return same and keys.verify(commit.sender, request.header, commit.signature)


def state(replica: Replica, primary: int) -> dict[str, Any]:
    """Return the state of a node of the paper's reading."""
    context = replica.context
    known = context.round
    prepared = {primary} if known.request else set[int]()
    commits = sorted((i, view) for view, one in context.rounds.items() for i in one.commits)
    return {
        "view": context.view,
        "primary": primary,
        "committed": replica.committed_view,
        "done": replica.done,
        "changing": context.view_changing,
        "request": known.request is not None,
        "preps": sorted(prepared | known.responses.keys()) or None,
        "commits": [f"{node}@{view}" for node, view in commits] or None,
        "cvs": asked(context.change_views),
    }


def asked(change_views: Mapping[int, Envelope]) -> list[str] | None:
    """Return change views as ``node>new view``, None for none."""
    return [f"{i}>{target(e.payload)}" for i, e in sorted(change_views.items())] or None


def target(payload: Payload) -> int:
    """Return the view that a change view asks for."""
    assert isinstance(payload, ChangeView), "change views are change views"
    return payload.new_view
