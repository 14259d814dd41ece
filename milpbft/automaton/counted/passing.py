"""Passing: how often a rule is taken in all slots, from balances and the start.

No rule leads from elsewhere to the locations from which a rule's source is reached. So whoever
takes it has started in one of these, and left them by that:

    sum over k of y[k,r]  <=  sum of x[0,l] over the l from which r's source is reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING

from milpbft.automaton.condition import Atom
from milpbft.automaton.counted.bounds import weights
from milpbft.automaton.linear import Linear
from milpbft.milp.certificate.condensed import UnderivedError, added
from milpbft.milp.certificate.steps import Combined, Deferred, Step
from milpbft.milp.problem import LE

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Conjunction
    from milpbft.automaton.counted.given import Known
    from milpbft.milp.certificate.condensed import Part


@dataclass(frozen=True, eq=False, slots=True)
class Net:
    """Locations, rules, and what is known of the nodes there; all by name.

    Parameters
    ----------
    ways
        By rule: its source and its target.
    behind
        By location: those from which it is reached, itself among them.
    balances
        ``x[K,l] - x[0,l] - in + out = 0``, flows being added up over the slots.
    ends
        ``x[K,l] >= 0``.
    flows
        ``sum of y[k,r] >= 0``.
    starts
        ``sum of x[0,l'] <= U`` over the l' that a location is reached from.
    """

    ways: dict[str, tuple[str, str]]
    behind: dict[str, tuple[str, ...]]
    balances: dict[str, Step]
    ends: dict[str, Step]
    flows: dict[str, Step]
    starts: dict[str, Step]


@dataclass(frozen=True, eq=False, slots=True)
class Passing(Deferred):
    """It bounds the flow of a rule, added up over the slots."""

    net: Net
    rule: str

    def combined(self) -> Combined:
        """Add up the balances of where its takers come from."""
        net = self.net
        source, _ = net.ways[self.rule]
        inside = {*net.behind[source]}
        parts: list[Part] = [(net.starts[source], 1)]
        for place in net.behind[source]:
            parts += [(net.balances[place], 1), (net.ends[place], -1)]
        for name, (begin, end) in net.ways.items():
            if begin in inside and end not in inside and name != self.rule:
                parts.append((net.flows[name], -1))
        return Combined(parts)


def behind(automaton: Automaton) -> dict[str, tuple[str, ...]]:
    """Return by location those from which it is reached, itself among them."""
    found: dict[str, tuple[str, ...]] = {}
    for name in automaton.order:
        before = dict.fromkeys(r.source for r in automaton.rules if r.target == name)
        reached = dict.fromkeys(place for source in before for place in found[source])
        found[name] = (*reached, name)
    return found


def starts(
    known: Known, initial: Conjunction, places: dict[str, tuple[str, ...]]
) -> dict[str, Step]:
    """Bound how many nodes start in some places, for each of several sets of places.

    Raises
    ------
    UnderivedError
        Where the initial condition is not seen to give what the encoding takes for granted.
    """
    said = {*initial}
    nobody = {
        name: known.atom(atom, 0)
        for name in known.encoded.automaton.locations
        if (atom := Atom(Linear.of(name), "==")) in said
    }
    groups: dict[tuple[str, ...], Step] = {}
    found = {}
    for name, group in places.items():
        some = tuple(sorted(place for place in group if place not in nobody))
        if some not in groups:
            groups[some] = _most(known, initial, some)
        none = [(nobody[place], 1) for place in group if place in nobody]
        left = tuple(sorted((known.start(place), 1) for place in group))
        why = Combined([(groups[some], 1), *none])
        found[name] = Step(LE, groups[some].side, left, why)
    return found


def _most(known: Known, initial: Conjunction, group: tuple[str, ...]) -> Step:
    """Bound how many nodes start in a group of places, all at once or one by one."""
    bounds, step = known.encoded.bounds, _together(known, initial, group)
    most = min(bounds.nodes, sum(bounds.start[place] for place in group))
    if step.side > most:
        step = added([(_together(known, initial, (place,)), 1) for place in group], LE)
    if step.side > most:
        raise UnderivedError(f"start in {', '.join(group)}")
    return step


def _together(known: Known, initial: Conjunction, group: tuple[str, ...]) -> Step:
    """Bound a sum of starts by a sum of the initial condition's rows, rounded."""
    encoded = known.encoded
    factors = weights(group, encoded.automaton, initial, encoded.bounds.parameters)
    scale = lcm(*(factor.denominator for factor in factors))
    parts: list[Part] = []
    for atom, factor in zip(initial, factors, strict=True):
        # A row of the wrong direction does not count.
        if factor and (atom.comparison == "==" or factor < 0):
            parts.append((known.atom(atom, 0), int(factor * scale)))
    rest = {known.start(place): scale for place in group}
    for step, by in parts:
        for column, value in step.terms:
            rest[column] = rest.get(column, 0) - by * value
    for column, value in rest.items():
        # Of a start at its least, and of a parameter at its least or most.
        parts.append(((known.upper if value > 0 else known.lower)(column), value))
    return added(parts, LE, scale)
