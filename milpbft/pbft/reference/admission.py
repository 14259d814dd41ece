"""Which messages a replica takes whatever the protocol; the rest is dropped, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference.messages import NULL, Envelope, Query, Request

if TYPE_CHECKING:
    from milpbft.pbft.reference.messages import Payload
    from milpbft.pbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

MALFORMED = "malformed"
FORGED = "forged signature"
WRONG_KIND = "wrong kind"
WRONG_SENDER = "wrong sender"
WRONG_VIEW = "wrong view"
OUT_OF_WINDOW = "out of the watermarks"
BAD_DIGEST = "bad digest"
BAD_REQUEST = "bad request"
BAD_SHARE = "bad share"
BAD_CERTIFICATE = "bad certificate"
BAD_VIEW_CHANGE = "bad view change"
BAD_NEW_VIEW = "bad new view"
BAD_STATE = "bad state"
DUPLICATE = "duplicate"
CONFLICTING = "conflicting"
OTHER_COLLECTOR = "not the collector"
STALE = "executed before"


def impostor(
    envelope: Envelope, spoken: tuple[type[Payload], ...], rules: Rules, keys: Signatures
) -> str | None:
    """Why a message is not from who it says, or not readable; None where it is genuine."""
    payload = envelope.payload
    if type(payload) not in spoken:
        return WRONG_KIND
    if not payload.well_formed:
        return MALFORMED
    # Clients have the numbers from n on, and send requests and queries only.
    if isinstance(payload, Request | Query) != (payload.sender >= rules.n):
        return WRONG_SENDER
    if not keys.verify(payload.sender, payload.encoded, envelope.signature):
        return FORGED
    return None


def of_node(envelope: Envelope, rules: Rules, keys: Signatures) -> bool:
    """Whether a node signed a message that others pass on; clients have keys too."""
    payload = envelope.payload
    signed = keys.verify(payload.sender, payload.encoded, envelope.signature)
    return payload.sender < rules.n and signed


def request_fault(
    request: Envelope | None, digest: bytes, rules: Rules, keys: Signatures
) -> str | None:
    """Why a request does not belong to `digest`, or was asked for by no client; None if it does."""
    if request is None:
        return None if digest == NULL or not rules.digests else BAD_DIGEST
    payload = request.payload
    if not isinstance(payload, Request) or not payload.well_formed or payload.sender < rules.n:
        return BAD_REQUEST
    if not keys.verify(payload.sender, payload.encoded, request.signature):
        return BAD_REQUEST
    if rules.digests and payload.fingerprint != digest:
        return BAD_DIGEST
    return None
