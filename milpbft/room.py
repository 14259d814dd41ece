"""Room: what a protocol offers to the pipeline, from model to reference implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.instance import AnyInstance
    from milpbft.milp.problem import Problem
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

    def model(self, instance: AnyInstance, *, executable: bool = False) -> Model:
        """Return the model of an instance.

        Parameters
        ----------
        instance
            An instance of this protocol.
        executable
            Keep to schedules that replicas can produce, where the semantics allows others.
        """
        ...

    def notes(self, instance: AnyInstance) -> tuple[str, ...]:
        """Return what a user should know of an instance, a line each; mostly nothing."""
        ...

    def runs(self, instance: AnyInstance) -> Iterator[Schedule]:
        """Run scripted adversaries towards an instance's objective, for MIP starts."""
        ...

    def on_one_clock(self, schedule: Schedule) -> Schedule:
        """Return a schedule that replicas can run: nothing changes where it has one clock."""
        ...

    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Return the reference implementation in the sizes that a schedule was made for."""
        ...
