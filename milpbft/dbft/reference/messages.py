"""dBFT's messages: typed payloads, their canonical bytes, and signed envelopes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.sim.signatures import Signatures

HASH_BYTES = 32
SIGNATURE_BYTES = 64


def encode(*parts: int | bytes) -> bytes:
    """Write `parts` one after the other so that no two sequences give the same bytes.

    Raises
    ------
    OverflowError
        Where an integer is negative or does not fit into 8 bytes.
    """
    return b"".join(
        b"i" + part.to_bytes(8, "big")
        if isinstance(part, int)
        else b"b" + len(part).to_bytes(8, "big") + part
        for part in parts
    )


class Reason(IntEnum):
    """Why a node asks for a view change, numbered as in the production code."""

    TIMEOUT = 0
    CHANGE_AGREEMENT = 1


@dataclass(frozen=True)
class Payload:
    """What every message says: the block height, the sender's view, and the sender."""

    kind: ClassVar[str]
    height: int
    view: int
    sender: int

    def body(self) -> bytes:
        """Canonical bytes of the fields that only this kind has."""
        return b""

    def well_formed(self) -> bool:
        """Whether every field is in its range, whoever sent it."""
        try:
            return bool(self.encoded)
        except (OverflowError, AttributeError, TypeError):
            return False

    @cached_property
    def encoded(self) -> bytes:
        """Canonical bytes: what is hashed and signed."""
        kind = self.kind.encode()
        return encode(kind, self.height, self.view, self.sender, self.body())

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes."""
        return sha256(self.encoded).digest()


@dataclass(frozen=True)
class PrepareRequest(Payload):
    """The primary's proposal, which is also its own preparation.

    Parameters
    ----------
    previous
        Hash of the block below.
    value
        Hash of the proposed transactions.
    nonce, timestamp
        As the primary gives them.
    """

    kind: ClassVar[str] = "PrepareRequest"
    previous: bytes
    value: bytes
    nonce: int
    timestamp: int

    def body(self) -> bytes:
        """Canonical bytes of the proposal."""
        return encode(self.previous, self.value, self.nonce, self.timestamp)

    def well_formed(self) -> bool:
        """Whether both hashes have the length of a hash, beside the general checks."""
        hashes = (self.previous, self.value)
        return super().well_formed() and all(len(item) == HASH_BYTES for item in hashes)

    @cached_property
    def header(self) -> bytes:
        """Bytes of the block header, which commits sign; names the primary, but not the view."""
        fields = (self.previous, self.value, self.nonce, self.timestamp, self.sender)
        return encode(b"block", self.height, *fields)

    @cached_property
    def block(self) -> bytes:
        """Hash of the block that this proposal becomes."""
        return sha256(self.header).digest()


@dataclass(frozen=True)
class PrepareResponse(Payload):
    """A backup's preparation: `request` is the hash of the PrepareRequest that it saw."""

    kind: ClassVar[str] = "PrepareResponse"
    request: bytes

    def body(self) -> bytes:
        """Canonical bytes of the hash."""
        return encode(self.request)

    def well_formed(self) -> bool:
        """Whether the hash has the length of a hash, beside the general checks."""
        return super().well_formed() and len(self.request) == HASH_BYTES


@dataclass(frozen=True)
class Commit(Payload):
    """The promise to move no more: `signature` of the sender over the block header."""

    kind: ClassVar[str] = "Commit"
    signature: bytes

    def body(self) -> bytes:
        """Canonical bytes of the signature."""
        return encode(self.signature)

    def well_formed(self) -> bool:
        """Whether the signature has the length of a signature, beside the general checks."""
        return super().well_formed() and len(self.signature) == SIGNATURE_BYTES


@dataclass(frozen=True)
class ChangeView(Payload):
    """A change view: to leave `view` for `new_view`, and why."""

    kind: ClassVar[str] = "ChangeView"
    new_view: int
    reason: Reason = Reason.TIMEOUT
    timestamp: int = 0

    def body(self) -> bytes:
        """Canonical bytes of the change view."""
        return encode(self.new_view, self.reason, self.timestamp)

    def well_formed(self) -> bool:
        """Whether the new view is the next one, as in production, beside the general checks."""
        return super().well_formed() and self.new_view == self.view + 1


class ChangeView1(ChangeView):
    """dBFT 2.1: a change view of a node that has not prepared in it."""

    kind: ClassVar[str] = "ChangeView1"


class ChangeView2(ChangeView):
    """dBFT 2.1: a change view of a node that knows of M nodes in its first stage."""

    kind: ClassVar[str] = "ChangeView2"


class ChangeView3(ChangeView):
    """dBFT 2.1: a change view, also of a node that committed in it."""

    kind: ClassVar[str] = "ChangeView3"


@dataclass(frozen=True)
class RecoveryRequest(Payload):
    """The request to hear again what was missed; as in production each names its time."""

    kind: ClassVar[str] = "RecoveryRequest"
    timestamp: int = 0

    def body(self) -> bytes:
        """Canonical bytes of the time."""
        return encode(self.timestamp)


@dataclass(frozen=True)
class RecoveryMessage(Payload):
    """The signed messages that its sender knows, so that others may catch up."""

    kind: ClassVar[str] = "RecoveryMessage"
    messages: tuple[Envelope, ...]

    def body(self) -> bytes:
        """Canonical bytes of the messages and their signatures."""
        return encode(
            *(part for item in self.messages for part in (item.payload.encoded, item.signature))
        )

    def well_formed(self) -> bool:
        """Whether no recovery message is nested in this one, beside the general checks."""
        return super().well_formed() and not any(
            isinstance(item.payload, RecoveryMessage) for item in self.messages
        )

    @cached_property
    def parts(self) -> Mapping[type[Payload], tuple[Envelope, ...]]:
        """Its messages by kind; of a hundred nodes each is asked for them by all."""
        kinds = dict.fromkeys(type(item.payload) for item in self.messages)
        return {
            kind: tuple(item for item in self.messages if type(item.payload) is kind)
            for kind in kinds
        }


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with the signature of who sends it over the payload's canonical bytes."""

    payload: Payload
    signature: bytes

    @property
    def sender(self) -> int:
        """The node that the payload names as its sender."""
        return self.payload.sender


def seal(payload: Payload, keys: Signatures) -> Envelope:
    """Sign `payload` with the key of its sender."""
    return Envelope(payload, keys.sign(payload.sender, payload.encoded))


def propose(height: int, previous: bytes, view: int, node: int, variant: int = 0) -> PrepareRequest:
    """Make the proposal of `node` in `view`.

    Parameters
    ----------
    variant
        0 for the proposal of a correct primary; a Byzantine one may make any number of others,
        which propose other transactions.
    """
    value = sha256(encode(b"transactions", height, view, node, variant)).digest()
    return PrepareRequest(height, view, node, previous, value, nonce=variant, timestamp=height)
