"""Adversaries beside those that a MILP scripts: random crashes, and nodes that break rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from milpbft.powm.reference.links import Script
from milpbft.powm.reference.manager import Manager
from milpbft.powm.reference.miner import Miner

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass
class RandomScript(Script):
    """Crashes nodes at random, whoever they are, and elects at random.

    Parameters
    ----------
    budget
        Crashes at most.
    chance
        That something crashes at a tick.
    managers, miners
        Who can crash.
    seed
        Of all choices.
    """

    budget: int = 1
    chance: float = 0.3
    managers: bool = True
    miners: bool = True
    seed: int = 0
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def failing(self, tick: int, active: list[int], living: list[int]) -> Collection[int]:
        """Crash the active manager, a node that hashes, or both."""
        found = []
        for group, allowed in ((active, self.managers), (living, self.miners)):
            if allowed and group and self.budget and self.random.random() < self.chance:
                found.append(self.random.choice(group))
                self.budget -= 1
        return found

    def elect(self, candidates: Collection[int]) -> int | None:
        """Elect anybody."""
        return self.random.choice(sorted(candidates)) if candidates else None


class Withholder(Miner):
    """Keeps a solution that it finds while nobody manages, since telling costs its candidacy.

    Section III-K.5; finding is not paid as such (III-J).
    """

    withholds = True


@dataclass
class PartialManager(Manager):
    """Grants friends sets `factor` times as large, and refuses whom it censors.

    Where the active manager blacklists alone (III-A.2), suspicion is all that it needs to say.
    """

    friends: Collection[int] = ()
    factor: int = 3
    censored: Collection[int] = ()

    def size(self, node: int) -> int:
        """Return how many nonces a set of a node has."""
        if node in self.censored:
            return 0
        return super().size(node) * (self.factor if node in self.friends else 1)


class EarlyMiner(Miner):
    """Asks for a new set as soon as a tick of the last one is hashed, and drops the rest (III-K.4).

    What it drops is never hashed; with credit for nonces handed out it is paid for them.
    """

    def hash(self, tick: int) -> list[range]:
        """Hash for a tick, and drop what is left."""
        done = super().hash(tick)
        if done:
            self.work.clear()
        return done
