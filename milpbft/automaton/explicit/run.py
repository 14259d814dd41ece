"""Configurations of an automaton, and what its rules do to them, one node at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.explicit.walks import walked
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.rule import Rule

Run = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Configuration:
    """Where the nodes of an automaton are, and what was sent.

    Parameters
    ----------
    nodes
        Pairs of location and number of nodes in it, in the automaton's order.
    counters
        Pairs of counter and value, in the automaton's order.
    """

    nodes: tuple[tuple[str, int], ...]
    counters: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, automaton: Automaton, values: Mapping[str, int]) -> Configuration:
        """Make one from the values of locations and counters; what has none is 0."""
        return cls(
            tuple((name, values.get(name, 0)) for name in automaton.locations),
            tuple((name, values.get(name, 0)) for name in automaton.counters),
        )

    def values(self, parameters: Mapping[str, int]) -> dict[str, int]:
        """Give every name's value, to evaluate conditions with."""
        return {**dict(self.nodes), **dict(self.counters), **parameters}


def enabled(rule: Rule, configuration: Configuration, parameters: Mapping[str, int]) -> bool:
    """Say whether some node can take the rule now."""
    values = configuration.values(parameters)
    return values[rule.source] > 0 and rule.condition.evaluate(values)


def fire(rule: Rule, configuration: Configuration) -> Configuration:
    """Give the configuration after one node has taken an enabled rule."""
    moved = {rule.source: -1, rule.target: 1} if rule.source != rule.target else {}
    grown = dict(rule.increments)
    return Configuration(
        tuple((name, count + moved.get(name, 0)) for name, count in configuration.nodes),
        tuple((name, value + grown.get(name, 0)) for name, value in configuration.counters),
    )


def replay(
    automaton: Automaton,
    parameters: Mapping[str, int],
    start: Configuration,
    run: Iterable[tuple[str, int]],
) -> Iterator[Configuration]:
    """Take a run's steps one node at a time, and give every configuration, the start first.

    Raises
    ------
    InputError
        If the start is not initial, a rule is unknown, or a rule is taken where it is not enabled.
    """
    automaton.check_parameters(parameters)
    if not automaton.initial.evaluate(start.values(parameters)):
        raise InputError(
            "start", start.values({}), f"{automaton.name} starts with {automaton.initial}"
        )
    yield start
    current = start
    for index, (name, times) in enumerate(run):
        rule = automaton.rule(name)
        for _ in range(times):
            if not enabled(rule, current, parameters):
                raise InputError(f"step {index}", name, "the rule is not enabled there")
            current = fire(rule, current)
            yield current


def ordered(
    automaton: Automaton, flows: Mapping[str, int], values: dict[str, int]
) -> Iterator[tuple[str, int]]:
    """Order the steps of one slot such that each rule is enabled when it is taken.

    Whoever can move does: a step that is taken early enables others earlier and disables none of
    the slot, whose guards that turn off hold at its end.

    Parameters
    ----------
    flows
        How many nodes take each rule.
    values
        Of all names at the slot's start; changed to those at its end.

    Yields
    ------
    tuple
        Rule and how many nodes take it at once; a rule may come several times.

    Raises
    ------
    ValueError
        If there is no such order.
    """
    if automaton.cycles:
        yield from walked(automaton, flows, values)
        return
    place = {name: k for k, name in enumerate(automaton.order)}
    left = {name: count for name, count in flows.items() if count}
    rules = sorted((automaton.rule(name) for name in left), key=lambda rule: place[rule.source])
    while left:
        before = sum(left.values())
        for rule in rules:
            count = min(left.get(rule.name, 0), values[rule.source])
            if count == 0 or not rule.condition.evaluate(values):
                continue
            left[rule.name] -= count
            values[rule.source] -= count
            values[rule.target] += count
            for counter, by in rule.increments:
                values[counter] += by * count
            yield rule.name, count
        left = {name: count for name, count in left.items() if count}
        if sum(left.values()) == before:
            raise ValueError(f"no rule of {', '.join(left)} is enabled")


def joined(rules: Iterable[str]) -> Run:
    """Write a sequence of rules as a run: equal neighbours are counted."""
    run: list[tuple[str, int]] = []
    for name in rules:
        if run and run[-1][0] == name:
            run[-1] = (name, run[-1][1] + 1)
        else:
            run.append((name, 1))
    return tuple(run)
