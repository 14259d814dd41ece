"""Deciding a temporal specification by enumeration: formulas progressed along every run.

What is still to be shown after a step follows from what was to be shown before it [1]_, so that a
pair of a configuration and a formula is all there is to search. It shares nothing with the slots of
the encodings, nor with the normal forms that they ask for.

References
----------
.. [1] F. Bacchus, F. Kabanza. Using temporal logics to express search control knowledge for
   planning. Artificial Intelligence 116, 2000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.condition import FALSE, TRUE
from milpbft.automaton.explicit.explore import Exploration
from milpbft.automaton.explicit.run import Configuration
from milpbft.automaton.explicit.space import Position, Space, way
from milpbft.automaton.temporal.formula import (
    Always,
    Both,
    Either,
    Eventually,
    Formula,
    State,
    Until,
    both,
    either,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.specification import Specification

_DONE, _LOST = State(TRUE), State(FALSE)
Node = tuple[Position, Formula]
"""Where a run is, and what it has still to show."""


def explore_temporal(
    automaton: Automaton,
    specification: Specification,
    parameters: Mapping[str, int],
    limit: int = 200_000,
) -> Exploration:
    """Enumerate breadth first all runs, until one that stays where it is violates the claim.

    Where rules form cycles, runs that never rest are not looked at: see
    :mod:`milpbft.automaton.temporal.resting`.

    Parameters
    ----------
    specification
        Safety or temporal.
    limit
        Most pairs of a configuration and a formula to see before giving up, at least 1.

    Raises
    ------
    InputError
        If the parameters are not what the automaton is meant for, or the number of nodes at the
        start is not bounded.
    """
    automaton.check_parameters(parameters)
    wanted = ~specification.claimed
    space = Space(automaton, parameters)
    level: list[Node] = []
    seen: dict[Node, tuple[Node, str] | None] = {}
    for position in space.starts(automaton.initial):
        node = (position, wanted)
        seen[node] = None
        level.append(node)
    space.count_enough(wanted.conditions, (position for position, _ in level))
    while level:
        deeper: list[Node] = []
        for position, asked in level:
            values = space.values(position)
            if asked.holds([values]):
                (first, _), run = way((position, asked), seen)
                start = Configuration.of(automaton, space.values(first))
                return Exploration("violated", len(seen), start, run)
            left = progress(asked, values)
            if left == _LOST:
                continue
            for name, after in space.moves(position):
                node = (after, left)
                if node in seen:
                    continue
                if len(seen) >= limit:
                    return Exploration("undecided", len(seen))
                seen[node] = ((position, asked), name)
                deeper.append(node)
        level = deeper
    return Exploration("holds", len(seen))


def progress(formula: Formula, values: Mapping[str, int]) -> Formula:
    """Give what must hold from the next configuration on, so that a formula holds at this one."""
    match formula:
        case State(condition):
            return _DONE if condition.evaluate(values) else _LOST
        case Both(parts):
            return both(progress(part, values) for part in parts)
        case Either(parts):
            return either(progress(part, values) for part in parts)
        case Always(part):
            return both((progress(part, values), formula))
        case Eventually(part):
            return either((progress(part, values), formula))
        case Until(left, right):
            on = both((progress(left, values), formula))
            return either((progress(right, values), on))
    raise AssertionError(formula)
