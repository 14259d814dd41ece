"""What nodes of a round know, tick by tick, while a schedule is replayed on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.reference.node import Node
from milpbft.pov.reference.replay import Replay
from milpbft.schedule.states import State, Watch

if TYPE_CHECKING:
    from milpbft.schedule import Event, Schedule


class _Watching(Replay):
    """A replay that notes the states of honest nodes after each tick."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.states: list[State] = []
        self._known: dict[int, str] = {}

    def _tick(self, tick: int, events: list[Event]) -> None:
        super()._tick(tick, events)
        for number, node in self.honest().items():
            words = self._state(number).removeprefix("it is ")
            if self._known.get(number) != words:
                self._known[number] = words
                self.states.append(State(tick, number, node.cycle - 1, words))

    def honest(self) -> dict[int, Node]:
        """Return the nodes that run their own code."""
        machines = self.world.machines.items()
        liars = self.world.faults.byzantine
        return {i: one for i, one in machines if isinstance(one, Node) and i not in liars}

    def blocks(self) -> dict[int, tuple[bytes, ...]]:
        """Return a block of each node, by the hash of its header and stamp.

        It is that of the first height at which two chains differ, of the nodes that have one there;
        where none do, of the last height that all have who adopted anything.
        """
        chains = [(i, node.chain.blocks) for i, node in self.honest().items() if node.chain.height]
        if not chains:
            return {}
        least, most = (bound(len(blocks) for _, blocks in chains) for bound in (min, max))
        apart = (h for h in range(1, most) if len({b[h].digest for _, b in chains if b[h:]}) > 1)
        height = next(apart, least - 1)
        return {i: (blocks[height].digest,) for i, blocks in chains if blocks[height:]}


def watch(schedule: Schedule) -> Watch:
    """Replay a schedule as far as it goes, and note what its nodes know."""
    seen = _Watching(schedule)
    verdict = seen.run()
    return Watch(tuple(seen.states), seen.blocks(), verdict.reason)
