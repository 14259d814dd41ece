"""Whether a specification of an automaton holds at given sizes, by the counted encoding."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.condition import all_of, at_least
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.automaton.counted.encoding import Counted
from milpbft.automaton.linear import Linear
from milpbft.check.allsizes import decide_all
from milpbft.check.finding import Finding, decidable, steps, violates
from milpbft.check.temporal import candidate_of, decide_temporal, scope_of
from milpbft.errors import InputError
from milpbft.solvers import Limits, prover
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Conjunction
    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.specification import Specification
    from milpbft.check.finding import Status
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution

_NO_LIMITS = Limits()


def decide(
    automaton: Automaton,
    specification: Specification,
    parameters: Ranges,
    *,
    solver: str | None = None,
    limits: Limits = _NO_LIMITS,
    slots: int | None = None,
) -> Finding:
    """Decide a specification.

    Parameters
    ----------
    parameters
        Lowest and highest value of every parameter. Those with a range are the adversary's choice:
        a violation has the smallest sum of them.
    solver
        Name of a solver; None for CP-SAT, or HiGHS where that is missing.
    limits
        Of each solve; there is one per case of the premise and of the invariant's negation.
    slots
        Fewer slots than :func:`complete_slots` find violations sooner and prove nothing.

    Raises
    ------
    InputError
        Where the specification is not supported, or a parameter has no range.
    """
    decidable(specification)
    for name in automaton.parameters:
        if name not in parameters:
            raise InputError("param", name, f"needs a value, such as --param {name}=4")
    if automaton.cycle:
        if solver is not None:
            allowed = f"rules form the cycle {automaton.cycle}: z3 decides it, without --solver"
            raise InputError("solver", solver, allowed)
        return _within(automaton, specification, parameters, limits, slots)
    solver = solver or prover()
    if specification.kind == "temporal":
        return decide_temporal(
            automaton, specification, parameters, solver=solver, limits=limits, slots=slots
        )
    needed = complete_slots(automaton)
    used = needed if slots is None else slots
    open_cases = []
    for encoded, problem in _cases(automaton, specification, parameters, used):
        solution = solve_problem(problem, solver, limits)
        if solution.values is not None:
            return _violation(automaton, specification, encoded, solution)
        if solution.status != "infeasible":
            open_cases.append(solution.message or solution.status)
    values = {name: low for name, (low, high) in parameters.items() if low == high}

    def found(status: Status, reason: str = "") -> Finding:
        scope = scope_of(automaton, parameters)
        return Finding(specification.name, status, values, {}, (), reason, scope, slots=used)

    if open_cases:
        return found("undecided", open_cases[0])
    if used < needed:
        return found("undecided", f"nothing found in {used} slots; a proof takes {needed}")
    return found("holds")


def _within(
    automaton: Automaton,
    specification: Specification,
    parameters: Ranges,
    limits: Limits,
    slots: int | None,
) -> Finding:
    """Let z3 decide where rules form a cycle: nothing bounds how often it is gone round."""
    sides = (
        (Linear.of(name) - low, Linear.number(high) - Linear.of(name))
        for name, (low, high) in parameters.items()
    )
    inside = all_of(at_least(side) for pair in sides for side in pair)
    narrow = replace(automaton, assumptions=automaton.assumptions & inside)
    scope = scope_of(automaton, parameters)
    found = decide_all(narrow, specification, limits=limits, slots=slots, scope=scope)
    return replace(found, least=False)


def _cases(
    automaton: Automaton, specification: Specification, parameters: Ranges, slots: int
) -> Iterator[tuple[Counted, Problem]]:
    """One problem for each case of start and violation, where there is a start at all."""
    starts = all_of([automaton.initial, specification.premise, automaton.assumptions]).dnf()
    for initial, bad in product(starts, (~specification.invariant).dnf()):
        if case := _case(automaton, initial, bad, parameters, slots):
            yield case


def _case(
    automaton: Automaton, initial: Conjunction, bad: Conjunction, parameters: Ranges, slots: int
) -> tuple[Counted, Problem] | None:
    bounds = bound(automaton, initial, parameters)
    if bounds is None:
        return None
    encoded = Counted(automaton, bounds, slots)
    encoded.start(initial)
    encoded.require("violated", bad, slots)
    encoded.minimise_steps()
    encoded.minimise_parameters(weight=bounds.steps + 1)
    return encoded, encoded.build()


def _violation(
    automaton: Automaton,
    specification: Specification,
    encoded: Counted,
    solution: Solution,
) -> Finding:
    """Read a violation, and let it happen in the explicit semantics."""
    assert solution.values is not None
    found = candidate_of(encoded, solution.values)
    run = steps(automaton, found)
    if not violates(automaton, specification, found, run):
        raise AssertionError(f"{specification.name}: the run found does not violate it")
    occupied = {name: count for name, count in found.start.items() if count}
    scope = scope_of(automaton, encoded.bounds.parameters)
    return Finding(
        specification.name, "violated", found.parameters, occupied, run, "", scope,
        slots=encoded.slots,
    )  # fmt: skip
