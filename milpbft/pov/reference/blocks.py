"""Blocks, ordinary and special, from a butler's draft to the complete valid block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.pov.reference.encoding import Signed, digest, encode

if TYPE_CHECKING:
    from milpbft.pov.reference.election import Ballot
    from milpbft.pov.reference.transactions import Transaction
    from milpbft.sim.signatures import Signatures

HASH_BYTES = 32


@dataclass(frozen=True)
class Content:
    """What a block holds: transactions, or ballots and the team that they elect."""

    transactions: tuple[Transaction, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    elected: tuple[int, ...] = ()

    @cached_property
    def digest(self) -> bytes:
        """Hash of everything; a vacant seat is hashed as 0, seats are counted from 1 for it."""
        transactions = tuple(one.digest for one in self.transactions)
        ballots = tuple(one.digest for one in self.ballots)
        return digest(transactions, ballots, tuple(node + 1 for node in self.elected))


@dataclass(frozen=True)
class Header:
    """What commissioners sign.

    Parameters
    ----------
    height
        From 1; the genesis block has 0.
    previous
        Hash of the complete block below.
    cycle
        m, the packing cycle of the round that it is made in.
    producer
        The butler's node.
    content
        Hash of the content.
    """

    height: int
    previous: bytes
    cycle: int
    producer: int
    content: bytes

    @cached_property
    def encoded(self) -> bytes:
        """Canonical bytes."""
        return encode("header", self.height, self.previous, self.cycle, self.producer, self.content)

    @cached_property
    def digest(self) -> bytes:
        """Hash of the canonical bytes."""
        return digest(self.encoded)


@dataclass(frozen=True)
class Draft:
    """A header with its content: what a butler proposes."""

    header: Header
    content: Content

    @property
    def whole(self) -> bool:
        """Whether the content is that of the header."""
        return self.content.digest == self.header.content


def signed_header(header: Header, signatures: Signed) -> bytes:
    """Return the new header of section III G, S3: signatures appended in sequence."""
    return encode(header.encoded, signatures)


def stamp(header: Header, signatures: Signed, timestamp: int) -> bytes:
    """Return what the time server signs: the new header with the time."""
    return encode("stamp", signed_header(header, signatures), timestamp)


def turn(height: int) -> bytes:
    """Return the input of the verifiable random function: of a height, and of nothing else."""
    return encode("turn", height)


@dataclass(frozen=True)
class Block:
    """A complete block.

    Parameters
    ----------
    draft
        Header and content.
    signatures
        The commissioners' over the header.
    timestamp, server_signature
        When it was confirmed, and the time server's signature over that.
    random
        R, the number of the butler that makes the next block.
    signature
        The butler's over all this.
    proof
        The time server's signature over the height, which R is then the hash of; empty where R
        is drawn from signatures and timestamp.
    """

    draft: Draft
    signatures: Signed
    timestamp: int
    server_signature: bytes
    random: int
    signature: bytes = b""
    proof: bytes = b""

    @property
    def header(self) -> Header:
        """The header."""
        return self.draft.header

    @cached_property
    def body(self) -> bytes:
        """What the butler signs."""
        return encode(
            "block", signed_header(self.header, self.signatures), self.timestamp,
            self.server_signature, self.random, *([self.proof] if self.proof else []),
        )  # fmt: skip

    @cached_property
    def digest(self) -> bytes:
        """Hash of the block, without the butler's signature."""
        return digest(self.body)

    @property
    def lot(self) -> bytes:
        """What ties in an election above this block are drawn from: the proof of R, if any."""
        return self.proof or self.digest

    def signed(self, node: int, keys: Signatures) -> Block:
        """Return the block with the signature of `node`."""
        return replace(self, signature=keys.sign(node, self.body))
