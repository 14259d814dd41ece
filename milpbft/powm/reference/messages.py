"""Messages: what nodes say to each other, signed; the names are ours (the paper gives none)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True)
class Request:
    """A miner asks all managers for nonces of a height; `done` of its last set are hashed."""

    height: int
    done: int = 0


@dataclass(frozen=True)
class Grant:
    """The active manager grants the nonces from `lo` to `hi`, without `hi`, to node `to`."""

    term: int
    height: int
    record: str
    to: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Sync:
    """The active manager tells supports of grants, each ``(to, lo, hi)``, and of its cursor."""

    term: int
    grants: tuple[tuple[int, int, int], ...]
    cursor: int


@dataclass(frozen=True)
class Heartbeat:
    """The active manager is alive."""

    term: int
    tick: int


@dataclass(frozen=True)
class Vote:
    """A support, or any node where none is left, votes for the manager of a term."""

    term: int
    candidate: int


@dataclass(frozen=True)
class Elected:
    """`node` manages from now on; the certificate holds the signed votes of a majority."""

    term: int
    node: int
    certificate: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Solution:
    """A miner has found a nonce whose hash is valid."""

    height: int
    nonce: int


@dataclass(frozen=True)
class Expel:
    """A manager votes to expel a node, and says why."""

    node: int
    evidence: str


@dataclass(frozen=True)
class PayVote:
    """A manager agrees, or does not, to a distribution of pay, by its digest."""

    height: int
    digest: str


Message = Request | Grant | Sync | Heartbeat | Vote | Elected | Solution | Expel | PayVote


def encode(message: Message) -> bytes:
    """Return what is signed: name and fields, in one way only."""
    said = {"is": type(message).__name__, **asdict(message)}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Envelope:
    """A message with its sender's signature."""

    sender: int
    message: Message
    signature: bytes

    @classmethod
    def sealed(cls, sender: int, message: Message, keys: Signatures) -> Envelope:
        """Sign a message."""
        return cls(sender, message, keys.sign(sender, encode(message)))

    def genuine(self, keys: Signatures) -> bool:
        """Whether the sender signed this."""
        return keys.verify(self.sender, encode(self.message), self.signature)
