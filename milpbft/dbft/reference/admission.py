"""Which messages a dBFT node takes; everything else is dropped, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse

if TYPE_CHECKING:
    from milpbft.dbft.reference.context import Context
    from milpbft.dbft.reference.messages import Envelope, Payload
    from milpbft.dbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

MALFORMED = "malformed"
FORGED = "forged signature"
WRONG_HEIGHT = "wrong height"
WRONG_VIEW = "wrong view"
WRONG_SENDER = "wrong sender"
DUPLICATE = "duplicate"
CONFLICTING = "conflicting"
OTHER_PROPOSAL = "other proposal"
WRONG_KIND = "wrong kind"


class Member(Protocol):
    """Who can tell whether a message is from a node of its network, at its height."""

    rules: Rules
    keys: Signatures
    height: int


def impostor(context: Member, envelope: Envelope) -> str | None:
    """Why a message is not from who it says, or not readable; None where it is genuine."""
    payload = envelope.payload
    if not payload.well_formed():
        return MALFORMED
    if payload.sender >= context.rules.n:
        return WRONG_SENDER
    if not context.keys.verify(payload.sender, payload.encoded, envelope.signature):
        return FORGED
    if payload.height != context.height:
        return WRONG_HEIGHT
    return None


def refusal(context: Context, envelope: Envelope) -> str | None:
    """Why the node cannot use a genuine message, or None where it takes it.

    Preparations of later views are taken, for a view that the node may still enter. Commits are
    taken of every view, since the return rule counts them.
    """
    payload = envelope.payload
    if type(payload) not in context.spoken:
        return WRONG_KIND
    match payload:
        case PrepareRequest():
            return _request_refusal(context, payload)
        case PrepareResponse():
            return _response_refusal(context, envelope)
        case Commit():
            return _commit_refusal(context, envelope)
        case ChangeView():
            return _change_view_refusal(context, payload)
    return None


def _request_refusal(context: Context, request: PrepareRequest) -> str | None:
    if request.view < context.view:
        return WRONG_VIEW
    if request.sender != context.primary(request.view):
        return WRONG_SENDER
    if request.previous != context.previous:
        return OTHER_PROPOSAL
    return _repeated(context.rounds[request.view].request, request)


def _response_refusal(context: Context, envelope: Envelope) -> str | None:
    response = envelope.payload
    if response.view < context.view:
        return WRONG_VIEW
    # The request is the primary's preparation: a second one must not count twice.
    if response.sender == context.primary(response.view):
        return WRONG_SENDER
    known = context.rounds[response.view]
    if (again := _repeated(known.responses.get(response.sender), response)) is not None:
        return again
    mismatch = known.proposal is not None and not context.matches(envelope, known.proposal)
    return OTHER_PROPOSAL if mismatch else None


def _commit_refusal(context: Context, envelope: Envelope) -> str | None:
    commit = envelope.payload
    known = context.rounds[commit.view]
    if (again := _repeated(known.commits.get(commit.sender), commit)) is not None:
        return again
    mismatch = known.proposal is not None and not context.matches(envelope, known.proposal)
    return OTHER_PROPOSAL if mismatch else None


def _change_view_refusal(context: Context, change_view: ChangeView) -> str | None:
    if change_view.new_view <= context.view:
        return WRONG_VIEW
    return DUPLICATE if context.repeats(change_view) else None


def _repeated(known: Envelope | None, payload: Payload) -> str | None:
    if known is None:
        return None
    return DUPLICATE if known.payload.digest == payload.digest else CONFLICTING
