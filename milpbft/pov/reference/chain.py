"""A node's chain: the blocks that it adopted, and the state after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.rules import VACANT
from milpbft.pov.reference.validity import refuse_block

if TYPE_CHECKING:
    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Chain:
    """Blocks from genesis on; one confirmation is final, so none is ever taken back.

    Attributes
    ----------
    conflicts
        Other valid blocks above a block of this chain, of which this chain has another: forks.
    """

    def __init__(self, rules: Rules, keys: Signatures, genesis: Block) -> None:
        self._rules = rules
        self._keys = keys
        self.blocks = [genesis]
        self.ledgers = [Ledger.first(rules)]
        self.conflicts: list[Block] = []

    @property
    def height(self) -> int:
        """Height of the last block."""
        return len(self.blocks) - 1

    @property
    def head(self) -> Block:
        """The last block."""
        return self.blocks[-1]

    @property
    def ledger(self) -> Ledger:
        """The state after the last block."""
        return self.ledgers[-1]

    def on_duty(self, cycle: int, height: int | None = None) -> int:
        """Return the node that makes block `height` in packing cycle `cycle`; VACANT for none."""
        below = self.height if height is None else height - 1
        team = self.ledgers[below].team
        seat = self._rules.seat(self.blocks[below].random, cycle)
        return team[seat] if seat < len(team) else VACANT

    def refuse(self, block: Block) -> str | None:
        """Say why `block` cannot be adopted, at whatever height; None where it is the next one."""
        height = block.header.height
        if not 1 <= height <= self.height + 1:
            return "unknown block below"
        below = self.blocks[height - 1], self.ledgers[height - 1]
        reason = refuse_block(block, *below, self._rules, self._keys)
        if reason is None and height <= self.height:
            known = self.blocks[height].digest == block.digest
            if not known and all(block.digest != other.digest for other in self.conflicts):
                self.conflicts.append(block)
            return "known block" if known else "another block was adopted"
        return reason

    def adopt(self, block: Block) -> None:
        """Add a valid block."""
        self.ledgers.append(self.ledger.after(block, self._keys))
        self.blocks.append(block)
