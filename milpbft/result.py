"""Result: what solving an instance gave."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milpbft.milp.problem import Size
    from milpbft.milp.solution import Solution
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.verdict import Verdict


@dataclass(frozen=True)
class Result:
    """What solving an instance gave.

    Parameters
    ----------
    instance
        The instance.
    size
        Dimensions of its problem.
    solution
        What the solver returned, tested against every row.
    checks
        Verdicts on it: ``rows`` (every row holds in integer arithmetic), ``direct`` (the compact
        point satisfies the direct encoding too), ``replay`` (the reference implementation does what
        the schedule says, and what happens is worth the objective).
    schedule
        The schedule of the solution; None where there is no point. Where another schedule of the
        same value can be produced by replicas, that one.
    executable
        Where the replay is refuted: the optimum over schedules that replicas can produce, if
        it was proven.
    build_seconds
        Time to build the problem and its starts.
    notes
        What a user should know of the instance.
    """

    instance: Question
    size: Size
    solution: Solution
    checks: tuple[Verdict, ...]
    schedule: Schedule | None
    executable: int | None
    build_seconds: float
    notes: tuple[str, ...] = ()

    def verdict(self, check: str) -> Verdict | None:
        """Return the verdict of one check; None where it did not run."""
        return next((verdict for verdict in self.checks if verdict.check == check), None)

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft solve --json`` prints, without the path of the schedule."""
        solution = self.solution
        return {
            "instance": self.instance.name,
            "semantics": self.instance.semantics,
            "encoding": self.instance.encoding,
            "solver": solution.solver,
            "solver_version": solution.version,
            "status": solution.status,
            "objective": solution.objective,
            "bound": solution.bound,
            "executable": self.executable,
            "message": solution.message,
            "notes": list(self.notes),
            **asdict(self.size),
            "nodes": solution.nodes,
            "build_seconds": round(self.build_seconds, 4),
            "solve_seconds": round(solution.seconds, 4),
            "checks": [asdict(verdict) for verdict in self.checks],
        }
