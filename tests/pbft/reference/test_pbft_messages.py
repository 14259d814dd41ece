"""Messages of the PBFT family: canonical bytes, hashes, types of fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.pbft.reference.encoding import encode, fits
from milpbft.pbft.reference.messages import (
    NULL,
    Certificate,
    Certified,
    Checkpoint,
    Commit,
    Envelope,
    NewView,
    Payload,
    Prepare,
    Prepared,
    PrePrepare,
    Reply,
    Request,
    Signed,
    State,
    ViewChange,
    seal,
)
from milpbft.pbft.reference.shares import (
    CommitShare,
    FullCommitProof,
    PrepareCertificate,
    PrepareShare,
    SignShare,
    SignState,
)
from milpbft.sim.signatures import KeyRing

KEYS = KeyRing(5)
REQUEST = seal(Request(4, 1, b"pay"), KEYS)
DIGEST = REQUEST.payload.fingerprint
ABOUT = (0, 1, DIGEST)
PROPOSAL = PrePrepare(0, *ABOUT, REQUEST)
PREPARED = Prepared(seal(PROPOSAL, KEYS), (seal(Prepare(1, *ABOUT), KEYS),))
WISH = ViewChange(1, 1, 0, (), (PREPARED,))
MESSAGES: list[Payload] = [
    REQUEST.payload,
    Reply(1, 0, 4, 1, DIGEST),
    PROPOSAL,
    Prepare(1, *ABOUT),
    Commit(1, *ABOUT),
    Checkpoint(1, 2, DIGEST),
    State(1, 1, (REQUEST, None)),
    WISH,
    NewView(1, 1, (seal(WISH, KEYS),), (seal(replace(PROPOSAL, sender=1, view=1), KEYS),)),
    PrepareShare(1, *ABOUT, b"share"),
    CommitShare(1, *ABOUT, b"share"),
    SignShare(1, *ABOUT, b"fast", b"slow"),
    PrepareCertificate(1, *ABOUT, b"signature"),
    FullCommitProof(1, *ABOUT, b"signature"),
    SignState(1, 0, 1, DIGEST, b"share"),
]
VALUES = st.recursive(
    st.none() | st.integers(0, 2**63 - 1) | st.binary(max_size=9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_no_two_values_have_the_same_bytes(one: object, other: object):
    """Not even if parts move from one field, or one nesting, to the next."""
    assert (encode(one) == encode(other)) == (one == other)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_sender_kind_and_fields_are_hashed(message: Payload):
    """Well-formed messages of different kinds, senders or contents have different hashes."""
    assert message.well_formed
    assert replace(message, sender=3).fingerprint != message.fingerprint
    assert len({item.fingerprint for item in MESSAGES}) == len(MESSAGES)


def test_a_primary_signs_the_digest_and_not_the_request():
    """The request of a proposal may be left out, as in certificates of the paper."""
    assert replace(PROPOSAL, request=None).fingerprint == PROPOSAL.fingerprint
    assert replace(PROPOSAL, digest=NULL).fingerprint != PROPOSAL.fingerprint


def malformed() -> list[Any]:
    return [
        replace(PROPOSAL, sender=-1),
        replace(PROPOSAL, view=2**63),
        replace(PROPOSAL, sequence=True),
        replace(PROPOSAL, digest=b"short"),
        replace(PROPOSAL, request=b"pay"),
        Request(4, 1, "pay"),
        replace(WISH, claims=(DIGEST,)),
        replace(WISH, claims=[PREPARED]),
        replace(WISH, claims=(Signed(0, 1, b"", b"share", REQUEST),)),
        replace(WISH, claims=(Certified(Certificate("prepare", -1, 1, DIGEST, b""), None),)),
        replace(WISH, claims=(replace(PREPARED, pre_prepare=Envelope(PROPOSAL, 7)),)),
        State(1, 1, ("pay",)),
        NewView(1, 1, (WISH,), ()),
    ]


@pytest.mark.parametrize("message", malformed(), ids=lambda message: message.kind)
def test_malformed_messages_are_told(message: Payload):
    """Numbers out of range, hashes of a wrong length, anything of a wrong type, however deep."""
    assert not message.well_formed


def test_a_truth_value_is_no_number():
    """Python takes True for 1; messages do not."""
    assert not fits(True, int)
    with pytest.raises(TypeError):
        encode(True)
    with pytest.raises(TypeError):
        encode([1])
