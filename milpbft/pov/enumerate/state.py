"""State: where a search is in one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.pov.enumerate.forking import fork

if TYPE_CHECKING:
    from milpbft.pov.reference.world import World

Proposed = tuple[int, str]
"""View and suffix of a proposal."""


@dataclass
class State:
    """A world, and what its Byzantine nodes have done.

    Attributes
    ----------
    known
        Per proposal of a Byzantine butler whose signatures it can put in.
    asked
        Per such proposal the requests, with their ticks.
    names
        Published blocks by their hash.
    restarted
        Nodes that have started again.
    readings
        By how much the time server's clock is off at the tick that is run.
    """

    world: World
    known: dict[Proposed, frozenset[int]] = field(default_factory=dict)
    asked: dict[Proposed, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    names: dict[bytes, tuple[int, str, int]] = field(default_factory=dict)
    restarted: frozenset[int] = frozenset()
    readings: dict[tuple[str, int], int] = field(default_factory=dict)

    def twin(self) -> State:
        """Return a copy that goes its own way."""
        known, asked, names = dict(self.known), dict(self.asked), dict(self.names)
        return State(fork(self.world), known, asked, names, self.restarted)
