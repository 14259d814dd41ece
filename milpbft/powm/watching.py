"""What managers and miners have, tick by tick, as a run of the reference shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.powm.reference.miner import Doing
from milpbft.powm.reference.puzzle import Counted
from milpbft.powm.reference.reading import number, rules_of, script_of
from milpbft.powm.reference.world import World
from milpbft.schedule.states import State, Watch

if TYPE_CHECKING:
    from milpbft.powm.reference.manager import Manager
    from milpbft.powm.reference.miner import Miner
    from milpbft.schedule import Schedule

WORLDS = ("powmfail", "powmcut")
"""Protocols whose schedules are runs of nodes."""


class _Watching(World):
    """A world that notes what is new after each tick."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.states: list[State] = []
        self._known: dict[int, tuple[int, str]] = {}

    def step(self, tick: int) -> None:
        """Run one tick, and note who is not as before."""
        super().step(tick)
        for node in range(self.rules.n):
            now = self._said(node)
            if self._known.get(node) != now:
                self._known[node] = now
                self.states.append(State(tick, node, *now))

    def _said(self, node: int) -> tuple[int, str]:
        """Return the term that a node knows of, and what it has."""
        manager, miner = self.managers.get(node), self.miners.get(node)
        term = max(one.term for one in (manager, miner) if one is not None)
        if node in self.dead:
            return term, "crashed"
        hashes = miner is not None and miner.doing is not Doing.LEFT
        words = [] if manager is None else [_managing(manager)]
        return term, "; ".join([*words, _mining(miner)] if hashes and miner else words)


def _managing(manager: Manager) -> str:
    if manager.active:
        return f"manages term {manager.term}, grants from nonce {manager.cursor} on"
    return f"support, knows of {_many(len(manager.ledger), 'grant')}"


def _mining(miner: Miner) -> str:
    if miner.doing is Doing.SOLO:
        return f"mines alone, {_many(miner.scanned, 'nonce')} hashed"
    if miner.work:
        return f"has {_many(miner.outstanding, 'nonce')} to hash, of manager {miner.manager}"
    return f"waits for a grant of manager {miner.manager}"


def _many(number_: int, noun: str) -> str:
    return f"{number_} {noun}" + ("" if number_ == 1 else "s")


def watch(schedule: Schedule) -> Watch:
    """Run a schedule of failures or of a cut, and return what each node had when.

    Nonce sets and elections are plans, without nodes that know anything.

    Raises
    ------
    InputError
        Where a setting is missing or out of its range.
    """
    if schedule.protocol not in WORLDS:
        return Watch()
    timed = schedule.settings.get("objective") == "time"
    puzzle = Counted(number(schedule, "goal")) if timed else None
    world = _Watching(rules_of(schedule), script_of(schedule), puzzle)
    world.run(schedule.horizon)
    return Watch(tuple(world.states))
