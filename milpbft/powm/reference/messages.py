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
class Elected:
    """`node` has a role from now on; the certificate holds the signed votes of a majority."""

    term: int
    node: int
    certificate: tuple[tuple[int, str], ...]
    role: str = "active"


@dataclass(frozen=True)
class Suspect:
    """A support has heard nothing of the active manager of a term for too long."""

    term: int


@dataclass(frozen=True)
class Join:
    """A node asks for the state of the network, and says how many nonces it hashes per tick."""

    rate: int


@dataclass(frozen=True)
class Snapshot:
    """The state of the network for a node that enters: who manages, and by whose votes.

    ``certificates``: all elections, in order, each with who could vote in it. Node 0 is the manager
    of term 0, by the genesis block.
    """

    record: str
    certificates: tuple[tuple[Elected, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Leave:
    """A node leaves; what it was granted is not granted again."""

    node: int


@dataclass(frozen=True)
class Report:
    """A manager tells the others what it holds: cursor and ledger, by their digest."""

    digest: str


@dataclass(frozen=True)
class Vote:
    """A manager, or any node where none is left, votes for who takes a role in a term."""

    term: int
    candidate: int
    role: str = "active"


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


Message = (
    Request | Grant | Sync | Heartbeat | Suspect | Vote | Elected | Join | Snapshot | Leave
    | Solution | Report | Expel | PayVote
)  # fmt: skip


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
