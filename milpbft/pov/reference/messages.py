"""Messages: typed payloads and signed envelopes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from milpbft.pov.reference.blocks import Header, signed_header
from milpbft.pov.reference.encoding import Part, Signed, digest, encode

if TYPE_CHECKING:
    from milpbft.pov.reference.blocks import Block, Draft
    from milpbft.pov.reference.election import Ballot
    from milpbft.pov.reference.transactions import Transaction
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True)
class Payload:
    """What every message says: who sends it, and which round and packing cycle it is about.

    Transactions are about none: height 0 and cycle 1.
    """

    kind: ClassVar[str]
    sender: int
    height: int
    cycle: int

    def parts(self) -> tuple[Part, ...]:
        """Return the fields that only this kind has, for the canonical bytes."""
        return ()

    @property
    def subject(self) -> bytes:
        """Hash of the header, request or block that the message is about."""
        return b""

    @cached_property
    def content(self) -> bytes:
        """Canonical bytes: what is signed."""
        return encode(self.kind, self.sender, self.height, self.cycle, self.parts())


@dataclass(frozen=True)
class TransactionMessage(Payload):
    """A transaction on its way to commissioners and butlers (S1)."""

    kind: ClassVar[str] = "Transaction"
    transaction: Transaction

    def parts(self) -> tuple[Part, ...]:
        """Return content and signature of the transaction."""
        return self.transaction.content, self.transaction.signature


@dataclass(frozen=True)
class Proposal(Payload):
    """A butler's block on its way to the commissioners (S4)."""

    kind: ClassVar[str] = "Proposal"
    draft: Draft

    def parts(self) -> tuple[Part, ...]:
        """Return the header, and the hash of the content that comes with it."""
        return self.draft.header.encoded, self.draft.content.digest

    @property
    def subject(self) -> bytes:
        """Hash of the header."""
        return self.draft.header.digest


@dataclass(frozen=True)
class SignatureMessage(Payload):
    """A commissioner's signature over a header, on its way to the butler (S5)."""

    kind: ClassVar[str] = "Signature"
    header: bytes
    signature: bytes

    def parts(self) -> tuple[Part, ...]:
        """Return the hash of the header, and the signature."""
        return self.header, self.signature

    @property
    def subject(self) -> bytes:
        """Hash of the header."""
        return self.header


@dataclass(frozen=True)
class StampRequest(Payload):
    """A header with signatures appended, on its way to the time server (S6).

    Nothing in the paper keeps a butler from asking again for the same header; `attempt` tells such
    requests apart.
    """

    kind: ClassVar[str] = "StampRequest"
    header: Header
    signatures: Signed
    attempt: int = 0

    def parts(self) -> tuple[Part, ...]:
        """Return the new header and the attempt."""
        return signed_header(self.header, self.signatures), self.attempt

    @property
    def subject(self) -> bytes:
        """Hash of the new header and the attempt."""
        return digest(self.parts())


@dataclass(frozen=True)
class Timestamp(Payload):
    """The time server's answer: the time, and its signature over new header and time.

    With a verifiable random function also the proof of R of that height.
    """

    kind: ClassVar[str] = "Timestamp"
    request: bytes
    time: int
    signature: bytes
    proof: bytes = b""

    def parts(self) -> tuple[Part, ...]:
        """Return the hash of the request, the time, the signature, and the proof of R, if any."""
        proof = (self.proof,) if self.proof else ()
        return self.request, self.time, self.signature, *proof

    @property
    def subject(self) -> bytes:
        """Hash of the request."""
        return self.request


@dataclass(frozen=True)
class BlockMessage(Payload):
    """A complete block, published by its butler (S6)."""

    kind: ClassVar[str] = "Block"
    block: Block

    def parts(self) -> tuple[Part, ...]:
        """Return body and signature of the block, and the hash of what comes with it."""
        return self.block.body, self.block.signature, self.block.draft.content.digest

    @property
    def subject(self) -> bytes:
        """Hash of the block."""
        return self.block.digest


@dataclass(frozen=True)
class Forward(BlockMessage):
    """A complete block, forwarded by a node that adopted it."""

    kind: ClassVar[str] = "Forward"


@dataclass(frozen=True)
class Fetch(Payload):
    """A node's request for the block of a height, which it lacks at the end of a packing cycle."""

    kind: ClassVar[str] = "Fetch"


@dataclass(frozen=True)
class BallotRequest(Payload):
    """A butler's call for ballots in a special round."""

    kind: ClassVar[str] = "BallotRequest"


@dataclass(frozen=True)
class BallotMessage(Payload):
    """A ballot on its way to commissioners and butlers."""

    kind: ClassVar[str] = "Ballot"
    ballot: Ballot

    def parts(self) -> tuple[Part, ...]:
        """Return content and signature of the ballot."""
        return self.ballot.content, self.ballot.signature


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with the signature of who sends it."""

    payload: Payload
    signature: bytes


def seal(payload: Payload, keys: Signatures) -> Envelope:
    """Sign `payload` with the key of its sender."""
    return Envelope(payload, keys.sign(payload.sender, payload.content))


def suspicion(envelope: Envelope, keys: Signatures) -> str | None:
    """Say why a message is not from who it says, or is none at all; None where it is genuine."""
    payload = envelope.payload
    try:
        content = payload.content
    except (AttributeError, OverflowError, TypeError):
        return "malformed message"
    genuine = keys.verify(payload.sender, content, envelope.signature)
    return None if genuine else "forged message"
