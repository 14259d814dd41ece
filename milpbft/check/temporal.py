"""Whether a temporal specification holds at given sizes, by the counted encoding as a MILP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.rows import complete
from milpbft.automaton.condition import all_of
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.encoding import Counted
from milpbft.automaton.obligations.obligations import Obligations, turning
from milpbft.automaton.obligations.rows import demand
from milpbft.automaton.temporal.normal import task_of
from milpbft.check.allsizes import times
from milpbft.check.finding import Candidate, settle
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom, Conjunction
    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.obligations.obligations import Mode
    from milpbft.automaton.specification import Specification
    from milpbft.automaton.temporal.normal import Task
    from milpbft.check.finding import Finding
    from milpbft.solvers import Limits


def decide_temporal(
    automaton: Automaton,
    specification: Specification,
    parameters: Ranges,
    *,
    solver: str,
    limits: Limits,
    slots: int | None,
) -> Finding:
    """Decide a temporal specification; see :func:`milpbft.check.safety.decide`."""
    task = task_of(~specification.claimed)
    starts = all_of([automaton.initial, automaton.assumptions]).dnf()

    def search(slots: int, mode: Mode, pinned: tuple[Atom, ...]) -> Candidate | str:
        given_up = ""
        for initial in starts:
            encoded = _encoded(automaton, initial, parameters, slots)
            if encoded is None:
                continue
            _ask(encoded, task, mode, pinned)
            solution = solve_problem(encoded.build(), solver, limits)
            if solution.values is not None:
                return candidate_of(encoded, solution.values)
            if solution.status != "infeasible":
                given_up = given_up or solution.message or solution.status
        return given_up or "none"

    needed = complete(automaton, times(task))
    scope = scope_of(automaton, parameters)
    return settle(
        automaton,
        specification,
        search,
        slots or needed,
        complete=needed,
        pins=turning(task, automaton),
        scope=scope,
    )


def candidate_of(encoded: Counted, x: NDArray[np.int64]) -> Candidate:
    """Read the run of a point."""
    places = encoded.located | encoded.counted
    return Candidate(
        encoded.values(x),
        {name: int(block.of(x)[0]) for name, block in places.items()},
        tuple(
            {name: int(block.of(x)[slot]) for name, block in encoded.flow.items()}
            for slot in range(encoded.slots)
        ),
    )


def scope_of(automaton: Automaton, parameters: Ranges) -> str:
    """Say which sizes a verdict is about."""
    texts = (
        f"{name} = {low}" if low == high else f"{name} = {low}..{high}"
        for name, (low, high) in parameters.items()
    )
    values = ", ".join(texts) or "the one size that there is"
    fixed = all(low == high for low, high in parameters.values())
    return values if fixed else f"{values} with {automaton.assumptions}"


def _encoded(
    automaton: Automaton, initial: Conjunction, parameters: Ranges, slots: int
) -> Counted | None:
    bounds = bound(automaton, initial, parameters)
    if bounds is None:
        return None
    encoded = Counted(automaton, bounds, slots, earning=False)
    encoded.start(initial)
    return encoded


def _ask(encoded: Counted, task: Task, mode: Mode, pinned: tuple[Atom, ...]) -> None:
    """Demand the task, in the fewest steps at the smallest sum of parameters."""
    asked = Obligations(encoded.automaton, encoded.slots, mode, pinned)
    asked.ask(task)
    demand(encoded, asked)
    encoded.minimise_steps()
    encoded.minimise_parameters(weight=encoded.bounds.steps + 1)
