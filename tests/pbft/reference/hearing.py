"""Handmade messages for one replica of the PBFT family, and what it answers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.pbft.reference.messages import Envelope, Payload, PrePrepare, Request, seal
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from milpbft.pbft.reference.replica import Replica

KEYS = KeyRing(10)
"""Nodes 0 to 8, and the client 9: tests with fewer nodes take node 9 for a client as well."""


@cache
def request(value: int = 0) -> Envelope:
    return seal(Request(9, value + 1, f"value {value}".encode()), KEYS)


DIGEST = request().payload.fingerprint
OTHER = request(1).payload.fingerprint


def proposal(value: int = 0, view: int = 0, n: int = 4) -> PrePrepare:
    return PrePrepare(view % n, view, 1, request(value).payload.fingerprint, request(value))


def give(replica: Replica, *messages: Payload | Envelope) -> list[str]:
    """Hand over messages, let the replica act, and return the kinds of what it sends."""
    for message in messages:
        replica.on_message(message if isinstance(message, Envelope) else seal(message, KEYS))
    replica.act()
    kinds = [envelope.payload.kind for envelope in replica.outbox]
    replica.outbox.clear()
    return kinds


def hears(replica: Replica, message: object) -> list[str]:
    """Hand over one message, which may be malformed: then nobody can have signed it."""
    if isinstance(message, Payload) and (not message.well_formed or message.sender > 9):
        message = Envelope(message, bytes(64))
    assert isinstance(message, Envelope | Payload)
    return give(replica, message)
