"""Solve: from an instance to a value, a bound, a schedule, and the evidence for them."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from milpbft.errors import InputError, Interrupted
from milpbft.milp.solution import Solution
from milpbft.modelled import no_proof, reach, within_bound, within_views
from milpbft.result import Result
from milpbft.room import room_of
from milpbft.solvers import Limits, prover
from milpbft.solvers import solve as solve_problem
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.milp.problem import Problem
    from milpbft.question.part import Question
    from milpbft.room import Model, Room
    from milpbft.schedule import Schedule
    from milpbft.verdict import Status

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
    Interrupted
        On Ctrl-C during a solve, with the result so far: the incumbent, checked.
    """
    room = room_of(instance.protocol)
    solver = solver or solver_for(instance)
    begin = perf_counter()
    model = room.model(instance)
    problem = with_runs(model, room, instance) if start else model.problem
    built = perf_counter() - begin
    solution, stopped = _solution(problem, model, solver, limits)
    notes = room.notes(instance)
    result = Result(instance, problem.size, solution, (), None, None, built, notes=notes)
    result = _checked(result, model, room, limits)
    if stopped:
        raise Interrupted(result)
    return result


def _solution(problem: Problem, model: Model, solver: str, limits: Limits) -> tuple[Solution, bool]:
    """Return the solution, and whether an interrupt ended it."""
    try:
        bounded = within_bound(problem, model, solver, limits)
        if isinstance(bounded, Solution):
            return no_proof(bounded, model), False
        solution = solve_problem(bounded, solver, limits)
    except Interrupted as stop:
        return no_proof(stop.found, model), True
    try:
        return no_proof(within_views(solution, model, solver, limits), model), False
    except Interrupted:
        # What was found is of another problem, and whether a run leaves the views is open.
        return replace(solution, status="feasible", bound=None, message="interrupted"), True


def attain(instance: Question, value: int, solver: str, limits: Limits) -> tuple[Verdict, ...]:
    """Look for a run that is worth a known value, without optimising, and check it.

    Parameters
    ----------
    instance
        The instance.
    value
        A value that some run is said to have.
    solver
        Which looks for it.
    limits
        Of each search.

    Returns
    -------
    tuple
        Verdicts. ``rows`` alone is ``refuted`` where no point reaches the value, or one beats it,
        and ``undecided`` where a limit came first. A point that has it is tested on a plainer
        encoding where there is one, and replayed and recounted; where replicas do not do what it
        says, other points are looked for, and ``replay`` is ``undecided`` if no run passes.
    """
    room = room_of(instance.protocol)
    model = room.model(instance)
    found = reach(model, value, solver, limits)
    if found.values is None:
        status: Status = "refuted" if found.status == "infeasible" else "undecided"
        return (Verdict("rows", status, f"value {value}: {found}"),)
    reached = model.problem.value(found.values)
    if reached != value:
        return (Verdict("rows", "refuted", f"a point of value {reached} satisfies every row"),)
    known = replace(found, objective=value)
    size = model.problem.size
    begun = Result(instance, size, known, (), None, None, 0.0, notes=room.notes(instance))
    checks = [Verdict("rows", "confirmed"), *filter(None, [model.lift(found.values)])]
    schedule, verdict = _replayed(instance, known, model, room)
    if not verdict:
        begun = replace(begun, schedule=schedule, checks=(*checks, verdict))
        if (other := _another(begun, model, room, limits)) is not None:
            return other.checks
        verdict = Verdict(verdict.check, "undecided", verdict.reason)
    return (*checks, verdict)


def solver_for(instance: Question) -> str:
    """Return the name of the solver that an instance is given to where nobody names one."""
    return room_of(instance.protocol).solver(instance) or prover()


def _checked(result: Result, model: Model, room: Room, limits: Limits) -> Result:
    """Return the result with the schedule of its point, if it has one, and the checks on both."""
    instance, solution = result.instance, result.solution
    if solution.values is None:
        return result
    checks = [Verdict("rows", "confirmed"), model.lift(solution.values)]
    schedule, verdict = _replayed(instance, solution, model, room)
    result = replace(result, schedule=schedule)
    if not verdict and room.bounding(instance):
        result = replace(result, checks=(*filter(None, checks), verdict))
        return _bounded(result, model, room, limits)
    look = _look_for_executable if instance.semantics == "published" else _look_for_certain
    if verdict.status == "refuted" and solution.status == "optimal":
        try:
            result, verdict = look(result, room, verdict, limits)
        except Interrupted:
            undecided = Verdict("replay", "undecided", f"interrupted; {verdict.reason}")
            checks.append(undecided)
            raise Interrupted(replace(result, checks=tuple(filter(None, checks)))) from None
    result = replace(result, checks=(*filter(None, checks), verdict))
    # What replicas refute of the published model is a finding.
    doubtful = verdict.status == "refuted" and instance.semantics != "published"
    if doubtful and result.solution.status == "optimal":
        return _another(result, model, room, limits) or _doubted(result, verdict)
    return result


def _replayed(
    instance: Question, solution: Solution, model: Model, room: Room
) -> tuple[Schedule, Verdict]:
    """Return the schedule of a point, and whether replicas do it and it is worth its value."""
    assert solution.values is not None, "there is a point"
    schedule = model.schedule(solution.values, f"{instance.name}, {solution.solver}")
    verdict = replay_schedule(schedule)
    if verdict:
        verdict = room.recount(instance, schedule, solution.objective)
    return schedule, verdict


def _doubted(result: Result, verdict: Verdict) -> Result:
    """Call no value an optimum whose run is refuted."""
    message = f"no run that reaches the bound is known: {verdict.reason}"
    doubted = replace(result.solution, status="limit", objective=None, message=message)
    return replace(result, solution=doubted)


def _another(result: Result, model: Model, room: Room, limits: Limits) -> Result | None:
    """Return another run of the value, one that replicas do; None where none was found.

    The bound stands whichever run reaches it.
    """
    *checks, _ = result.checks
    instance, solution = result.instance, result.solution
    value = solution.objective
    assert value is not None, "there is a point"
    for problem in model.others(value):
        found = solve_problem(problem, solution.solver, limits)
        if found.values is None:
            break
        kept = replace(solution, values=found.values)
        schedule, verdict = _replayed(instance, kept, model, room)
        if verdict:
            return replace(result, solution=kept, schedule=schedule, checks=(*checks, verdict))
    return None


def _bounded(result: Result, model: Model, room: Room, limits: Limits) -> Result:
    """Return another run of the value that replicas do, or else the bound alone.

    The model has runs that replicas do not have, such as the one that the last verdict is about.
    """
    if (other := _another(result, model, room, limits)) is not None:
        return other
    *checks, verdict = result.checks
    solution = result.solution
    message = f"nothing better than the bound exists; no run that reaches it: {verdict.reason}"
    short = replace(solution, status="limit", objective=None, values=None, message=message)
    unsure = Verdict(verdict.check, "undecided", verdict.reason)
    return replace(result, solution=short, schedule=None, checks=(*checks, unsure))


def ask(model: Model, problem: Problem, solver: str, limits: Limits) -> Solution:
    """Solve a model's problem; a limit of the model, such as its horizon, is no optimum.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the solution so far.
    """
    solution, stopped = _solution(problem, model, solver, limits)
    if stopped:
        raise Interrupted(solution)
    return solution


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


def _look_for_certain(
    result: Result, room: Room, refuted: Verdict, limits: Limits
) -> tuple[Result, Verdict]:
    """Look for the optimum among runs that are certain to happen, where the room tells them apart.

    What is found there and is worth less is no optimum, but what is reached.
    """
    try:
        model = room.model(result.instance, executable=True)
    except InputError:
        return result, refuted
    found = solve_problem(model.problem, result.solution.solver, limits)
    if found.values is None:
        return result, refuted
    schedule, verdict = _replayed(result.instance, found, model, room)
    if not verdict:
        return result, refuted
    bound = result.solution.objective
    if found.objective != bound:
        said = f"{refuted.reason}; runs that are certain reach {found.objective}"
        solution = replace(found, status="feasible", bound=bound, message=said)
        return replace(result, solution=solution, schedule=schedule), verdict
    return replace(result, schedule=schedule), verdict


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
    schedule, verdict = _replayed(result.instance, solution, model, room)
    if not verdict:
        # The executable rows miss something: milpbft's fault, and no verdict on the optimum.
        reason = f"an executable schedule fails: {verdict.reason}"
        return result, Verdict("replay", "undecided", reason)
    if solution.objective == result.solution.objective:
        return replace(result, schedule=schedule), verdict
    reason = f"{refuted.reason}; replicas reach {solution.objective} at best"
    executable = replace(result, executable=solution.objective)
    return executable, Verdict("replay", "refuted", reason)
