"""A round of consensus as a MILP over ticks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.pov.model import counted
from milpbft.pov.model.acts import Acts, Sizes
from milpbft.pov.model.naming import named
from milpbft.pov.model.network import connect
from milpbft.pov.model.round_schedule import schedule_of
from milpbft.pov.model.steps import constrain
from milpbft.question.model import StrictModel
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.pov.instance import RoundInstance
    from milpbft.schedule import Schedule


def build(instance: RoundInstance) -> tuple[Problem, Acts]:
    """Build the problem of a round."""
    m = Builder(instance.name, instance.objective.sense)
    size = Sizes(instance)
    x = Acts.make(m, size)
    constrain(m, x, size)
    if size.counted:
        counted.constrain(m, x, size)
    connect(m, x, size)
    match instance.objective.name:
        case "cycles" | "last":
            count_cycles(m, x, size)
        case "faults_stop":
            stop(m, x)
        case _:
            count_blocks(m, x, size)
    return m.build(), x


def count_cycles(m: Builder, x: Acts, size: Sizes) -> None:
    """``1 + sum(v) open[v]``: packing cycles of the round, v = 1 to V.

    With t the last tick before view v, or the horizon for v = V, ``cycles``: ``w[n] open[v] <= w[n]
    - holds[n,t]`` for all n. ``last``: ``open[v] <= sum(n) (w[n] - faulty[n] - holds[n,t])``. The 1
    is a variable, for a problem has no constant.
    """
    weights = np.array(size.weights)
    views = size.instance.begun
    still = m.variables("open", views, base=1).index
    one = m.variables("first").index
    m.optimise(each(still), each(one.reshape(1)))
    for view in range(1, views + 1):
        tick = min(size.start(view) - 1, size.instance.horizon)
        held = x.holds(slice(None), tick)
        if size.instance.objective.name == "cycles":
            m.add(
                "open",
                weights[:, None] * each(still[view - 1 : view]),
                held,
                relation=LE,
                rhs=weights,
            )
        else:
            everyone = Sum(held.index.reshape(-1))
            m.add("open", Sum(still[view - 1 : view]), everyone, Sum(x.faulty), relation=LE,
                  rhs=sum(size.weights))  # fmt: skip


def count_blocks(m: Builder, x: Acts, size: Sizes) -> None:
    """``used[v,k,j] <= sum(n) has[n,v,k,j,T]``: blocks that correct nodes adopt.

    ``blocks`` and ``illegal`` maximise their number; ``faults_fork`` asks for two, and
    ``faults_illegal`` for one illegal block, with the fewest Byzantine nodes.
    """
    i = size.instance
    last = x.has.index[..., -1]
    if size.asks_illegal:
        last = last[:, :, -1:]
    used = m.variables("used", *last.shape[1:], base=0).index
    adopted = Sum(last.reshape(size.nodes, -1).T.reshape(*used.shape, size.nodes))
    m.add("used", each(used), -adopted, relation=LE)
    if size.counted:
        out = x.out.index[:, -1:] if size.asks_illegal else x.out.index
        m.add("used_out", each(used), -each(out[..., -1]), relation=LE)
    if i.objective.sense == "max":
        m.optimise(each(used))
        return
    needed = 1 if size.asks_illegal else 2
    m.add("violation", Sum(used.reshape(-1)), relation=GE, rhs=needed)
    m.optimise(each(x.failing))


def stop(m: Builder, x: Acts) -> None:
    """``sum has[n,v,k,j,T] = 0``: nobody has a block, with the fewest Byzantine nodes."""
    m.add("stop", Sum(x.has.index[..., -1].reshape(-1)), relation=EQ)
    m.optimise(each(x.failing))


@dataclass(frozen=True)
class RoundModel(StrictModel):
    """A round as a MILP."""

    instance: RoundInstance

    @cached_property
    def _built(self) -> tuple[Problem, Acts]:
        return build(self.instance)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    @cached_property
    def _plain(self) -> RoundModel:
        """The model in which commissioners are named."""
        return RoundModel(self.instance.model_copy(update={"encoding": "compact"}))

    def _named(self, point: NDArray[np.int64]) -> NDArray[np.int64]:
        problem, acts = self._built
        return named(self.instance, (problem, acts, point), self._plain._built)

    def schedule(self, point: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as what named nodes send, receive and adopt."""
        if self.instance.encoding == "counted":
            return self._plain.schedule(self._named(point), source)
        return schedule_of(self._built[1], Sizes(self.instance), point, source)

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """Test a point on the compact encoding, in which commissioners have names."""
        if self.instance.encoding == "compact":
            return None
        there, point = self._plain.problem, self._named(x)
        if broken := there.violations(point, limit=1):
            return Verdict("compact", "refuted", broken[0])
        here, value = self.problem.value(x), there.value(point)
        if here != value:
            return Verdict("compact", "refuted", f"{here} is worth {value} in the compact encoding")
        return Verdict("compact", "confirmed")
