"""dBFT's messages: canonical bytes, hashes, signatures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Payload,
    PrepareResponse,
    Reason,
    RecoveryMessage,
    RecoveryRequest,
    encode,
    propose,
    seal,
)
from milpbft.sim.signatures import KeyRing

KEYS = KeyRing(4)
REQUEST = propose(1, bytes(32), 0, 0)
MESSAGES = [
    REQUEST,
    PrepareResponse(1, 0, 1, request=REQUEST.digest),
    Commit(1, 0, 1, signature=KEYS.sign(1, REQUEST.header)),
    ChangeView(1, 0, 1, new_view=1),
    RecoveryRequest(1, 0, 1),
    RecoveryMessage(1, 0, 1, messages=(seal(REQUEST, KEYS),)),
]


def test_parts_cannot_run_into_each_other():
    """Moving a byte from one field to the next, or a number for its bytes, shows in the bytes."""
    assert encode(b"ab", b"c") != encode(b"a", b"bc")
    assert encode(b"") != encode()
    assert encode(1) != encode((1).to_bytes(8, "big"))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_every_field_is_hashed(message: Payload):
    """Height, view, sender and kind all change the hash."""
    others = [replace(message, **{field: 3}) for field in ("height", "view", "sender")]
    digests = {message.digest, *(other.digest for other in others)}
    assert len(digests) == 4
    assert len({item.digest for item in MESSAGES}) == len(MESSAGES)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_sealed_messages_are_the_senders(message: Payload):
    """An envelope carries the signature of its sender over the canonical bytes."""
    envelope = seal(message, KEYS)
    assert envelope.sender == message.sender
    assert KEYS.verify(message.sender, message.encoded, envelope.signature)
    assert message.well_formed()


def test_the_block_header_leaves_the_view_out():
    """A header names the primary and the proposal; commits of one block fit it in any view."""
    assert replace(REQUEST, view=4).header == REQUEST.header
    assert replace(REQUEST, sender=1).header != REQUEST.header
    assert replace(REQUEST, nonce=1).block != REQUEST.block


def test_a_reason_is_part_of_a_change_view():
    """Two reasons make two messages."""
    change_view = ChangeView(1, 0, 1, new_view=1)
    assert replace(change_view, reason=Reason.CHANGE_AGREEMENT).digest != change_view.digest


@pytest.mark.parametrize(
    "message",
    [
        replace(REQUEST, sender=-1),
        replace(REQUEST, view=2**64),
        replace(REQUEST, value=b"short"),
        replace(REQUEST, height="1"),
        PrepareResponse(1, 0, 1, request=b""),
        Commit(1, 0, 1, signature=b"short"),
        ChangeView(1, 3, 1, new_view=3),
        ChangeView(1, 3, 1, new_view=5),
        RecoveryMessage(1, 0, 1, messages=(seal(RecoveryMessage(1, 0, 1, messages=()), KEYS),)),
    ],
)
def test_malformed_messages_are_told(message: Payload):
    """Fields out of range, hashes of a wrong length, jumps over views, and nesting."""
    assert not message.well_formed()


def test_proposals_differ_by_view_node_and_variant():
    """No two primaries, views or variants propose the same block."""
    proposals = [propose(1, bytes(32), v, i, k) for v in (0, 1) for i in (0, 1) for k in (0, 1)]
    assert len({proposal.block for proposal in proposals}) == 8
