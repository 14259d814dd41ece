"""Room: what a protocol offers to the pipeline, from model to reference implementation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from milpbft.check.network import keeps
from milpbft.check.replay import replay
from solvers import prover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.part import Question
    from milpbft.schedule import Schedule
    from milpbft.sim.replica import Reference
    from milpbft.verdict import Verdict


class Model(Protocol):
    """The MILP of an instance, and what its points mean."""

    @property
    def problem(self) -> Problem:
        """The problem, without starts."""
        ...

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point that satisfies every row as a schedule; `source` says who found it."""
        ...

    def point(self, schedule: Schedule) -> NDArray[np.int64] | None:
        """Write a schedule as a point; None where it breaks a row."""
        ...

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """Test a point on a second, plainer encoding; None where the instance's is the plainest."""
        ...


class Room(Protocol):
    """One protocol."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model of an instance.

        Parameters
        ----------
        instance
            An instance of this protocol.
        executable
            Keep to schedules that replicas can produce, where the semantics allows others.
        """
        ...

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Return what a user should know of an instance, a line each; mostly nothing."""
        ...

    def runs(self, instance: Question) -> Iterator[Schedule]:
        """Run scripted adversaries towards an instance's objective, for MIP starts."""
        ...

    def solver(self, instance: Question) -> str:
        """Return the name of the solver that suits an instance best."""
        ...

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a schedule on the reference implementation."""
        ...


class PlainRoom:
    """What most rooms say, for rooms to build on."""

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say nothing."""
        return ()

    def runs(self, instance: Question) -> Iterator[Schedule]:
        """Run nothing: strict questions have no scripts."""
        return iter(())

    def solver(self, instance: Question) -> str:
        """Return the best prover; CBC solves strict questions too."""
        return prover()


class TableRoom(PlainRoom):
    """A room that looks models up by the class of the instance."""

    models: ClassVar[Mapping[type[Question], Callable[[Any], Model]]]
    """Makers of models."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model of an instance; all its schedules are executable."""
        return self.models[type(instance)](instance)


class StrictRoom(PlainRoom, ABC):
    """A room whose nodes are replicas that decide, all of one kind."""

    def replay(self, schedule: Schedule) -> Verdict:
        """Replay the schedule on the room's reference; it must keep its network's promises too."""
        verdict = replay(schedule, self.reference(schedule))
        if not verdict or "network" not in schedule.settings:
            return verdict
        kept = keeps(schedule, self.reference(schedule))
        return verdict if kept else replace(kept, check="replay")

    @abstractmethod
    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Return the reference implementation in the sizes that a schedule was made for."""
