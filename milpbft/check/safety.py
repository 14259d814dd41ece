"""Safety: whether a specification of a threshold automaton holds, by the counted encoding."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.condition import all_of
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.automaton.counted.encoding import Counted, Step
from milpbft.automaton.explicit.run import Configuration, replay
from milpbft.errors import InputError
from milpbft.solvers import Limits, prover
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Conjunction
    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.specification import Specification
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution

_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Safety:
    """What was found of one specification.

    Parameters
    ----------
    specification
        Its name.
    status
        ``holds``: proven for every run, however long. ``violated``: `run` leads from `start` to
        where the invariant does not hold. ``undecided``: a limit was reached, or too few slots
        were allowed to prove anything; `reason` says which.
    parameters
        Values of the parameters; of a violation with free parameters, the smallest found.
    start
        Initial nodes by location, counters with a value besides; empty unless violated.
    run
        Steps in order, each rule with the number of nodes that take it.
    reason
        One line where undecided.
    """

    specification: str
    status: str
    parameters: dict[str, int]
    start: dict[str, int]
    run: tuple[Step, ...]
    reason: str = ""


def decide(
    automaton: Automaton,
    specification: Specification,
    parameters: Ranges,
    *,
    solver: str | None = None,
    limits: Limits = _NO_LIMITS,
    slots: int | None = None,
) -> Safety:
    """Decide a safety specification.

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
        Where the specification is not a safety specification, or a parameter has no range.
    """
    if specification.kind != "safety":
        raise InputError(f"specification {specification.name}", specification.text,
                         specification.reason)  # fmt: skip
    for name in automaton.parameters:
        if name not in parameters:
            raise InputError("param", name, f"needs a value, such as --param {name}=4")
    solver = solver or prover()
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
    if open_cases:
        return Safety(specification.name, "undecided", values, {}, (), open_cases[0])
    if used < needed:
        reason = f"nothing found in {used} slots; a proof takes {needed}"
        return Safety(specification.name, "undecided", values, {}, (), reason)
    return Safety(specification.name, "holds", values, {}, ())


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
    automaton: Automaton, specification: Specification, encoded: Counted, solution: Solution
) -> Safety:
    """Read a violation, and let it happen step by step in the explicit semantics."""
    assert solution.values is not None
    x = solution.values
    places = encoded.located | encoded.counted
    start = {name: int(block.of(x)[0]) for name, block in places.items()}
    values, steps = encoded.values(x), tuple(encoded.steps(x))
    run = tuple((step.rule, step.count) for step in steps)
    *_, last = replay(automaton, values, Configuration.of(automaton, start), run)
    if specification.invariant.evaluate(last.values(values)):
        raise AssertionError(f"{specification.name}: the run found does not violate it")
    occupied = {name: count for name, count in start.items() if count}
    return Safety(specification.name, "violated", values, occupied, steps)
