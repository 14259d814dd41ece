"""Deciding a safety specification by enumeration: slow, simple, and independent of any MILP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.condition import AllOf, AnyOf, Atom, Condition
from milpbft.automaton.explicit.run import Configuration, Run, joined
from milpbft.automaton.explicit.starts import solutions
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.specification import Specification

State = tuple[int, ...]


@dataclass(frozen=True)
class Exploration:
    """What an exploration found.

    Parameters
    ----------
    verdict
        ``holds``: every reachable configuration was seen, none violates; ``violated``: see `run`;
        ``undecided``: the limit was reached first.
    states
        How many configurations were seen.
    start
        Where the violating run starts.
    run
        The violating run, a shortest one: pairs of rule and how many nodes take it in a row.
    """

    verdict: Literal["holds", "violated", "undecided"]
    states: int
    start: Configuration | None = None
    run: Run = ()


def explore(
    automaton: Automaton,
    specification: Specification,
    parameters: Mapping[str, int],
    limit: int = 200_000,
) -> Exploration:
    """Enumerate breadth first what is reachable, until a configuration violates the invariant.

    Parameters
    ----------
    automaton
        What runs.
    specification
        A safety specification over the automaton's names.
    parameters
        A value for each parameter; the assumptions must hold.
    limit
        Most configurations to see before giving up, at least 1.

    Raises
    ------
    InputError
        If the specification is unsupported, the parameters are not what the automaton is meant
        for, or the number of nodes at the start is not bounded.
    """
    automaton.check_parameters(parameters)
    if specification.kind != "safety":
        allowed = f"only safety is decided: {specification.reason}"
        raise InputError(f"specification {specification.name}", specification.text, allowed)
    search = _Search(automaton, parameters, specification.invariant, limit)
    return search.run(automaton.initial & specification.premise)


class _Search:
    def __init__(
        self,
        automaton: Automaton,
        parameters: Mapping[str, int],
        invariant: Condition,
        limit: int,
    ) -> None:
        self.automaton = automaton
        self.parameters = dict(parameters)
        self.names = automaton.locations + automaton.counters
        self.index = {name: position for position, name in enumerate(self.names)}
        self.good = self._compiled(invariant)
        self.moves = [self._move(position) for position in range(len(automaton.rules))]
        self.limit = limit
        self.seen: dict[State, tuple[State, str] | None] = {}

    def run(self, initial: Condition) -> Exploration:
        """Search from all starts at once, so that the first violation found is a nearest one."""
        level: list[State] = []
        for state in solutions(initial.substitute(self.parameters), self.names):
            if len(self.seen) >= self.limit:
                return Exploration("undecided", len(self.seen))
            self.seen[state] = None
            level.append(state)
            if not self.good(state):
                return self._violated(state)
        while level:
            deeper: list[State] = []
            for state in level:
                for name, after in self._next(state):
                    if after in self.seen:
                        continue
                    if len(self.seen) >= self.limit:
                        return Exploration("undecided", len(self.seen))
                    self.seen[after] = (state, name)
                    deeper.append(after)
                    if not self.good(after):
                        return self._violated(after)
            level = deeper
        return Exploration("holds", len(self.seen))

    def _next(self, state: State) -> Iterator[tuple[str, State]]:
        for name, source, guard, change in self.moves:
            if state[source] and guard(state):
                after = list(state)
                for position, by in change:
                    after[position] += by
                yield name, tuple(after)

    def _violated(self, state: State) -> Exploration:
        rules: list[str] = []
        while (step := self.seen[state]) is not None:
            state, name = step
            rules.append(name)
        values = dict(zip(self.names, state, strict=True))
        start = Configuration.of(self.automaton, values)
        return Exploration("violated", len(self.seen), start, joined(reversed(rules)))

    def _move(
        self, position: int
    ) -> tuple[str, int, Callable[[State], bool], tuple[tuple[int, int], ...]]:
        rule = self.automaton.rules[position]
        grown = tuple((self.index[counter], by) for counter, by in rule.increments)
        source, target = self.index[rule.source], self.index[rule.target]
        change = ((source, -1), (target, 1), *grown)
        return rule.name, source, self._compiled(rule.condition), change

    def _compiled(self, condition: Condition) -> Callable[[State], bool]:
        return _compile(condition.substitute(self.parameters), self.index)


def _compile(condition: Condition, index: Mapping[str, int]) -> Callable[[State], bool]:
    """Make a test of states; a hundred times faster than evaluating with names."""
    match condition:
        case Atom():
            terms = tuple((index[name], c) for name, c in condition.linear.terms)
            constant, comparison = condition.linear.constant, condition.comparison
            if comparison == ">=":
                return lambda state: sum(c * state[i] for i, c in terms) + constant >= 0
            wanted = comparison == "=="
            return lambda state: (sum(c * state[i] for i, c in terms) + constant == 0) == wanted
        case AllOf():
            parts = [_compile(part, index) for part in condition.parts]
            return lambda state: all(part(state) for part in parts)
        case AnyOf():
            parts = [_compile(part, index) for part in condition.parts]
            return lambda state: any(part(state) for part in parts)
    raise AssertionError(condition)
