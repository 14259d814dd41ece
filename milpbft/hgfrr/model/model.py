"""The model of a broadcast instance: its problem, and what its points mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ZERO
from milpbft.hgfrr.elections import write_places
from milpbft.hgfrr.model.broadcast import Broadcast
from milpbft.hgfrr.model.faults import Faults
from milpbft.hgfrr.model.goals import at_most_half, last_life, last_tick, messages, reached
from milpbft.hgfrr.model.layout import Layout
from milpbft.hgfrr.model.links import Links
from milpbft.hgfrr.model.lives import Lives
from milpbft.hgfrr.model.reading import Reading
from milpbft.hgfrr.model.terms import Terms
from milpbft.question.model import StrictModel
from milpbft.schedule import Schedule
from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.hgfrr.instance import BroadcastInstance
    from milpbft.hgfrr.topology import Topology
    from milpbft.milp.problem import Problem


def settings_of(instance: BroadcastInstance) -> dict[str, str]:
    """Return the settings of schedules by which the room finds the rings again, and its budget."""
    names = ("ring", "contacts", "serving", "k", "k_most", "seed", "latency", "ports")
    said = {name: str(getattr(instance, name)) for name in names}
    again = {"restarts": instance.amnesia, "reloads": instance.reloads}
    said |= {name: str(most) for name, most in again.items() if most}
    return said | {"budget": budget((range(instance.n), instance.faults))}


@dataclass(frozen=True)
class BroadcastModel(StrictModel):
    """A broadcast as a MILP.

    Parameters
    ----------
    instance
        What is asked.
    topology
        The rings; their contacts count where they are drawn.
    """

    instance: BroadcastInstance
    topology: Topology

    @cached_property
    def layout(self) -> Layout:
        """Places and trees."""
        return Layout(self.topology, self.instance.spread, self.instance.source)

    @cached_property
    def links(self) -> Links:
        """How long messages take."""
        return Links(self.layout, self.instance.latency, self.instance.ports)

    @property
    def horizon(self) -> int:
        """Last tick; by default one at which whoever got the message last can still forget it."""
        i = self.instance
        return i.horizon or max(1, self.links.ticks_most) + (i.amnesia > 0)

    @cached_property
    def _built(self) -> tuple[Problem, Broadcast]:
        i = self.instance
        terms = Terms(i.name, i.objective.sense, self.horizon, forgetful=i.amnesia > 0)
        nodes: list[int] = self.topology.nodes.tolist()
        others = [node for node in nodes if node != i.source]
        fewest = i.objective.name == "faults_half"
        faults = Faults(terms, others, i.faults, i.fault, fewer=fewest)
        again = i.amnesia + i.reloads
        lives = Lives(terms, nodes, again, faults) if again else None
        broadcast = Broadcast(
            terms, self.layout, faults,
            chosen=i.election == "chosen", links=self.links, lives=lives,
        )  # fmt: skip
        holds = {node: broadcast.holds(node) for node in nodes}
        match i.objective.name:
            case "coverage":
                terms.optimise(reached(terms, faults, holds))
            case "ticks" if lives is not None and i.amnesia:
                terms.optimise(last_life(terms, faults, lives, holds))
            case "ticks":
                terms.optimise(last_tick(terms, faults, holds))
            case "messages":
                terms.optimise(messages(broadcast))
            case _:
                at_most_half(terms, faults, nodes, reached(terms, faults, holds))
                terms.optimise(faults.total + (lives.total if lives else ZERO))
        return terms.build(), broadcast

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a broadcast, with who was elected in its settings."""
        i = self.instance
        reading = Reading(self._built[1], x)
        settings = settings_of(i)
        if i.election == "chosen":
            settings["elected"] = write_places(reading.places())
        return Schedule(
            i.protocol,
            i.n,
            (),
            (i.source,),
            tuple(reading.events()),
            self.horizon,
            source=source,
            settings=settings,
        )
