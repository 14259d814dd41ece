"""Records and blocks: what is hashed, and when a hash is valid."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from struct import pack
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOBODY = bytes(32)


def merkle(transactions: Sequence[bytes]) -> bytes:
    """Return the root of a tree of hashes; the last one of an odd level stands twice."""
    level = [sha256(one).digest() for one in transactions] or [NOBODY]
    while len(level) > 1:
        level += level[-1:] * (len(level) % 2)
        level = [sha256(a + b).digest() for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


@dataclass(frozen=True)
class Difficulty:
    """Leading zeros of a valid hash.

    Parameters
    ----------
    zeros
        How many, 0 to 64.
    digit_bits
        Bits of a zero: 1, or 4 where they are hexadecimal digits. The paper does not say which.
    """

    zeros: int
    digit_bits: int = 1

    def __post_init__(self) -> None:
        if self.digit_bits not in (1, 4):
            raise InputError("digit_bits", self.digit_bits, "1 or 4")
        if not 0 <= self.zeros * self.digit_bits < 256:
            raise InputError("zeros", self.zeros, f"0 to {255 // self.digit_bits}")

    @property
    def bits(self) -> int:
        """Zero bits."""
        return self.zeros * self.digit_bits

    @property
    def chance(self) -> float:
        """p, that a hash is valid."""
        return float(2.0**-self.bits)

    @property
    def target(self) -> bytes:
        """No valid hash is larger: 2^(256 - bits) - 1."""
        return int((1 << (256 - self.bits)) - 1).to_bytes(32, "big")


@dataclass(frozen=True)
class Record:
    """What all miners of a height hash, with a nonce behind it; it names no node (III-A.1).

    Parameters
    ----------
    height
        Of the block.
    previous
        Hash of the block before it, 32 bytes.
    root
        Of the transactions.
    time
        In seconds, set by the manager.
    difficulty
        Of the block.
    double
        Hash twice, as Bitcoin does.
    """

    height: int
    previous: bytes
    root: bytes
    time: int
    difficulty: Difficulty
    double: bool = False
    version: int = 1
    encoded: bytes = field(init=False, compare=False)

    def __post_init__(self) -> None:
        head = pack(">HQ", self.version, self.height) + self.previous + self.root
        object.__setattr__(self, "encoded", head + pack(">QH", self.time, self.difficulty.zeros))

    def hash(self, nonce: int) -> bytes:
        """Return the hash of the record with a nonce."""
        found = sha256(self.encoded + pack(">Q", nonce)).digest()
        return sha256(found).digest() if self.double else found

    def valid(self, nonce: int) -> bool:
        """Whether the hash with a nonce has as many zeros as it takes."""
        return self.hash(nonce) <= self.difficulty.target


@dataclass(frozen=True)
class Block:
    """A record and the nonce that solves it."""

    record: Record
    nonce: int

    @property
    def hash(self) -> bytes:
        """Its hash, which the next block names."""
        return self.record.hash(self.nonce)


def genesis(difficulty: Difficulty) -> Block:
    """Return a first block without transactions (III-B); the first nonce that solves it."""
    record = Record(0, NOBODY, merkle([]), 0, difficulty)
    nonce = 0
    while not record.valid(nonce):
        nonce += 1
    return Block(record, nonce)
