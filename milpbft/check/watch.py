"""Watch: what each replica knows, tick by tick, while a schedule is replayed on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.check.replay import Replay
from milpbft.schedule.states import State, Watch

if TYPE_CHECKING:
    from milpbft.schedule import Schedule
    from milpbft.sim.replica import Reference


class _Watching(Replay[Any, Any]):
    """A replay that notes the states of correct nodes after each tick."""

    def __init__(self, schedule: Schedule, reference: Reference[Any, Any]) -> None:
        super().__init__(schedule, reference)
        self.states: list[State] = []
        self._known: dict[int, tuple[int, str]] = {}
        self._explained = reference

    def look(self, tick: int) -> None:
        """Note who is not as before."""
        for node, replica in self.replicas.items():
            if node in self.byzantine:
                continue
            words = "crashed"
            view = self._explained.view(replica)
            if self.runs_own_code(node):
                words = self._explained.explain(replica)
            if self._known.get(node) != (view, words):
                self._known[node] = view, words
                self.states.append(State(tick, node, view, words))

    def blocks(self) -> dict[int, tuple[bytes, ...]]:
        """Return what correct nodes accepted."""
        taken = {
            node: tuple(decision.block for decision in self._explained.decisions(replica))
            for node, replica in self.replicas.items()
            if node not in self.byzantine
        }
        return {node: blocks for node, blocks in taken.items() if blocks}


def watch(schedule: Schedule, reference: Reference[Any, Any]) -> Watch:
    """Replay a schedule as far as it goes, and note what its replicas know."""
    seen = _Watching(schedule, reference)
    verdict = seen.run()
    return Watch(tuple(seen.states), seen.blocks(), verdict.reason)
