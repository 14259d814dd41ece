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
class ShareVote(Vote):
    """A vote with the sender's share of a threshold signature over it."""

    share: bytes


@dataclass(frozen=True)
class PrepareShare(ShareVote):
    """Linear BFT: the sender took the proposal."""


@dataclass(frozen=True)
class SignShare(Vote):
    """SBFT: the sender took the proposal; a share for each path."""

    fast: bytes
    slow: bytes


@dataclass(frozen=True)
class CommitShare(ShareVote):
    """The sender knows the certificate of the proposal."""


@dataclass(frozen=True)
class Proof(Vote):
    """A threshold signature that the collector made; `phase` says over what."""

    phase: ClassVar[str]
    signature: bytes


@dataclass(frozen=True)
class FullCommitProof(Proof):
    """SBFT: enough nodes for the fast path took the proposal, which is decided."""

    phase: ClassVar[str] = FAST


@dataclass(frozen=True)
class PrepareCertificate(Proof):
    """A quorum took the proposal."""

    phase: ClassVar[str] = PREPARE


@dataclass(frozen=True)
class CommitCertificate(Proof):
    """A quorum knows the certificate of the proposal, which is decided."""

    phase: ClassVar[str] = COMMIT


@dataclass(frozen=True)
class StateVote(Payload):
    """Anything said in `view` about everything up to `sequence` having led to `state`."""

    view: int
    sequence: int
    state: Digest


@dataclass(frozen=True)
class SignState(StateVote):
    """SBFT: the sender got to the state."""

    share: bytes


@dataclass(frozen=True)
class FullExecuteProof(StateVote):
    """SBFT: a correct node got to the state; a proof for all, and for the client."""

    signature: bytes


@dataclass(frozen=True)
class ExecuteAck(Payload):
    """SBFT: what convinces a client without f + 1 replies.

    Parameters
    ----------
    before
        The state that the client's request was executed in. That it leads to `state` shows that it
        is the request of `sequence`: in the paper, a path in a hash tree does.
    signature
        Execution certificate of `state` at `sequence`.
    """

    client: int
    timestamp: int
    sequence: int
    state: Digest
    signature: bytes
    before: Digest


@dataclass(frozen=True)
class AnsweredAck(ExecuteAck):
    """The same of an application: its answer, and the hash of its state, lead to `state` too."""

    answer: bytes
    application: Digest
