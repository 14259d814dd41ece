"""Solve: from an instance to a value, a bound, a schedule, and the evidence for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from milpbft.check.recount import recount
from milpbft.registry import PROTOCOLS, find
from milpbft.verdict import Verdict
from solvers import Limits
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.milp.problem import Problem, Size
    from milpbft.milp.solution import Solution
    from milpbft.part import Question
    from milpbft.room import Model, Room
    from milpbft.schedule import Schedule

_NO_LIMITS = Limits()


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


def solve(
    instance: Question,
    solver: str | None = None,
    limits: Limits = _NO_LIMITS,
    *,
    start: bool = True,
) -> Result:
    """Solve an instance and check the outcome.

    Parameters
    ----------
    instance
        What to solve.
    solver
        Name of a solver, see :func:`solvers.available`; None for the room's choice.
    limits
        Of each solve.
    start
        Hand the solver the best run of the scripted adversaries as a MIP start.

    Raises
    ------
    InputError
        Where the solver is unknown.
    """
    room = PROTOCOLS[instance.protocol].room()
    solver = solver or room.solver(instance)
    begin = perf_counter()
    model = room.model(instance)
    problem = with_runs(model, room, instance) if start else model.problem
    built = perf_counter() - begin
    solution = solve_problem(problem, solver, limits)
    notes = room.notes(instance)
    result = Result(instance, problem.size, solution, (), None, None, built, notes=notes)
    if solution.values is None:
        return result
    checks = [Verdict("rows", "confirmed"), model.lift(solution.values)]
    schedule = model.schedule(solution.values, f"{instance.name}, {solution.solver}")
    verdict = replay_schedule(schedule)
    if verdict:
        verdict = recount(instance, schedule, solution.objective)
    result = replace(result, schedule=schedule)
    artefact = verdict.status == "refuted" and instance.semantics == "published"
    if artefact and solution.status == "optimal":
        result, verdict = _look_for_executable(result, room, verdict, limits)
    return replace(result, checks=(*filter(None, checks), verdict))


def with_runs(model: Model, room: Room, instance: Question) -> Problem:
    """Return the model's problem with the scripted runs that satisfy its rows as starts."""
    points = [model.point(run) for run in room.runs(instance)]
    return model.problem.with_starts([point for point in points if point is not None])


def replay_schedule(schedule: Schedule) -> Verdict:
    """Run a schedule on the reference implementation of its protocol.

    Raises
    ------
    InputError
        Where the protocol is unknown.
    """
    return find(schedule.protocol).room().replay(schedule)


def _look_for_executable(
    result: Result, room: Room, refuted: Verdict, limits: Limits
) -> tuple[Result, Verdict]:
    """Ask whether replicas can reach the optimum with another schedule, or else what they reach."""
    model = room.model(result.instance, executable=True)
    problem = with_runs(model, room, result.instance)
    solution = solve_problem(problem, result.solution.solver, limits)
    if solution.status == "infeasible":
        reason = f"{refuted.reason}; replicas produce no schedule of this instance"
        return result, Verdict("replay", "refuted", reason)
    if solution.status != "optimal" or solution.values is None:
        reason = f"{refuted.reason}; whether another optimal schedule passes: {solution.status}"
        return result, Verdict("replay", "undecided", reason)
    schedule = model.schedule(solution.values, f"{result.instance.name}, {solution.solver}")
    verdict = replay_schedule(schedule)
    if not verdict:
        # The executable rows miss something: milpbft's fault, and no verdict on the optimum.
        reason = f"an executable schedule fails: {verdict.reason}"
        return result, Verdict("replay", "undecided", reason)
    if solution.objective == result.solution.objective:
        return replace(result, schedule=schedule), verdict
    reason = f"{refuted.reason}; replicas reach {solution.objective} at best"
    executable = replace(result, executable=solution.objective)
    return executable, Verdict("replay", "refuted", reason)
