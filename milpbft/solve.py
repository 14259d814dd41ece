"""Solve: from an instance to a value, a bound, a schedule, and the evidence for them."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from milpbft.check.recount import recount
from milpbft.modelled import no_proof, within_views
from milpbft.result import Result
from milpbft.room import room_of
from milpbft.verdict import Verdict
from solvers import Limits, prover
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.milp.problem import Problem
    from milpbft.question.part import Question
    from milpbft.room import Model, Room
    from milpbft.schedule import Schedule

_NO_LIMITS = Limits()


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
    room = room_of(instance.protocol)
    solver = solver or room.solver(instance) or prover()
    begin = perf_counter()
    model = room.model(instance)
    problem = with_runs(model, room, instance) if start else model.problem
    built = perf_counter() - begin
    solution = solve_problem(problem, solver, limits)
    solution = no_proof(within_views(solution, model, solver, limits), model)
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
    return room_of(schedule.protocol).replay(schedule)


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
