"""Bounds: how many nodes can be in a location, and how far a counter can count."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from milpbft.automaton.condition import equal
from milpbft.automaton.linear import Linear
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Conjunction
    from milpbft.automaton.rule import Rule

Ranges = dict[str, tuple[int, int]]
"""Lowest and highest value by name."""


@dataclass(frozen=True)
class Bounds:
    """Upper bounds on a run from one initial condition, each proven by a linear program.

    Parameters
    ----------
    parameters
        Lowest and highest value of each parameter.
    start
        By location and counter: its highest initial value.
    nodes
        Highest number of nodes.
    location
        By location: most nodes that are ever in it, from the locations that lead there.
    counter
        By counter: its highest value.
    steps
        Most rules that are ever taken, each node counted.
    """

    parameters: Ranges
    start: dict[str, int]
    nodes: int
    location: dict[str, int]
    counter: dict[str, int]
    steps: int


def bound(automaton: Automaton, initial: Conjunction, parameters: Ranges) -> Bounds | None:
    """Bound a run of an automaton that starts in `initial`.

    Parameters
    ----------
    initial
        Atoms over locations, counters and parameters at the start.
    parameters
        Lowest and highest value of each parameter.

    Returns
    -------
    Bounds | None
        None where no start exists, even with fractions of nodes.

    Raises
    ------
    InputError
        Where the initial condition does not bound the number of nodes or a counter.
    """
    nodes = _highest(automaton.locations, automaton, initial, parameters)
    if nodes is None:
        return None
    start = dict.fromkeys(automaton.locations + automaton.counters, 0)
    said = {*initial}
    for name in start:
        if equal(Linear.of(name)) not in said:
            highest = _highest((name,), automaton, initial, parameters)
            assert highest is not None, "there is a start"
            start[name] = highest
    behind: dict[str, set[str]] = {}
    for name in automaton.order:
        before = {rule.source for rule in automaton.rules if rule.target == name}
        behind[name] = {name}.union(*(behind[source] for source in before))
    located = {
        name: min(nodes, sum(start[place] for place in behind[name]))
        for name in automaton.locations
    }
    counted = {}
    for counter in automaton.counters:
        grown = {r.name: r.increment_of(counter) for r in automaton.rules}
        counted[counter] = start[counter] + _most(automaton, start, nodes, grown)
    steps = _most(automaton, start, nodes, dict.fromkeys((r.name for r in automaton.rules), 1))
    return Bounds(parameters, start, nodes, located, counted, steps)


def _most(
    automaton: Automaton, start: Mapping[str, int], nodes: int, gain: Mapping[str, int]
) -> int:
    """Highest total gain of all nodes, each on the path of the highest gain."""
    best = dict.fromkeys(automaton.locations, 0)
    leaving: dict[str, list[Rule]] = {name: [] for name in automaton.locations}
    for rule in automaton.rules:
        leaving[rule.source].append(rule)
    for name in reversed(automaton.order):
        onward = [gain[rule.name] + best[rule.target] for rule in leaving[name]]
        best[name] = max(onward, default=0)
    per_location = sum(start[name] * best[name] for name in automaton.locations)
    return min(per_location, nodes * max(best.values()))


def _highest(
    names: tuple[str, ...], automaton: Automaton, initial: Conjunction, parameters: Ranges
) -> int | None:
    """Highest initial sum of some locations or counters; None where there is no start."""
    found = _solved(names, automaton, initial, parameters)
    return None if found is None else floor(found[0] + 1e-6)


def weights(
    names: tuple[str, ...], automaton: Automaton, initial: Conjunction, parameters: Ranges
) -> list[Fraction]:
    """Weigh the atoms of an initial condition so that their sum bounds that of some places.

    Returns
    -------
    list
        Per atom a multiplier of a denominator up to 64, as near as it comes to the dual of the
        linear program: what it proves is to be tested.
    """
    found = _solved(names, automaton, initial, parameters)
    duals = [] if found is None else found[1]
    return [Fraction(dual).limit_denominator(64) for dual in duals]


def _solved(
    names: tuple[str, ...], automaton: Automaton, initial: Conjunction, parameters: Ranges
) -> tuple[float, list[float]] | None:
    """Return the highest initial sum of some places, and the dual of each atom."""
    # SciPy's linear programs are HiGHS too, and take half a second to import.
    from highspy import Highs, HighsModelStatus, ObjSense  # noqa: PLC0415

    places = automaton.locations + automaton.counters
    columns = {name: k for k, name in enumerate((*places, *parameters))}
    program = Highs()
    program.silent()
    for low, high in (*((0, program.inf) for _ in places), *parameters.values()):
        program.addVar(low, high)
    for atom in initial:
        terms = atom.linear.terms
        least = -atom.linear.constant
        most = least if atom.comparison == "==" else program.inf
        indices = [columns[name] for name, _ in terms]
        program.addRow(least, most, len(terms), indices, [float(factor) for _, factor in terms])
    for name in names:
        program.changeColCost(columns[name], 1)
    program.changeObjectiveSense(ObjSense.kMaximize)
    program.run()
    status = program.getModelStatus()
    if status == HighsModelStatus.kInfeasible:
        return None
    if status != HighsModelStatus.kOptimal:
        allowed = "the initial condition must bound every location and counter"
        raise InputError("inits", ", ".join(names), allowed)
    value = program.getInfo().objective_function_value
    return value, list(program.getSolution().row_dual)
