"""The model of a broadcast with repair: its problem, and what its points mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.hgfrr.model.broadcast import Broadcast
from milpbft.hgfrr.model.faults import Faults
from milpbft.hgfrr.model.goals import reached
from milpbft.hgfrr.model.layout import Layout
from milpbft.hgfrr.model.model import settings_of
from milpbft.hgfrr.model.reading import Reading, repeated
from milpbft.hgfrr.model.repair import Repair, check, last_tick_of_two
from milpbft.hgfrr.model.terms import Terms
from milpbft.question.model import StrictModel
from milpbft.schedule import Schedule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.hgfrr.instance import BroadcastInstance
    from milpbft.hgfrr.topology import Topology
    from milpbft.milp.problem import Problem


@dataclass(frozen=True)
class RepairModel(StrictModel):
    """A broadcast with repair as a MILP; parameters as of the model without."""

    instance: BroadcastInstance
    topology: Topology

    @cached_property
    def _built(self) -> tuple[Problem, Broadcast, Repair]:
        i = self.instance
        layout = Layout(self.topology, i.spread, i.source)
        horizon = max(1, layout.ticks_most)
        check(layout, i.faults, i.limits.least, i.repair, horizon)
        terms = Terms(i.name, i.objective.sense, horizon)
        nodes: list[int] = self.topology.nodes.tolist()
        others = [node for node in nodes if node != i.source]
        faults = Faults(terms, others, i.faults, "crash")
        first = Broadcast(terms, layout, faults, chosen=False)
        second = Repair(terms, layout, faults, i.faults)
        before = {node: first.holds(node) for node in nodes}
        after = {node: second.holds(node) for node in nodes}
        match i.objective.name:
            case "coverage":
                either = {n: terms.any_of(f"held_{n}", [before[n], after[n]]) for n in nodes}
                terms.optimise(reached(terms, faults, either))
            case "ticks":
                terms.optimise(last_tick_of_two(terms, faults, before, after, i.repair))
            case _:
                terms.optimise(second.cost())
        return terms.build(), first, second

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as both broadcasts; the elections of the repair are in the settings."""
        i, (_, first, second) = self.instance, self._built
        before, after = Reading(first, x), Reading(second, x)
        events = [*before.events(), *repeated(after.events(), i.repair)]
        rings = enumerate(self.topology.rings)
        places = after.places()
        elected = [
            f"{ring.level}:{after.node((j, place))}" for j, ring in rings for place in places[j]
        ]
        settings = settings_of(i) | {"repair": str(i.repair), "re_elected": ",".join(elected)}
        horizon = max(event.tick for event in events)
        return Schedule(
            i.protocol, i.n, (), (i.source,), tuple(events), horizon,
            source=source, settings=settings,
        )  # fmt: skip
