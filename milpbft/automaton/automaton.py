"""Automaton: a threshold automaton, the rule table that both encodings are made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from milpbft.automaton.condition import Atom, Condition, all_of, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import GuardKind, Rule, guard_kind
from milpbft.automaton.validation import validate
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.specification import Specification


@dataclass(frozen=True)
class Automaton:
    """Identical nodes that move between locations and count what they send.

    Every name stands for a natural number: a location for the nodes that are in it, a counter for
    the messages that were sent, a parameter for a size that never changes. Validated on
    construction; see `milpbft.automaton.validation` for what is refused, and why.

    Parameters
    ----------
    name
        An identifier.
    parameters, counters, locations
        Identifiers, all different; at least one location.
    assumptions
        Condition over parameters under which the automaton is meant, such as ``N > 3 * T``.
    initial
        Condition over locations, counters and parameters at the start. A location or a counter
        that it does not mention starts at zero, which is added to it.
    rules
        With unique names. Where their graph has cycles, see `cycles`.
    specifications
        With unique names.

    References
    ----------
    .. [1] I. Konnov, H. Veith, J. Widder. SMT and POR beat counter abstraction: parameterized
       model checking of threshold-based distributed algorithms. CAV 2015.

    Raises
    ------
    InputError
        If a name is unknown or used twice, or a rule is none that a threshold automaton can have.
    """

    name: str
    parameters: tuple[str, ...]
    counters: tuple[str, ...]
    locations: tuple[str, ...]
    assumptions: Condition
    initial: Condition
    rules: tuple[Rule, ...]
    specifications: tuple[Specification, ...] = ()

    def __post_init__(self) -> None:
        unmentioned = [
            equal(Linear.of(name))
            for name in self.locations + self.counters
            if name not in self.initial.names
        ]
        if unmentioned:
            object.__setattr__(self, "initial", all_of([self.initial, *unmentioned]))
        validate(self)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The locations so that every rule leads to a later one.

        Raises
        ------
        InputError
            If the rules form a cycle, which is named.
        """
        try:
            return tuple(self._sorter().static_order())
        except CycleError:
            allowed = "rules form a cycle, which no MILP covers: z3 decides it"
            raise InputError("rules", self.cycle, allowed) from None

    @cached_property
    def cycle(self) -> str:
        """Some cycle of rules, such as ``a -> b -> a``; empty if there is none."""
        try:
            self._sorter().prepare()
        except CycleError as error:
            return " -> ".join(error.args[1])
        return ""

    def _sorter(self) -> TopologicalSorter[str]:
        before: dict[str, list[str]] = {location: [] for location in self.locations}
        for rule in self.rules:
            before[rule.target].append(rule.source)
        return TopologicalSorter(before)

    @cached_property
    def cycles(self) -> dict[str, int]:
        """Number the sets of locations that lead to each other; self-loops are such a set too.

        Returns
        -------
        dict
            For each location to which a node can come back: the number of its set.
        """
        # Imported here: who has no need of it does not pay for its import.
        import networkx as nx  # noqa: PLC0415

        ways = nx.DiGraph([(rule.source, rule.target) for rule in self.rules])
        sets = (s for s in nx.strongly_connected_components(ways) if ways.subgraph(s).edges)
        ordered = sorted(sets, key=lambda places: min(map(self.locations.index, places)))
        return {name: number for number, places in enumerate(ordered) for name in places}

    @cached_property
    def guards(self) -> tuple[Atom, ...]:
        """The distinct atoms of the rules' guards, in the order of the rules."""
        return tuple(dict.fromkeys(atom for rule in self.rules for atom in rule.guard))

    def kind(self, guard: Atom) -> GuardKind:
        """Say whether a guard's atom only turns on, only turns off, or is constant."""
        return guard_kind(guard, frozenset(self.counters))

    def rule(self, name: str) -> Rule:
        """Give a rule by its name; InputError where there is none."""
        found = next((rule for rule in self.rules if rule.name == name), None)
        if found is None:
            raise InputError("rule", name, f"rules of {self.name} are {_listed(self.rules)}")
        return found

    def specification(self, name: str) -> Specification:
        """Give a specification by its name; InputError where there is none."""
        found = next((spec for spec in self.specifications if spec.name == name), None)
        if found is None:
            allowed = f"specifications of {self.name} are {_listed(self.specifications)}"
            raise InputError("specification", name, allowed)
        return found

    def check_parameters(self, values: Mapping[str, int]) -> None:
        """Refuse values that the automaton is not meant for.

        Raises
        ------
        InputError
            If a parameter has no value or a negative one, a name is no parameter, or the
            assumptions do not hold.
        """
        for name in values:
            if name not in self.parameters:
                allowed = f"parameters of {self.name} are {', '.join(self.parameters) or 'none'}"
                raise InputError("parameter", name, allowed)
        for name in self.parameters:
            if values.get(name, -1) < 0:
                raise InputError(f"parameter {name}", values.get(name), "a number of at least 0")
        if not self.assumptions.evaluate(values):
            raise InputError("parameters", dict(values), f"{self.name} assumes {self.assumptions}")


def _listed(items: tuple[Rule, ...] | tuple[Specification, ...]) -> str:
    return ", ".join(item.name for item in items) or "none"
