"""How far counters are worth counting, where rules form cycles and nodes count without end.

A condition that compares a sum of counters with a number knows no value from which on all counters
are too large for anything else to matter. So it is enough to count so far, and what is reached is
finite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.explicit.accelerated import atoms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Condition


def saturation(
    automaton: Automaton,
    parameters: Mapping[str, int],
    conditions: Iterable[Condition],
    nodes: int,
) -> int | None:
    """Give a value from which on no condition tells one value of a counter from another.

    Parameters
    ----------
    parameters
        A value for each parameter.
    conditions
        What is asked of runs, besides the guards of rules.
    nodes
        Most nodes that there are.

    Returns
    -------
    int | None
        None where an atom has counters of both signs, which are compared with each other.
    """
    counters = frozenset(automaton.counters)
    guards = (rule.condition for rule in automaton.rules)
    most = 0
    for condition in (*guards, *conditions):
        for atom in atoms_of(condition.substitute(parameters)):
            signs = {c > 0 for name, c in atom.linear.terms if name in counters}
            if len(signs) > 1:
                return None
            places = sum(abs(c) for name, c in atom.linear.terms if name not in counters)
            most = max(most, abs(atom.linear.constant) + places * nodes)
    return most + 1
