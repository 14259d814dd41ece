"""Studies: series of blocks with a failure, and what stock and supports make of failures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.powm.enumerate.failures import Search, Setting
from milpbft.powm.reference.baselines import hazari_mahmoud, solo_one_record, solo_own_records
from milpbft.powm.reference.engine import Crash, Engine, run_chain
from milpbft.powm.reference.links import Script
from milpbft.powm.reference.puzzle import Counted
from milpbft.powm.reference.rules import Rules
from milpbft.powm.reference.world import World

if TYPE_CHECKING:
    from milpbft.powm.reference.engine import Chain

MODELS = ("no support", "hashing support", "idle support")


@dataclass(frozen=True)
class Figure5:
    """A series of blocks of `nodes` equal nodes, in one of which the active manager fails.

    Parameters
    ----------
    nodes
        n, 3 or more: the manager, one support if there is one, and miners of rate 1.
    goal
        X, distinct nonces of a block.
    blocks, failing
        How many blocks, and which of them, from 1 on, has the failure.
    set_ticks, detect, elect
        G, D and E.
    tick
        Of the failure within the block.
    """

    nodes: int = 8
    goal: int = 70
    blocks: int = 10
    failing: int = 7
    set_ticks: int = 5
    detect: int = 1
    elect: int = 1
    tick: int = 0

    def __post_init__(self) -> None:
        if self.nodes < 3:
            raise InputError("nodes", self.nodes, "3 or more")
        for name in ("blocks", "goal"):
            if getattr(self, name) < 1:
                raise InputError(name, getattr(self, name), "1 or more")
        if not 1 <= self.failing <= self.blocks:
            raise InputError("block", self.failing, f"1 to {self.blocks}")

    def rules(self, model: str) -> Rules:
        """Return the rules of one of `MODELS`."""
        alone = model == "no support"
        return Rules(
            (1,) * (self.nodes - (1 if alone else 2)),
            supports=0 if alone else 1,
            support_rate=1 if model == "hashing support" else 0,
            set_ticks=self.set_ticks,
            detect=self.detect,
            elect=self.elect,
            collapse="solo" if alone else "collective",
        )

    def times(self, model: str) -> list[int]:
        """Return the ticks of each block."""
        found = []
        for block in range(1, self.blocks + 1):
            crashes = {self.tick: [0]} if block == self.failing else {}
            world = World(self.rules(model), Script(crashes), Counted(self.goal))
            world.run(100 * self.goal)
            assert world.solved is not None, "nodes are left that hash"
            found.append(world.solved)
        return found


def time_by_stock(
    failures: int, ahead: int, *, rate: int = 2, set_ticks: int = 8, goal: int = 64, gap: int = 2
) -> int:
    """Return the worst block time with b failures of managers, m = b, none of them at tick 0.

    `rate` miners of rate 1; searched, not solved.
    """
    setting = Setting(
        (1,) * rate, failures, set_ticks, ahead=ahead, detect=1, elect=gap - 1, budget=failures,
        first=1, mortal=False,
    )  # fmt: skip
    return Search(setting, goal=goal).value()


@dataclass(frozen=True)
class Comparison:
    """Mean ticks of a block, by the way of mining."""

    together: float
    failing: float
    without_support: float
    one_record: float
    own_records: float


def compare(engine: Engine, blocks: int, seed: int = 0) -> Comparison:
    """Mine blocks in each way: managed, with a failure half-way, and alone."""
    rates = engine.rates.tolist()
    seeds = [f"{seed}/{block}" for block in range(blocks)]
    plain = [engine.block(one).ticks for one in seeds]
    crashes = [Crash(ticks // 2) for ticks in plain]
    pairs = list(zip(seeds, crashes, strict=True))
    return Comparison(
        float(np.mean(plain)),
        float(np.mean([engine.block(one, crash=crash).ticks for one, crash in pairs])),
        float(np.mean([hazari_mahmoud(engine, one, crash).ticks for one, crash in pairs])),
        float(np.mean([solo_one_record(rates, engine.chance, one) for one in seeds])),
        float(np.mean([solo_own_records(rates, engine.chance, one) for one in seeds])),
    )


def simulate(
    rates: tuple[int, ...], managers: int, epochs: int, rules: Rules, ticks: int, *, seed: int = 0
) -> tuple[Engine, Chain]:
    """Run a network whose blocks take about so many ticks, for many epochs.

    Raises
    ------
    InputError
        Where there is no manager, or nobody is left to hash.
    """
    if managers < 1:
        raise InputError("managers", managers, "1 or more")
    if managers >= len(rates):
        raise InputError("managers", managers, f"fewer than the {len(rates)} nodes")
    for name, value in (("blocks", epochs), ("block_ticks", ticks)):
        if value < 1:
            raise InputError(name, value, "1 or more")
    engine = Engine(
        np.array(rates), replace(rules, supports=managers - 1), 1 / (sum(rates) * ticks)
    )
    return engine, run_chain(engine, epochs, supports=managers - 1, seed=seed)
