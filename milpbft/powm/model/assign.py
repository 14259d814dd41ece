"""Nonce sets as a MILP: units of nonces to miners of unequal rate, in the fewest ticks.

Miner i takes h_i ticks per unit; a grant costs c ticks first; the manager serves p grants per tick;
a grant has at most g units. Horizons are those of the better of two rules, and no optimum is later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import ABSENT, Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.powm.dealing import once, pull
from milpbft.powm.model.grants import grant_events
from milpbft.question.model import StrictModel
from milpbft.schedule import Decide, Event, Schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.powm.instance import AssignInstance


@dataclass(frozen=True)
class Grants:
    """A block ``s``, one binary per grant that ends by the horizon, and what each of them is.

    ``miner``, ``tick``, ``units``: per grant; ``end``: the tick from which on it is hashed.
    """

    s: Block
    z: Block
    miner: NDArray[np.int64]
    tick: NDArray[np.int64]
    units: NDArray[np.int64]
    end: NDArray[np.int64]


def grants_by(instance: AssignInstance, horizon: int) -> list[tuple[int, int, int, int]]:
    """Return miner, tick, units and end of every grant that ends by the horizon."""
    c, most = instance.latency, instance.largest or instance.units
    return [
        (i, t, x, t + c + h * x)
        for i, h in enumerate(instance.h)
        for t in range(max(0, horizon - c - h) + 1)
        for x in range(1, min(most, instance.units, (horizon - t - c) // h) + 1)
    ]


def one_at_a_time(m: Builder, g: Grants, instance: AssignInstance, horizon: int) -> None:
    """``sum(x, u: u <= t < u + c + h_i x) s[i,u,x] <= 1`` for all i, t."""
    numbers = g.s.index
    for i in range(len(instance.h)):
        mine = g.miner == i
        if not mine.any():
            continue
        runs = (g.tick[mine] <= np.arange(horizon)[:, None]) & (
            np.arange(horizon)[:, None] < g.end[mine]
        )
        m.add("one_at_a_time", Sum(np.where(runs, numbers[mine], ABSENT)), relation=LE, rhs=1)


def ports(m: Builder, g: Grants, instance: AssignInstance, horizon: int) -> None:
    """``sum(i,x) s[i,t,x] <= p`` for all t."""
    now = g.tick == np.arange(horizon)[:, None]
    m.add("ports", Sum(np.where(now, g.s.index, ABSENT)), relation=LE, rhs=instance.ports)


def cover(m: Builder, g: Grants, instance: AssignInstance) -> None:
    """``sum x s[i,t,x] >= N``."""
    m.add("cover", Sum(g.s.index, g.units), relation=GE, rhs=instance.units)


def makespan(m: Builder, g: Grants, instance: AssignInstance, horizon: int) -> None:
    """``z >= sum(x) (t + c + h_i x) s[i,t,x]`` for all i, t; minimise z."""
    for i in range(len(instance.h)):
        now = (g.miner == i) & (g.tick == np.arange(horizon)[:, None])
        ends = Sum(np.where(now, g.s.index, ABSENT), -g.end)
        m.add("makespan", Sum(g.z.index.reshape(1, 1)), ends, relation=GE)
    m.optimise(each(g.z.index.reshape(1)))


@dataclass(frozen=True)
class AssignModel(StrictModel):
    """Nonce sets as a MILP, one binary per grant."""

    instance: AssignInstance

    @cached_property
    def horizon(self) -> int:
        """Ticks of the better rule, or those that the instance says."""
        i = self.instance
        if i.horizon is not None:
            return i.horizon
        rules = [pull(i.h, i.units, i.latency, i.ports, i.largest)]
        if i.largest is None:
            rules.append(once(i.h, i.units, i.latency, i.ports))
        return min(rule.ticks for rule in rules)

    @cached_property
    def _built(self) -> tuple[Problem, Grants]:
        i, horizon = self.instance, self.horizon
        m = Builder(i.name, "min")
        what = np.array(grants_by(i, horizon), dtype=np.int64).reshape(-1, 4)
        g = Grants(
            m.variables("s", max(1, len(what)), base=0),
            m.variables("z", upper=horizon),
            *(what if len(what) else np.array([[0, 0, 0, horizon]])).T,
        )
        one_at_a_time(m, g, i, horizon)
        ports(m, g, i, horizon)
        cover(m, g, i)
        makespan(m, g, i, horizon)
        return m.build(), g

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def unanswered(self, solution: Solution) -> str:
        """Say that the horizon is too short, where no grants are hashed by then."""
        if solution.status != "infeasible":
            return ""
        return f"the horizon of {self.horizon} ticks is too short: nobody is done by then"

    def chosen(self, x: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        """Return the grants of a point as tick, miner and units, in the order of ticks."""
        g = self._built[1]
        taken = np.flatnonzero(g.s.of(x))
        return sorted((int(g.tick[k]), int(g.miner[k]), int(g.units[k])) for k in taken)

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as grants, and the tick at which the last unit is hashed."""
        return write(self.instance, self.chosen(x), self.problem.value(x), source)


@dataclass(frozen=True)
class Shares:
    """Blocks of the compact encoding.

    ``start``: (i,t) miner i has its one grant at t. ``units``: (i) of how many units. ``z``: ticks.
    """

    start: Block
    units: Block
    z: Block


@dataclass(frozen=True)
class ShareModel(AssignModel):
    """Nonce sets as a MILP with one grant per miner, which is enough where grants have no limit.

    Whoever has several grants may as well have all their units with the first; and grants at the
    ticks from ``ceil(n/p)`` on may as well be made before, since a port is free there.
    """

    @cached_property
    def _shares(self) -> tuple[Problem, Shares]:
        i, horizon = self.instance, self.horizon
        n = len(i.h)
        m = Builder(i.name, "min")
        x = Shares(
            m.variables("start", n, -(-n // i.ports), base=0),
            m.variables("units", n, upper=i.units, base=0),
            m.variables("z", upper=horizon),
        )
        tick = np.arange(x.start.shape[1])
        one = each(x.units.index)
        m.add("once", Sum(x.start.index), relation=LE, rhs=1)
        m.add("ports", Sum(x.start.index.T), relation=LE, rhs=i.ports)
        fits = np.maximum(0, (horizon - i.latency - tick) // np.array(i.h)[:, None])
        m.add("granted", one, Sum(x.start.index, -np.minimum(fits, i.units)), relation=LE)
        m.add("cover", Sum(x.units.index[None]), relation=EQ, rhs=i.units)
        ends = -np.array(i.h)[:, None] * one, Sum(x.start.index, -(tick + i.latency))
        m.add("makespan", Sum(np.tile(x.z.index, (n, 1))), *ends, relation=GE)
        m.optimise(each(x.z.index.reshape(1)))
        return m.build(), x

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._shares[0]

    def chosen(self, x: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        """Return the grants of a point as tick, miner and units, in the order of ticks."""
        shares = self._shares[1]
        units, start = shares.units.of(x), shares.start.of(x)
        return sorted((int(start[i].argmax()), int(i), int(units[i])) for i in units.nonzero()[0])


def assign_model(instance: AssignInstance) -> AssignModel:
    """Return the model of an instance, in its encoding."""
    return (ShareModel if instance.encoding == "compact" else AssignModel)(instance)


def write(
    instance: AssignInstance, grants: list[tuple[int, int, int]], ticks: int, source: str
) -> Schedule:
    """Write grants as a schedule; node 0 is the manager, miners come after it.

    The last grant has only the units that are left, where a point grants more than there are.
    """
    i = instance
    events: list[Event] = []
    cursor = 0
    for tick, miner, units in grants:
        size = min(units, i.units - cursor)
        if size > 0:
            arrival = tick + i.latency
            interval = (cursor, cursor + size)
            events += grant_events(tick, arrival, 0, miner + 1, interval=interval, term=0)
            cursor += size
    events.append(Decide(ticks, 0, 0))
    settings = {"costs": i.costs, "units": str(i.units), "ports": str(i.ports)}
    settings |= {"latency": str(i.latency), "largest": str(i.largest or i.units)}
    settings |= {"objective": "ticks", "value": str(ticks)}
    return Schedule(
        i.protocol, len(i.h) + 1, (), (0,), tuple(events), ticks, source=source, settings=settings
    )
