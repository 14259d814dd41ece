"""Engine: large networks in simulated time, whole arrays at a time.

The same ticks as in :mod:`milpbft.powm.reference.world`, without messages: block times, grants and
credit agree with it nonce by nonce, which a test holds it to. Golden nonces are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.powm.reference.puzzle import Drawn
from milpbft.powm.reference.rules import FRESH, Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 10_000_000
"""Ticks of a block at most."""


@dataclass(frozen=True)
class Crash:
    """The active manager crashes at the begin of `tick`; `heir` is a support that stops hashing."""

    tick: int
    heir: int | None = None


@dataclass(frozen=True)
class Epoch:
    """What came of a block.

    Parameters
    ----------
    ticks
        Until it was solved.
    finder, nonce
        Who found which nonce.
    grants
        Sets that were handed out.
    hashed
        Nonces that were hashed.
    issued
        Per node that hashes, nonces handed out.
    """

    ticks: int
    finder: int
    nonce: int
    grants: int
    hashed: int
    issued: NDArray[np.int64]


@dataclass
class Engine:
    """A network of nodes that hash, by arrays; `active` nodes are numbered from 0.

    Parameters
    ----------
    rates
        Hashes per tick of every node.
    rules
        Sets, latency and failures; its own rates do not count.
    chance
        p, that a nonce solves a block.
    """

    rates: NDArray[np.int64]
    rules: Rules
    chance: float

    def __post_init__(self) -> None:
        if not len(self.rates) or self.rates.min() < 0 or self.rates.max() < 1:
            raise InputError("rates", str(self.rates), "0 or more, one of them 1 or more")

    def block(
        self, seed: str | int, working: NDArray[np.bool_] | None = None, crash: Crash | None = None
    ) -> Epoch:
        """Mine a block: nodes that are not `working`, such as managers, do not hash."""
        rules, rates = self.rules, self.rates
        live = rates > 0 if working is None else working & (rates > 0)
        if not live.any():
            raise InputError("rates", str(rates), "a node that hashes")
        puzzle = Drawn(self.chance, seed)
        issued = np.zeros_like(rates)
        done = np.zeros_like(rates)
        arrived = [np.zeros_like(rates) for _ in range(rules.latency + 1)]
        wanted: list[tuple[int, int, int]] = []
        cursor = grants = 0
        up = rules.detect + rules.elect
        for tick in range(LONGEST):
            if crash and tick == crash.tick + up and crash.heir is not None:
                live = live.copy()
                live[crash.heir] = False
            if crash and rules.collapse == "solo" and tick >= crash.tick + rules.detect:
                return self._alone(seed, tick, live, grants=grants, done=done, issued=issued)
            down = crash is not None and crash.tick <= tick
            if not down or (rules.collapse != "solo" and crash and tick >= crash.tick + up):
                asking = np.flatnonzero(live & (issued - done <= rules.ahead * rates))
                sizes = rules.set_ticks * rates[asking]
                ends = cursor + np.cumsum(sizes)
                if len(asking):
                    for golden in puzzle.golden(int(ends[-1])):
                        if golden >= cursor:
                            k = int(np.searchsorted(ends, golden, side="right"))
                            node = int(asking[k])
                            offset = golden - int(ends[k] - sizes[k])
                            wanted.append((node, int(issued[node]) + offset, golden))
                    cursor = int(ends[-1])
                issued[asking] += sizes
                grants += len(asking)
            arrived = [*arrived[1:], issued.copy()] if rules.latency else [issued]
            done = np.where(live, np.minimum(arrived[0], done + rates), done)
            solved = [one for one in wanted if done[one[0]] > one[1] and live[one[0]]]
            if solved:
                node, _, golden = min(solved)
                return Epoch(tick + 1, node, golden, grants, int(done.sum()), issued)
        raise InputError("chance", self.chance, f"one that solves a block in {LONGEST} ticks")

    def _alone(
        self, seed: str | int, tick: int, live: NDArray[np.bool_], *, grants: int,
        done: NDArray[np.int64], issued: NDArray[np.int64],
    ) -> Epoch:  # fmt: skip
        """Let the fastest find the first fresh golden nonce."""
        node = int(np.where(live, self.rates, 0).argmax())
        first = Drawn(self.chance, seed, FRESH)
        width = 1
        while not first.golden(FRESH + width):
            width *= 2
        nonce = first.golden(FRESH + width)[0]
        ticks = -(-(nonce - FRESH + 1) // int(self.rates[node]))
        hashed = int(done.sum()) + ticks * int(self.rates[live].sum())
        return Epoch(tick + ticks, node, nonce, grants, hashed, issued)


@dataclass(frozen=True)
class Chain:
    """What came of many epochs.

    Parameters
    ----------
    ticks
        Per block.
    managers
        Active manager of each epoch.
    paid
        Per node, in all.
    messages
        In all: per set m + 1 requests, a grant and m syncs; per block a solution to all.
    """

    ticks: NDArray[np.int64]
    managers: list[int]
    paid: NDArray[np.int64]
    messages: int


def run_chain(
    engine: Engine, epochs: int, *, supports: int, reward: int = 1_000_000, seed: int = 0
) -> Chain:
    """Mine many epochs; the hash of each block draws the next team by contribution.

    The active manager does not hash, nor do supports unless `engine.rules.support_rate` is given.
    """
    n = len(engine.rates)
    if not 0 <= supports < n - 1:
        raise InputError("supports", supports, f"0 to {n - 2}")
    work = np.where(engine.rates > 0, 1, 0).astype(np.int64)
    paid = np.zeros(n, dtype=np.int64)
    ticks, managers, messages = [], [], 0
    beacon = sha256(f"{seed}".encode()).digest()
    for _ in range(epochs):
        team = draw_team(work, beacon, supports + 1)
        working = np.ones(n, dtype=bool)
        working[team if not engine.rules.support_rate else team[:1]] = False
        epoch = engine.block(beacon.hex(), working)
        ticks.append(epoch.ticks)
        managers.append(team[0])
        paid += split_array(reward, epoch.issued)
        work += epoch.issued
        messages += epoch.grants * (2 * supports + 2) + int(working.sum()) + supports
        beacon = sha256(beacon + f"{epoch.nonce}:{epoch.finder}".encode()).digest()
    return Chain(np.array(ticks), managers, paid, messages)


def draw_team(work: NDArray[np.int64], beacon: bytes, size: int) -> list[int]:
    """Draw so many different nodes by tickets, one after the other, from one beacon."""
    weights = work.copy()
    team: list[int] = []
    for _ in range(size):
        ends = np.cumsum(weights)
        index = int.from_bytes(beacon, "big") % int(ends[-1])
        node = int(np.searchsorted(ends, index, side="right"))
        team.append(node)
        weights[node] = 0
        beacon = sha256(beacon).digest()
    return team


def split_array(amount: int, credit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Split an amount by credit, by largest remainder, ties to the lower number."""
    total = int(credit.sum())
    parts = amount * credit // total
    rest = amount * credit - parts * total
    order = np.argsort(-rest, kind="stable")[: amount - int(parts.sum())]
    parts[order] += 1
    return parts
