"""Messages of the protocols with a collector: shares that go to it, and what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from milpbft.pbft.reference.encoding import Digest, encode
from milpbft.pbft.reference.messages import Payload, Vote

FAST = "fast"
"""SBFT's sigma over a proposal: a decision."""
PREPARE = "prepare"
"""tau over a proposal: nothing else is certified in its view."""
COMMIT = "commit"
"""tau over a certified proposal: a decision."""
STATE = "state"
"""SBFT's pi over a state: a correct node got there."""


def statement(view: int, sequence: int, digest: bytes) -> bytes:
    """Return what the shares of a vote sign, beside their phase."""
    return encode((view, sequence, digest))


@dataclass(frozen=True)
class PrepareShare(Vote):
    """Linear BFT: the sender took the proposal."""

    kind: ClassVar[str] = "PrepareShare"
    share: bytes


@dataclass(frozen=True)
class SignShare(Vote):
    """SBFT: the sender took the proposal; a share for each path."""

    kind: ClassVar[str] = "SignShare"
    fast: bytes
    slow: bytes


@dataclass(frozen=True)
class CommitShare(Vote):
    """The sender knows the certificate of the proposal."""

    kind: ClassVar[str] = "CommitShare"
    share: bytes


@dataclass(frozen=True)
class Proof(Vote):
    """A threshold signature that the collector made; `phase` says over what."""

    phase: ClassVar[str]
    signature: bytes


@dataclass(frozen=True)
class FullCommitProof(Proof):
    """SBFT: enough nodes for the fast path took the proposal, which is decided."""

    kind: ClassVar[str] = "FullCommitProof"
    phase: ClassVar[str] = FAST


@dataclass(frozen=True)
class PrepareCertificate(Proof):
    """A quorum took the proposal."""

    kind: ClassVar[str] = "PrepareCertificate"
    phase: ClassVar[str] = PREPARE


@dataclass(frozen=True)
class CommitCertificate(Proof):
    """A quorum knows the certificate of the proposal, which is decided."""

    kind: ClassVar[str] = "CommitCertificate"
    phase: ClassVar[str] = COMMIT


@dataclass(frozen=True)
class SignState(Payload):
    """SBFT: the sender executed everything up to `sequence`, which led to `state`."""

    kind: ClassVar[str] = "SignState"
    view: int
    sequence: int
    state: Digest
    share: bytes


@dataclass(frozen=True)
class FullExecuteProof(Payload):
    """SBFT: a correct node got to `state` at `sequence`; a proof for all, and for the client."""

    kind: ClassVar[str] = "FullExecuteProof"
    view: int
    sequence: int
    state: Digest
    signature: bytes


@dataclass(frozen=True)
class ExecuteAck(Payload):
    """SBFT: what convinces a client without f + 1 replies."""

    kind: ClassVar[str] = "ExecuteAck"
    client: int
    timestamp: int
    sequence: int
    state: Digest
    signature: bytes
