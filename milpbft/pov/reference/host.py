"""Host: what a butler and a commissioner ask of the node that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import Counter

    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.chain import Chain
    from milpbft.pov.reference.messages import Payload
    from milpbft.pov.reference.pool import Pool
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Host(Protocol):
    """A node, as the roles in it see it; see :class:`milpbft.pov.reference.node.Node`."""

    number: int
    rules: Rules
    keys: Signatures
    chain: Chain
    pool: Pool
    now: int
    cycle: int
    began: int
    dropped: Counter[str]

    @property
    def place(self) -> tuple[int, int]:
        """Height that is agreed on, and packing cycle of the round."""
        ...

    def send(self, payload: Payload) -> None:
        """Sign and send; it counts for this node at once."""
        ...

    def forward(self, block: Block) -> None:
        """Send a block that the node adopted to all, once."""
        ...

    def recommend_self(self, serial: int = 0) -> None:
        """Apply with an own letter and deposit."""
        ...
