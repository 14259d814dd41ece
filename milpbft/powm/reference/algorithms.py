"""Algorithms 1 and 2 of the paper, as printed and as meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.powm.reference.record import Block, Record


@dataclass(frozen=True)
class Search:
    """What came of a list of nonces.

    Parameters
    ----------
    found
        Nonces that were broadcast as solutions.
    hashed
        How many nonces were hashed.
    requests
        How many requests for a new list were made.
    """

    found: tuple[int, ...]
    hashed: int
    requests: int


def _never() -> bool:
    return False


def solve_meant(
    record: Record, nonces: Sequence[int], solved: Callable[[], bool] = _never
) -> Search:
    """Algorithm 1 as meant: stop once the block is solved; ask for nonces after the last one."""
    hashed = 0
    for nonce in nonces:
        if solved():
            return Search((), hashed, 0)
        hashed += 1
        if record.valid(nonce):
            return Search((nonce,), hashed, 0)
    return Search((), hashed, 1)


def solve_printed(
    record: Record, nonces: Sequence[int], solved: Callable[[], bool] = _never
) -> Search:
    """Algorithm 1 as printed: lines 12 to 14 ask for a new list after the first invalid hash.

    Line 4 counts from the first *value* of the list to its length less one, and takes each number
    for an index; numbers beyond the list are left out here. Nothing ends the loop after a
    broadcast, or after line 6.
    """
    found: list[int] = []
    hashed = 0
    if not nonces:
        return Search((), 0, 0)
    for index in range(nonces[0], len(nonces)):
        solved()  # line 6 calls a function and goes on
        nonce = nonces[index]
        hashed += 1
        if record.valid(nonce):
            found.append(nonce)
        elif not solved():
            return Search(tuple(found), hashed, 1)
    return Search(tuple(found), hashed, 0)


def validate_meant(previous: Block, block: Block) -> bool:
    """Algorithm 2 as meant: the next index, the hash of the block before, and enough zeros."""
    record = block.record
    if record.height != previous.record.height + 1:
        return False
    if record.previous != previous.hash:
        return False
    return record.valid(block.nonce)


def validate_printed(previous: Block, block: Block) -> bool:
    """Algorithm 2 as printed: index and hash must *equal* those of the block before."""
    if block.record.height != previous.record.height:
        return False
    if block.hash != previous.hash:
        return False
    return block.record.valid(block.nonce)
