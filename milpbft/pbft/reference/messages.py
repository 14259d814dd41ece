"""What the three protocols have in common: requests, proposals, checkpoints, view changes.

Every message is a frozen dataclass with canonical bytes, a hash, and the Ed25519 signature of its
sender in the envelope around it. Clients sign as well: their numbers follow those of the nodes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.reference.encoding import Digest, encode, fits

if TYPE_CHECKING:
    from milpbft.sim.signatures import Signatures

NULL: Digest = bytes(32)
"""Digest of the null request, which does nothing; it fills gaps in a new view."""


@dataclass(frozen=True)
class Payload:
    """What every message says: who sends it; its kind is the name of its class."""

    kind: ClassVar[str]
    sender: int

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.kind = cls.__name__

    @cached_property
    def encoded(self) -> bytes:
        """Canonical bytes: what is hashed and signed."""
        return encode(self)

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 of the canonical bytes."""
        return sha256(self.encoded).digest()

    @cached_property
    def well_formed(self) -> bool:
        """Whether every field is of its type and in its range, whoever sent it."""
        return fits(self, type(self))


@dataclass(frozen=True)
class Envelope:
    """A payload with the signature of who sends it over the payload's canonical bytes."""

    payload: Payload
    signature: bytes

    @property
    def sender(self) -> int:
        """The node or client that the payload names as its sender."""
        return self.payload.sender


def seal(payload: Payload, keys: Signatures) -> Envelope:
    """Sign `payload` with the key of its sender."""
    return Envelope(payload, keys.sign(payload.sender, payload.encoded))


@dataclass(frozen=True)
class Request(Payload):
    """A client's operation; `timestamp` grows from one request of a client to the next."""

    timestamp: int
    operation: bytes


@dataclass(frozen=True)
class Reply(Payload):
    """What a replica tells a client once it executed its request: the state that it led to."""

    view: int
    client: int
    timestamp: int
    result: Digest


@dataclass(frozen=True)
class Answered(Reply):
    """A reply that holds what an application answered."""

    answer: bytes


@dataclass(frozen=True)
class Query(Payload):
    """A client's unordered request, which changes nothing; `number` grows from one to the next."""

    number: int
    question: bytes


@dataclass(frozen=True)
class Answer(Payload):
    """What a replica says of its state at `height`."""

    client: int
    number: int
    height: int
    answer: bytes


@dataclass(frozen=True)
class Vote(Payload):
    """Anything said in `view` about `sequence` having the request of `digest`."""

    view: int
    sequence: int
    digest: Digest


@dataclass(frozen=True)
class PrePrepare(Vote):
    """The primary's proposal; the request travels along and is not signed by the primary.

    Parameters
    ----------
    request
        The client's request, None for the null request.
    """

    request: Envelope | None = field(default=None, metadata={"signed": False})


@dataclass(frozen=True)
class Prepare(Vote):
    """PBFT: a backup took the proposal."""


@dataclass(frozen=True)
class Commit(Vote):
    """PBFT: the sender knows of a quorum that took the proposal."""


@dataclass(frozen=True)
class Checkpoint(Payload):
    """The sender executed everything up to `sequence`, which led to `state`."""

    sequence: int
    state: Digest


@dataclass(frozen=True)
class Fetch(Payload):
    """The sender has executed less than a stable checkpoint says: it asks for what follows."""

    sequence: int


@dataclass(frozen=True)
class State(Payload):
    """The requests that were executed from `first` on, None for null requests."""

    first: int
    requests: tuple[Envelope | None, ...]


@dataclass(frozen=True)
class Last:
    """The last request of a client that was executed, and what it led to."""

    request: Request
    state: Digest
    reply: bytes
    application: bytes


@dataclass(frozen=True)
class Snapshot(Payload):
    """All that a replica holds at a checkpoint, in place of requests that it keeps no more.

    Parameters
    ----------
    sequence
        Of the checkpoint.
    before
        The state that its request was executed in.
    body, reply, digest
        Hash of that request, what the application answered, and the hash of its state: with
        `before` they lead to the state of the checkpoint.
    application
        The application's bytes; nothing without one.
    latest
        By client; no state vouches for them.
    """

    sequence: int
    before: Digest
    body: Digest
    reply: bytes
    digest: bytes
    application: bytes
    latest: tuple[Last, ...]


@dataclass(frozen=True)
class Certificate:
    """A threshold signature of `phase` over a vote.

    Parameters
    ----------
    signature
        Bytes of the scheme behind :class:`milpbft.pbft.reference.threshold.Threshold`.
    """

    phase: str
    view: int
    sequence: int
    digest: Digest
    signature: bytes


class Backed(ABC):
    """A claim that rests on a vote or on a certificate of votes."""

    @property
    @abstractmethod
    def basis(self) -> Vote | Certificate:
        """What says the view, the sequence number and the digest of the request."""

    @property
    def view(self) -> int:
        """View of the claim."""
        return self.basis.view

    @property
    def sequence(self) -> int:
        """Sequence number of the claim."""
        return self.basis.sequence

    @property
    def digest(self) -> bytes:
        """Digest of the request."""
        return self.basis.digest


@dataclass(frozen=True)
class Prepared(Backed):
    """PBFT's prepared certificate: a proposal and the prepares of distinct backups that match."""

    pre_prepare: Envelope
    prepares: tuple[Envelope, ...]

    @property
    def genuine(self) -> bool:
        """Whether the envelopes hold a proposal and prepares; asked before anything else."""
        return isinstance(self.pre_prepare.payload, PrePrepare) and all(
            isinstance(envelope.payload, Prepare) for envelope in self.prepares
        )

    @property
    def proposal(self) -> PrePrepare:
        """The proposal."""
        payload = self.pre_prepare.payload
        if not isinstance(payload, PrePrepare):
            raise TypeError("a prepared certificate without a proposal")
        return payload

    @property
    def basis(self) -> Vote:
        """The proposal."""
        return self.proposal

    @property
    def request(self) -> Envelope | None:
        """The request itself."""
        return self.proposal.request


@dataclass(frozen=True)
class Certified(Backed):
    """A threshold certificate and the request that it is about."""

    certificate: Certificate
    request: Envelope | None

    @property
    def basis(self) -> Certificate:
        """The certificate."""
        return self.certificate


@dataclass(frozen=True)
class Signed:
    """SBFT: the sign share that the sender of a view change gave in its latest view."""

    view: int
    sequence: int
    digest: Digest
    share: bytes
    request: Envelope | None


Claim = Prepared | Certified | Signed
"""What a view change may say about a sequence number."""


@dataclass(frozen=True)
class ViewChange(Payload):
    """The sender left for `view` and says what it knows of each sequence number.

    Parameters
    ----------
    stable
        Sequence number of its stable checkpoint, 0 at the start.
    proof
        The checkpoint messages that made it stable; none at the start.
    claims
        What may be committed above it.
    """

    view: int
    stable: int
    proof: tuple[Envelope, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, order=True)
class Held:
    """A checkpoint that a replica took: its sequence number, and the state that it led to."""

    sequence: int
    state: Digest


@dataclass(frozen=True)
class VouchedViewChange(ViewChange):
    """A view change that proves no checkpoint: others say whether they hold it as well.

    Parameters
    ----------
    held
        The sender's checkpoints from its stable one on.
    """

    held: tuple[Held, ...]


@dataclass(frozen=True)
class NewView(Payload):
    """The primary of `view` opens it.

    Parameters
    ----------
    view_changes
        V: view changes for `view` of a quorum of nodes.
    pre_prepares
        O: the proposals that follow from V, in order, and after them the requests that the primary
        proposes on its own account.
    """

    view: int
    view_changes: tuple[Envelope, ...]
    pre_prepares: tuple[Envelope, ...]
