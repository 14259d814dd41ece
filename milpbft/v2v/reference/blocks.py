"""The ledger: transactions in full, in blocks that are chained by their hashes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from milpbft.v2v.reference.codec import DecodeError, encode, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.v2v.reference.codec import Item
    from milpbft.v2v.reference.order import Id

GENESIS_HASH = bytes(32)
"""The hash that the first block names as that of the block before it."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A match that was settled.

    Parameters
    ----------
    height
        Sequence number of the request that it was made at.
    buy, sell
        The orders.
    point
        Where they meet.
    quantity
        Energy, in Wh.
    paid, fee
        EC' and F' in minor units; the fee is taken from each side.
    """

    height: int
    buy: Id
    sell: Id
    point: int
    quantity: int
    paid: int
    fee: int

    @property
    def fields(self) -> tuple[Item, ...]:
        """All of it, for canonical bytes."""
        return values(self)


@dataclass(frozen=True, slots=True)
class Block:
    """Some transactions, and the hash of the block before."""

    height: int
    previous: bytes
    transactions: tuple[Transaction, ...]

    @property
    def fields(self) -> tuple[Item, ...]:
        """All of it, for canonical bytes."""
        return self.height, self.previous, tuple(t.fields for t in self.transactions)

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical bytes."""
        return sha256(encode(self.fields)).digest()


def read_block(fields: Item) -> Block:
    """Read a block from the fields that it was written as.

    Raises
    ------
    DecodeError
        Where they are not those of a block.
    """
    match fields:
        case (int(height), bytes(previous), tuple(items)):
            return Block(height, previous, tuple(map(read_transaction, items)))
    raise DecodeError("no block")


def read_transaction(fields: Item) -> Transaction:
    """Read a transaction, likewise."""
    match fields:
        case (int(h), (int(b), int(i)), (int(s), int(j)), int(m), int(q), int(paid), int(fee)):
            return Transaction(h, (b, i), (s, j), m, q, paid, fee)
    raise DecodeError("no transaction")


def fault(blocks: Sequence[Block], head: bytes | None = None) -> str | None:
    """Say what is wrong with a chain from its first block on; None where nothing is.

    Parameters
    ----------
    blocks
        The chain.
    head
        Hash of its last block as f + 1 replicas state it. Without it, a chain that was rewritten
        from some block to its end passes.
    """
    previous = GENESIS_HASH
    for number, block in enumerate(blocks, start=1):
        if block.height != number:
            return f"block {number} says that it is block {block.height}"
        if block.previous != previous:
            return f"block {number} does not follow the block before it"
        previous = block.hash
    if head is not None and previous != head:
        return "the last block is not the one that replicas state"
    return None
