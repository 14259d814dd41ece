"""Space: the configurations of an automaton at given sizes, and the moves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from milpbft.automaton.condition import AllOf, AnyOf, Atom, Condition
from milpbft.automaton.explicit.run import joined
from milpbft.automaton.explicit.saturation import saturation
from milpbft.automaton.explicit.starts import solutions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.explicit.run import Run

Position = tuple[int, ...]
"""How many nodes are in each location, and the value of each counter."""

Node = TypeVar("Node")


class Space:
    """Positions and moves at given sizes.

    Parameters
    ----------
    automaton
        What runs.
    parameters
        A value for each parameter.

    Attributes
    ----------
    most
        Counters are counted up to this number; None: without end. See `count_enough`.
    """

    def __init__(self, automaton: Automaton, parameters: Mapping[str, int]) -> None:
        self.automaton = automaton
        self.parameters = dict(parameters)
        self.names = automaton.locations + automaton.counters
        self.index = {name: position for position, name in enumerate(self.names)}
        self.most: int | None = None
        self._moves = [self._move(position) for position in range(len(automaton.rules))]

    def starts(self, condition: Condition) -> Iterator[Position]:
        """Yield each position in which a condition holds."""
        return solutions(condition.substitute(self.parameters), self.names)

    def count_enough(self, conditions: Iterable[Condition], starts: Iterable[Position]) -> None:
        """Where rules form cycles, count no further than some conditions and the guards can tell.

        Parameters
        ----------
        starts
            Where runs start.
        """
        if self.automaton.cycle:
            places = len(self.automaton.locations)
            nodes = max((sum(position[:places]) for position in starts), default=0)
            self.most = saturation(self.automaton, self.parameters, conditions, nodes)

    def values(self, position: Position) -> dict[str, int]:
        """Give the value of every name, parameters included."""
        return dict(zip(self.names, position, strict=True)) | self.parameters

    def moves(self, position: Position) -> Iterator[tuple[str, Position]]:
        """Yield each rule that a node can take, and where that leads."""
        for name, source, guard, change in self._moves:
            if position[source] and guard(position):
                after = list(position)
                for place, by in change:
                    after[place] += by
                if self.most is not None:
                    self._saturate(position, after)
                yield name, tuple(after)

    def _saturate(self, before: Position, after: list[int]) -> None:
        assert self.most is not None
        for place in range(len(self.automaton.locations), len(after)):
            after[place] = max(before[place], min(after[place], self.most))

    def test(self, condition: Condition) -> Callable[[Position], bool]:
        """Make a test of positions; a hundred times faster than evaluating with names."""
        return _compile(condition.substitute(self.parameters), self.index)

    def _move(
        self, number: int
    ) -> tuple[str, int, Callable[[Position], bool], tuple[tuple[int, int], ...]]:
        rule = self.automaton.rules[number]
        grown = tuple((self.index[counter], by) for counter, by in rule.increments)
        source, target = self.index[rule.source], self.index[rule.target]
        change = ((source, -1), (target, 1), *grown)
        return rule.name, source, self.test(rule.condition), change


def way(node: Node, seen: Mapping[Node, tuple[Node, str] | None]) -> tuple[Node, Run]:
    """Give where a search began that came to a node, and the rules that it took."""
    rules: list[str] = []
    while (step := seen[node]) is not None:
        node, name = step
        rules.append(name)
    return node, joined(reversed(rules))


def _compile(condition: Condition, index: Mapping[str, int]) -> Callable[[Position], bool]:
    match condition:
        case Atom():
            terms = tuple((index[name], c) for name, c in condition.linear.terms)
            constant, comparison = condition.linear.constant, condition.comparison
            if comparison == ">=":
                return lambda position: sum(c * position[i] for i, c in terms) + constant >= 0
            wanted = comparison == "=="
            return lambda position: (
                (sum(c * position[i] for i, c in terms) + constant == 0) == wanted
            )
        case AllOf():
            parts = [_compile(part, index) for part in condition.parts]
            return lambda position: all(part(position) for part in parts)
        case AnyOf():
            parts = [_compile(part, index) for part in condition.parts]
            return lambda position: any(part(position) for part in parts)
    raise AssertionError(condition)
