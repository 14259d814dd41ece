"""The model of a broadcast that is repeated once all contacts have changed.

Nodes that reload a log do so once, in either: ``sum(i) again1[i,T] + again2[i,T] <= R`` and
``again1[i,T] + again2[i,T] <= 1``, the second with ticks of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.errors import InputError
from milpbft.hgfrr.model.broadcast import Broadcast
from milpbft.hgfrr.model.faults import Faults
from milpbft.hgfrr.model.goals import at_most_half, reached
from milpbft.hgfrr.model.layout import Layout
from milpbft.hgfrr.model.lives import Lives
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
        lives = self._lives(terms, nodes, faults)
        first, second = (
            Broadcast(terms, layout, faults, chosen=False, lives=each)
            for layout, each in zip(layouts, lives, strict=True)
        )
        both = {n: terms.any_of(f"held_{n}", [first.holds(n), second.holds(n)]) for n in nodes}
        held = reached(terms, faults, both)
        if half:
            at_most_half(terms, faults, nodes, held)
            again = Affine.total(each.total for each in lives if each)
            terms.optimise(faults.total + again)
        else:
            terms.optimise(held)
        return terms.build(), first, second

    def _lives(self, terms: Terms, nodes: list[int], faults: Faults) -> list[Lives | None]:
        """Let nodes reload logs, each in one of the two broadcasts at most."""
        most = self.instance.reloads
        if not most:
            return [None, None]
        both = [Lives(terms, nodes, most, faults) for _ in range(2)]
        terms.rows.at_most("restarts", Affine.total(each.total for each in both), most)
        for node in nodes:
            ends = Affine.total(each.since(node)[-1] for each in both)
            terms.rows.at_most("once", ends, ONE)
        return [*both]

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as both broadcasts."""
        i, (_, first, second) = self.instance, self._built
        events = [*Reading(first, x).events(), *repeated(Reading(second, x).events(), i.change)]
        again = Reading(second, x).restarts()
        events += [replace(event, tick=event.tick + i.change) for event in again]
        settings = settings_of(i) | {"change": str(i.change)}
        horizon = max((event.tick for event in events), default=i.change)
        return Schedule(
            i.protocol, i.n, (), (i.source,), tuple(events), horizon,
            source=source, settings=settings,
        )  # fmt: skip
