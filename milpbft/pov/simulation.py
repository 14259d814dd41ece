"""Simulation: the reference alone under a seeded random network and Byzantine nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.pov.reference.adversaries import RandomNetwork
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults

if TYPE_CHECKING:
    from milpbft.pov.reference.rules import Rules
    from milpbft.schedule import Schedule


@dataclass(frozen=True)
class Plan:
    """What is run.

    Parameters
    ----------
    rules
        The network; `rules.rounds` is a number.
    ticks
        Last tick, 0 or more.
    faults
        Byzantine and crashing nodes.
    deliver, forge
        Chances per tick, 0 to 1: of each message to arrive, of each Byzantine node to send.
    """

    rules: Rules
    ticks: int
    faults: Faults = field(default_factory=Faults)
    deliver: float = 0.6
    forge: float = 0.7

    def __post_init__(self) -> None:
        if not 0 <= self.ticks <= 10_000:
            raise InputError("ticks", self.ticks, "a number from 0 to 10000")
        for name, chance in (("deliver", self.deliver), ("forge", self.forge)):
            if not 0 <= chance <= 1:
                raise InputError(name, chance, "a probability from 0 to 1")


@dataclass(frozen=True)
class Found:
    """What a run came to.

    Parameters
    ----------
    seed
        Of its random numbers.
    heights
        Lowest and highest chain of correct nodes.
    valid
        Per height the number of different valid blocks; more than one is a fork.
    conflicting
        Heights at which correct nodes adopted different blocks.
    illegal
        Illegal transactions in adopted blocks, most of any correct node.
    schedule
        What happened.
    """

    seed: int
    heights: tuple[int, int]
    valid: dict[int, int]
    conflicting: tuple[int, ...]
    illegal: int
    schedule: Schedule

    @property
    def fork(self) -> bool:
        """Whether a height has several valid blocks."""
        return any(count > 1 for count in self.valid.values())

    def summary(self) -> dict[str, Any]:
        """Return what is printed as JSON, without the schedule."""
        return {
            "seed": self.seed,
            "heights": list(self.heights),
            "valid": self.valid,
            "conflicting": list(self.conflicting),
            "illegal": self.illegal,
            "fork": self.fork,
        }

    def __str__(self) -> str:
        blocks = " ".join(str(self.valid[height]) for height in sorted(self.valid)) or "none"
        low, high = self.heights
        return (
            f"seed {self.seed:<6} heights {low} to {high}   valid blocks per height {blocks}"
            f"   conflicting {len(self.conflicting)}   illegal {self.illegal}"
        )


def simulate(plan: Plan, seed: int) -> Found:
    """Run `plan` with a seed; the same seed gives the same run.

    Raises
    ------
    InputError
        Where a faulty node does not exist or is the time server, or rounds are without end.
    """
    world = World(plan.rules, faults=plan.faults)
    world.run(RandomNetwork(seed, deliver=plan.deliver, forge=plan.forge), plan.ticks)
    chains = [node.chain for node in world.nodes.values()]
    heights = [chain.height for chain in chains]
    top = max(heights, default=0)
    return Found(
        seed=seed,
        heights=(min(heights, default=0), top),
        valid={height: len(blocks) for height, blocks in sorted(world.valid.items())},
        conflicting=tuple(h for h in range(1, top + 1) if len(world.adopted(h)) > 1),
        illegal=max((chain.ledger.illegal for chain in chains), default=0),
        schedule=world.schedule(plan.ticks, f"random network, seed {seed}"),
    )
