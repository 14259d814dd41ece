"""A coalition that picks among its golden nonces, on real hashes, and so elects itself.

Nonces are handed out by ticket, in sets; the hash of a block draws the next manager. Who finds a
golden nonce that elects somebody else may keep silent, and nobody can tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.powm.reference.record import Block, Difficulty, Record, genesis, merkle
from milpbft.powm.reference.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Reign:
    """What came of a run.

    Parameters
    ----------
    managed
        Per epoch, whether the coalition manages it.
    dropped
        Solutions that were dropped.
    blocks
        The chain.
    """

    managed: list[bool] = field(default_factory=list)
    dropped: int = 0
    blocks: list[Block] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share of the epochs that the coalition manages."""
        return sum(self.managed) / len(self.managed)

    @property
    def longest(self) -> int:
        """Most epochs in a row that the coalition manages."""
        best = run = 0
        for ours in self.managed:
            run = run + 1 if ours else 0
            best = max(best, run)
        return best


def golden(record: Record) -> Iterator[int]:
    """Yield the nonces that solve a record, in order; there are always more."""
    nonce = 0
    while True:
        if record.valid(nonce):
            yield nonce
        nonce += 1


def reign(
    tickets: int,
    coalition: int,
    epochs: int,
    *,
    difficulty: Difficulty = Difficulty(6),  # noqa: B008  (immutable)
    lies: int = 0,
    final: bool = False,
    seed: int = 0,
) -> Reign:
    """Mine so many epochs in which a coalition drops what elects others.

    Parameters
    ----------
    tickets, coalition
        W and w; the first w tickets are the coalition's, and w of W nonces.
    lies
        Tickets that are moved to it while it manages.
    final
        Whether who manages may drop solutions of others (`finaliser` = ``manager``).
    seed
        Of the transactions.
    """
    if tickets < 1:
        raise InputError("tickets", tickets, "1 or more")
    for name, value in (("coalition", coalition), ("lies", lies)):
        if not 0 <= value <= tickets:
            raise InputError(name, value, f"0 to {tickets} tickets")
    if not difficulty.bits:
        raise InputError("zeros", 0, "1 or more")
    found, tip, ours = Reign(), genesis(difficulty), False
    for epoch in range(epochs):
        root = merkle([f"{seed}:{epoch}".encode()])
        record = Record(tip.record.height + 1, tip.hash, root, epoch, difficulty)
        election = Tickets.shared(tickets, coalition, lies if ours else 0)
        for nonce in golden(record):
            block = Block(record, nonce)
            # Low bits draw the manager; high ones, which difficulty fixes, would favour ticket 0.
            elects = election.draw(int.from_bytes(block.hash, "big")) == "coalition"
            may_drop = nonce % tickets < coalition or (final and ours)
            if elects or not may_drop or coalition == 0:
                break
            found.dropped += 1
            if final and ours and election.weights[0][1] == 0:
                break
        tip, ours = block, elects
        found.blocks.append(block)
        found.managed.append(ours)
    return found
