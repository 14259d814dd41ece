"""Deciding a safety specification by enumeration: slow, simple, and independent of any MILP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.explicit.run import Configuration, Run
from milpbft.automaton.explicit.space import Position, Space, way
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.specification import Specification


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
        allowed = specification.reason or "only safety is decided here: see explore_temporal"
        raise InputError(f"specification {specification.name}", specification.text, allowed)
    space = Space(automaton, parameters)
    good = space.test(specification.invariant)
    seen: dict[Position, tuple[Position, str] | None] = {}

    def violated(position: Position) -> Exploration:
        first, run = way(position, seen)
        start = Configuration.of(automaton, space.values(first))
        return Exploration("violated", len(seen), start, run)

    # From all starts at once, so that the first violation found is a nearest one.
    level: list[Position] = []
    for position in space.starts(automaton.initial & specification.premise):
        if len(seen) >= limit:
            return Exploration("undecided", len(seen))
        seen[position] = None
        level.append(position)
        if not good(position):
            return violated(position)
    space.count_enough([specification.invariant], level)
    while level:
        deeper: list[Position] = []
        for position in level:
            for name, after in space.moves(position):
                if after in seen:
                    continue
                if len(seen) >= limit:
                    return Exploration("undecided", len(seen))
                seen[after] = (position, name)
                deeper.append(after)
                if not good(after):
                    return violated(after)
        level = deeper
    return Exploration("holds", len(seen))
