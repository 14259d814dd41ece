"""The published dBFT model of an instance: its problem, and what its points mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.dbft.model.published.compact import build_compact
from milpbft.dbft.model.published.compact_point import compact_of_traffic, traffic_of_compact
from milpbft.dbft.model.published.direct import Direct, build_direct
from milpbft.dbft.model.published.direct_point import direct_of_traffic, traffic_of_direct
from milpbft.dbft.model.published.normal_form import normalise
from milpbft.dbft.model.published.schedules import schedule_of_traffic, traffic_of_schedule
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.dbft.instance import PublishedInstance
    from milpbft.dbft.model.published.compact_blocks import Compact
    from milpbft.dbft.model.published.traffic import Traffic
    from milpbft.milp.certificate.condensed import Condensed
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.question.model import Lengthen
    from milpbft.schedule import Schedule


@dataclass(frozen=True)
class PublishedModel:
    """A published dBFT instance as a MILP.

    Parameters
    ----------
    instance
        The instance; its encoding says which problem is built.
    executable
        Restrict a compact problem to schedules that replicas can produce.
    """

    instance: PublishedInstance
    executable: bool = False

    @cached_property
    def size(self) -> Sizes:
        """Sizes of the instance."""
        return Sizes(self.instance.n, self.instance.horizon)

    @cached_property
    def _built(self) -> tuple[Problem, Direct | Compact]:
        if self.instance.encoding == "direct":
            return build_direct(self.instance)
        return build_compact(self.instance, executable=self.executable)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a schedule in normal form; its totals are those of the point."""
        return schedule_of_traffic(self._traffic(x), source)

    def _traffic(self, x: NDArray[np.int64]) -> Traffic:
        blocks = self._built[1]
        if isinstance(blocks, Direct):
            return normalise(traffic_of_direct(blocks, self.size, x))
        return traffic_of_compact(blocks, self.size, x, self.instance.delivery)

    def point(self, schedule: Schedule) -> NDArray[np.int64] | None:
        """Write a schedule as a point of the problem; None where it breaks a row.

        A schedule of replicas may lie outside the published model: more views than it has, a node
        that neither commits nor asks for a view change, more than M+1 messages of a kind.
        """
        traffic = traffic_of_schedule(schedule, self.size)
        if traffic is None:
            return None
        traffic = normalise(traffic)
        x = self._point(self._built, traffic)
        return None if self.problem.violations(x, limit=1) else x

    def _point(
        self, built: tuple[Problem, Direct | Compact], traffic: Traffic
    ) -> NDArray[np.int64]:
        problem, blocks = built
        if isinstance(blocks, Direct):
            weighted = self.instance.objective.messages != 0
            return direct_of_traffic(blocks, traffic, problem.size.variables, weighted=weighted)
        return compact_of_traffic(blocks, traffic, problem.size.variables)

    @property
    def short(self) -> str:
        """Nothing is left out that a proof takes."""
        return ""

    def escape(self) -> Problem | None:
        """Return no problem: the published model has a view for every node."""
        return None

    def relaxed(self) -> Problem | None:
        """Return no problem: the compact encoding is proven as it is."""
        return None

    def condensed(self) -> Condensed | None:
        """Return no problem, as :meth:`relaxed` does not."""
        return None

    def shorter(self) -> Iterator[tuple[Problem, Lengthen]]:
        """Yield nothing: there is no problem of fewer runs."""
        return iter(())

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """Test a point against every row of the direct encoding, and its value there.

        The compact encoding is thereby not believed to be a relaxation that says too much: what it
        finds is a solution of the model as printed.
        """
        if self.instance.encoding == "direct":
            return None
        built = build_direct(self.instance)
        problem = built[0]
        y = self._point(built, self._traffic(x))
        if broken := problem.violations(y, limit=1):
            return Verdict("direct", "refuted", broken[0])
        here, there = self.problem.value(x), problem.value(y)
        if here != there:
            return Verdict("direct", "refuted", f"{here} is worth {there} in the direct encoding")
        return Verdict("direct", "confirmed")

    def others(self, value: int) -> Iterator[Problem]:
        """Yield nothing: executable rows say what replicas reach."""
        return iter(())

    def unanswered(self, solution: Solution) -> str:
        """Say nothing: views end where the model says that they do."""
        return ""
