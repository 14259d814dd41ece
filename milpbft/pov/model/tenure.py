"""A tenure as a MILP over packing cycles.

Which number a round draws is the adversary's choice, so that rounds differ only in where they begin
on the ring of butlers. That every number can be drawn is what the run on the reference shows, which
looks for signatures and a timestamp that draw it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, LE
from milpbft.question.model import StrictModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.pov.tenure_instance import TenureInstance
    from milpbft.schedule import Schedule


@dataclass(frozen=True)
class Plan:
    """What is to happen in a tenure.

    Parameters
    ----------
    crooks
        Numbers of the dishonest butlers.
    drawn
        Per round the number that is on duty in its first packing cycle.
    cycles
        Per round how many packing cycles it takes; the butlers before the last withhold.
    """

    crooks: tuple[int, ...]
    drawn: tuple[int, ...]
    cycles: tuple[int, ...]


class Unfold(Protocol):
    """Turns a plan into a schedule of named nodes."""

    def __call__(self, instance: TenureInstance, plan: Plan, source: str) -> Schedule:
        """Carry a plan out as far as it goes."""
        ...


@dataclass(frozen=True)
class Tenure:
    """Blocks: (i) butler i is dishonest; (h,i) round h begins with i; (h,m) it takes over m cycles.

    ``bad``: (h) the blocks of rounds 0 to h are made by dishonest butlers in their first cycles.
    """

    crook: Block
    drawn: Block
    wait: Block
    bad: Block


def build(instance: TenureInstance) -> tuple[Problem, Tenure]:
    """Build the problem of a tenure."""
    m = Builder(instance.name, instance.objective.sense)
    n, rounds = instance.butlers, instance.rounds
    x = Tenure(
        crook=m.variables("crook", n, base=0),
        drawn=m.variables("drawn", rounds, n, base=0),
        wait=m.variables("wait", rounds, n - 1),
        bad=m.variables("bad", rounds, base=0),
    )
    first = m.variables("first", rounds, base=0)
    m.add("faults", Sum(x.crook.index), relation=LE, rhs=instance.crooks)
    m.add("drawn", Sum(x.drawn.index), relation=EQ, rhs=1)
    m.add("begin", each(x.drawn.index[0, :1]), relation=EQ, rhs=1)
    waits(m, x, instance)
    makers(m, x)
    if instance.objective.name == "tenure":
        m.optimise(each(first.index), each(x.wait.index))
    else:
        m.optimise(each(x.bad.index))
    return m.build(), x


def waits(m: Builder, x: Tenure, instance: TenureInstance) -> None:
    """``wait[h,m] <= wait[h,m-1]``; ``wait[h,m] <= crook[(i+m-1) mod N_b] + 1 - drawn[h,i]``."""
    n, wait = instance.butlers, x.wait.index
    m.add("past", each(wait[:, 1:]), -each(wait[:, :-1]), relation=LE)
    i, cycle = np.arange(n)[:, None], np.arange(n - 1)[None]
    duty = x.crook.index[(i + cycle) % n]
    m.add("withhold", each(wait[:, None]), each(x.drawn.index[..., None]), -each(duty[None]),
          relation=LE, rhs=1)  # fmt: skip


def makers(m: Builder, x: Tenure) -> None:
    """``bad[h] <= bad[h-1]``; ``bad[h] <= crook[i] + 1 - drawn[h,i]``."""
    bad = x.bad.index
    m.add("past", each(bad[1:]), -each(bad[:-1]), relation=LE)
    m.add("made", each(bad[:, None]), each(x.drawn.index), -each(x.crook.index[None]),
          relation=LE, rhs=1)  # fmt: skip


@dataclass(frozen=True)
class TenureModel(StrictModel):
    """A tenure as a MILP, and the way back to named nodes."""

    instance: TenureInstance
    unfold: Unfold

    @cached_property
    def _built(self) -> tuple[Problem, Tenure]:
        return build(self.instance)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def plan(self, point: NDArray[np.int64]) -> Plan:
        """Read a point as a plan."""
        x = self._built[1]
        waits = x.wait.of(point).sum(axis=1)
        if self.instance.objective.name == "run":
            waits = np.zeros_like(waits)
        return Plan(
            crooks=tuple(np.flatnonzero(x.crook.of(point)).tolist()),
            drawn=tuple(x.drawn.of(point).argmax(axis=1).tolist()),
            cycles=tuple((1 + waits).tolist()),
        )

    def schedule(self, point: NDArray[np.int64], source: str) -> Schedule:
        """Carry the plan of a point out."""
        return self.unfold(self.instance, self.plan(point), source)
