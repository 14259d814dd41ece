"""The per-node model of a strict instance: a rule table, the network, and the adversary's goal."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.encoding import PerNode
from milpbft.automaton.pernode.goals import add_goal, add_weights
from milpbft.automaton.pernode.network import Network
from milpbft.automaton.pernode.paths import Paths
from milpbft.automaton.pernode.reading import Reading
from milpbft.automaton.pernode.views import leave, stay
from milpbft.question.model import StrictModel
from milpbft.question.objective import Goal
from milpbft.schedule import Schedule
from milpbft.schedule.losses import losing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.rows import Affine
    from milpbft.automaton.table import Groups, Table
    from milpbft.milp.problem import Problem
    from milpbft.question.strict import StrictInstance


@dataclass(frozen=True)
class PerNodeModel(StrictModel):
    """A strict instance as a MILP over named nodes and ticks.

    Parameters
    ----------
    instance
        In the encoding ``compact``.
    table
        The protocol's rules in the instance's variant, with its messages.
    starts
        By node: the location in which it starts.
    sizes
        Values of the automaton's parameters, without those that count Byzantine nodes.
    quorum
        Where blocks are not fetched, fewer correct nodes than this being done is a lock.
    primaries
        The primary of each modelled view.
    settings
        Of the protocol's variant, for schedules.
    paths
        Between nodes; a full mesh by default.
    state
        How many correct nodes end in which locations, where the goal is of a state.
    """

    instance: StrictInstance
    table: Table
    starts: tuple[str, ...]
    sizes: Mapping[str, int]
    quorum: int
    primaries: tuple[int, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    paths: Paths = field(default_factory=Paths)
    state: Groups = ()

    @cached_property
    def _built(self) -> tuple[Problem, PerNode, Affine]:
        """The problem, its encoding, and 1 where the run ends quiescent."""
        encoded, ends = self.encode()
        return encoded.build(), encoded, ends

    def encode(self) -> tuple[PerNode, Affine]:
        """Return the encoding with the instance's goal, and 1 where the run ends quiescent."""
        i, encoded = self.instance, self._encode()
        if isinstance(i.objective, Goal):
            quorum = None if i.fetch else self.quorum
            return encoded, add_goal(encoded, i.objective, quorum, self.state)
        return encoded, add_weights(encoded, i.objective, fetch=i.fetch)

    def confined(self) -> Problem:
        """Return the problem of the runs in which no node leaves the views; same variables."""
        encoded, _ = self.encode()
        stay(encoded)
        return encoded.build()

    def escape(self) -> Problem | None:
        """Return the problem of leaving the views before the decision that a delay asks for."""
        goal = self.instance.objective
        if not isinstance(goal, Goal) or goal.kind != "delay":
            return None
        encoded = self._encode()
        leave(encoded, goal)
        return encoded.build()

    def others(self, value: int) -> Iterator[Problem]:
        """Yield the runs in which no node leaves the views, where forks may be asked of others too.

        What a node does after it has left is no part of a schedule, and replicas may have to.
        """
        goal = self.instance.objective
        if isinstance(goal, Goal) and (goal.kind == "forks" or goal.of == "fork"):
            yield self.confined()

    @property
    def most(self) -> int:
        """One past the horizon: no delay is longer."""
        assert self.instance.horizon is not None, "the encoding compact has a horizon"
        return self.instance.horizon + 1

    def _encode(self) -> PerNode:
        """Return the encoding without a goal."""
        i = self.instance
        assert i.horizon is not None, "the encoding compact has a horizon"
        goal = i.objective if isinstance(i.objective, Goal) else None
        encoded = PerNode(
            i.name,
            i.objective.sense,
            self.table,
            self.starts,
            self.sizes,
            horizon=i.horizon,
            network=Network.of(i, self.paths),
            crashes=i.crashes,
            byzantine=i.byzantine,
            amnesia=i.amnesia,
            reloads=i.reloads,
            ends=goal is None or goal.kind == "undecided" or goal.of in {"lock", "state"},
        )
        if goal is None or goal.kind != "faults":
            encoded.nodes.fix_byzantine()
        return encoded

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what the horizon leaves out."""
        return (
            f"runs of ticks 0 to {self.instance.horizon}: what is found is real, what is not found "
            "may exist in longer runs",
        )

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a run in real ticks."""
        _, encoded, ends = self._built
        reading = Reading(encoded, x)
        quiet = bool(reading.value(ends))
        events = reading.events(quiet=quiet)
        return Schedule(
            protocol=self.instance.protocol,
            n=encoded.n,
            byzantine=reading.byzantine,
            primaries=self.primaries,
            events=tuple(events),
            horizon=max([encoded.horizon, *(event.tick for event in events)]),
            source=source,
            settings={
                **self.settings,
                **self._network_settings(),
                **(self.instance.resting() if quiet else {}),
                **losing(reading.lost if quiet else ()),
            },
        )

    def _network_settings(self) -> dict[str, str]:
        """Name what of the network the schedule must keep to."""
        said = self.instance.promises()
        return said | {"again": "true"} if self.table.again else said
