"""The variables of the compact encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.dbft.model.published.implied import Acts
from milpbft.milp.builder import each

if TYPE_CHECKING:
    from milpbft.milp.block import Block


@dataclass(frozen=True)
class Compact:
    """Blocks of the compact encoding, (N,V) each.

    ``early`` holds the ChangeViews that are sent in time to reach others; where the horizon is 5 or
    more it is the block ``sent["CV"]`` itself. It is None where nothing sent can reach others.
    """

    primary: Block
    sent: dict[str, Block]
    early: Block | None
    relayed: Block
    request: Block
    heard: dict[str, Block]
    block: Block

    def acts(self) -> Acts:
        """View for the implied rows."""
        return Acts(
            primary=each(self.primary.index),
            sent={kind: each(block.index) for kind, block in self.sent.items()},
            relayed=each(self.relayed.index),
            block=each(self.block.index),
            heard={kind: each(block.index) for kind, block in self.counters().items()},
        )

    def counters(self) -> dict[str, Block]:
        """Number of receptions by kind; ``Req`` is at most 1, since a view has one primary."""
        return {"Req": self.request, **self.heard}
