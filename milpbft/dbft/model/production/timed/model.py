"""The model of a profile per node and tick."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.network import Network
from milpbft.automaton.pernode.rows import Affine
from milpbft.dbft.model.production.rules import RULES
from milpbft.dbft.model.production.timed import goals
from milpbft.dbft.model.production.timed.acts import Acts
from milpbft.dbft.model.production.timed.arriving import Arriving
from milpbft.dbft.model.production.timed.reading import Reading
from milpbft.dbft.model.production.timed.recovering import Recovering
from milpbft.dbft.model.production.timed.restarting import add_restarts
from milpbft.dbft.model.production.timed.timers import Timers
from milpbft.dbft.model.production.timed.variables import VIEWS, Cast
from milpbft.question.model import StrictModel
from milpbft.question.objective import Goal
from milpbft.schedule import Schedule
from milpbft.schedule.losses import LOSSY, losing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.dbft.instance import DbftInstance
    from milpbft.milp.problem import Problem

RUNS = 8
"""How many runs of a value are tried where replicas may not do the first."""


@dataclass(frozen=True)
class TimedModel(StrictModel):
    """A question about delays of a profile, whose timers are set anew, doubled and put off.

    Parameters
    ----------
    instance
        In the encoding ``compact``, with a profile that has rule tables.
    """

    instance: DbftInstance

    @cached_property
    def _built(self) -> tuple[Problem, Cast]:
        cast = self._cast()
        goals.delay(cast, self._goal)
        return cast.program.build(), cast

    @property
    def _goal(self) -> Goal:
        assert isinstance(self.instance.objective, Goal), "delays alone are asked for"
        return self.instance.objective

    def _cast(self) -> Cast:
        """Return the variables and the rows of every run, of those that are alike of one."""
        cast = cast_of(self.instance)
        if not self.instance.losses:
            _order_twins(cast)
        return cast

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    @property
    def most(self) -> int:
        """One past the horizon: no delay is longer."""
        return self._built[1].last + 1

    def confined(self) -> Problem:
        """Return the problem of the runs in which no node leaves the views; same variables."""
        cast = self._cast()
        goals.delay(cast, self._goal)
        goals.stay(cast)
        return cast.program.build()

    def escape(self) -> Problem | None:
        """Return the problem of leaving the views before the decision that is asked for."""
        cast = self._cast()
        goals.leave(cast, self._goal)
        return cast.program.build()

    def others(self, value: int) -> Iterator[Problem]:
        """Yield problems whose points are runs of the value, each with other acts as its aim."""
        for seed in range(RUNS):
            cast = self._cast()
            goals.delay(cast, self._goal, value, seed)
            yield cast.program.build()

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what the horizon leaves out."""
        last = self.instance.horizon
        return (f"runs of ticks 0 to {last}; timers expire at the tick at which they are due",)

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a run in real ticks."""
        cast, i = self._built[1], self.instance
        options = {"options": i.options.replace("+", ",")} if i.options else {}
        reading = Reading(cast, x)
        events = tuple(reading.events())
        lossy = losing(reading.lost) | {LOSSY: str(i.losses)} if i.losses else {}
        return Schedule(
            protocol=i.protocol,
            n=i.n,
            byzantine=(),
            primaries=tuple(cast.primary(view) for view in range(VIEWS)),
            events=events,
            horizon=cast.last,
            source=source,
            settings={"profile": i.profile, **options, "height": str(i.n), **i.promises(), **lossy},
        )


def cast_of(instance: DbftInstance) -> Cast:
    """Return the variables and the rows of every run."""
    rules = RULES[instance.profile].varied(instance.varied)
    cast = Cast(instance, rules, Network.of(instance))
    Acts(cast).add_rows(instance.crashes)
    Timers(cast).add_rows()
    add_restarts(cast)
    if instance.losses:
        Arriving(cast).add_rows()
        Recovering(cast).add_rows()
    return cast


def _order_twins(cast: Cast) -> None:
    """Backups of both views are interchangeable: the later ones crash first.

    Not where messages are lost: who answers whom depends on their numbers.
    """
    twins = cast.others(*(cast.primary(view) for view in range(VIEWS)))
    for one, other in pairwise(twins):
        ticks = range(cast.last + 1)
        up, down = (Affine.total(cast.crashed(i, t) for t in ticks) for i in (one, other))
        cast.program.rows.at_most("twins", up, down)
