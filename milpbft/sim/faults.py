"""Which nodes are faulty, how, and from when on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Faults:
    """The faulty nodes of a run, as many as the user asks for.

    Nodes with omission faults need no entry: they run their own code, and an asynchronous network
    may already lose whatever they send or are sent.

    Parameters
    ----------
    byzantine
        Nodes that send what the adversary wants, from the start.
    crashes
        Tick from which on a node does nothing, per node that crashes.
    restarts
        Ticks at which a correct node starts again at the same height, without memory, per node. A
        node that has its block by then does not: blocks are kept.
    reloads
        Ticks at which a correct node starts again with its log, per node: it is as it was, but its
        timer starts anew, and what was under way to it is lost.
    """

    byzantine: frozenset[int] = frozenset()
    crashes: Mapping[int, int] = field(default_factory=dict)
    restarts: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    reloads: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = sorted(self.byzantine & self.crashes.keys())
        if both:
            raise InputError("crashes", both, "a node is Byzantine or crashes, not both")
        for name, again in (("restarts", self.restarts), ("reloads", self.reloads)):
            if liars := sorted(self.byzantine & again.keys()):
                raise InputError(name, liars, "a correct node; Byzantine ones do what they like")

    def events(self, horizon: int) -> list[Fault]:
        """Return faults as schedule events, up to tick `horizon`; who goes on is the world's."""
        byzantine = [Fault(0, node, "byzantine") for node in sorted(self.byzantine)]
        crashes = [Fault(t, i, "crash") for i, t in sorted(self.crashes.items()) if t <= horizon]
        return byzantine + crashes

    def correct(self, node: int, tick: int) -> bool:
        """Whether `node` runs its own code at `tick`."""
        return node not in self.byzantine and tick < self.crashes.get(node, tick + 1)
