"""The model of a broadcast that is repeated once all contacts have changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.model.broadcast import Broadcast
from milpbft.hgfrr.model.faults import Faults
from milpbft.hgfrr.model.goals import at_most_half, reached
from milpbft.hgfrr.model.layout import Layout
from milpbft.hgfrr.model.model import settings_of
from milpbft.hgfrr.model.reading import Reading, repeated
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
class ChangeModel(StrictModel):
    """Two broadcasts of one source under the same silent relays, over rings with other contacts.

    Parameters
    ----------
    instance
        What is asked.
    topology, changed
        The rings before and after.
    """

    instance: BroadcastInstance
    topology: Topology
    changed: Topology

    @cached_property
    def _built(self) -> tuple[Problem, Broadcast, Broadcast]:
        i = self.instance
        layouts = [Layout(rings, i.spread, i.source) for rings in (self.topology, self.changed)]
        horizon = max(1, *(layout.ticks_most for layout in layouts))
        if i.change <= horizon:
            allowed = f"{horizon + 1} or later, when the first broadcast ends"
            raise InputError("change", i.change, allowed)
        terms = Terms(i.name, i.objective.sense, horizon)
        nodes: list[int] = self.topology.nodes.tolist()
        others = [node for node in nodes if node != i.source]
        half = i.objective.name == "faults_half"
        faults = Faults(terms, others, i.faults, "silent", fewer=half)
        first, second = (Broadcast(terms, layout, faults, chosen=False) for layout in layouts)
        both = {n: terms.any_of(f"held_{n}", [first.holds(n), second.holds(n)]) for n in nodes}
        held = reached(terms, faults, both)
        if half:
            at_most_half(terms, faults, nodes, held)
            terms.optimise(faults.total)
        else:
            terms.optimise(held)
        return terms.build(), first, second

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as both broadcasts."""
        i, (_, first, second) = self.instance, self._built
        events = [*Reading(first, x).events(), *repeated(Reading(second, x).events(), i.change)]
        settings = settings_of(i) | {"change": str(i.change)}
        horizon = max((event.tick for event in events), default=i.change)
        return Schedule(
            i.protocol, i.n, (), (i.source,), tuple(events), horizon,
            source=source, settings=settings,
        )  # fmt: skip
