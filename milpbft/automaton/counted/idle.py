"""Guards that hold in every run of the sizes at hand, and need not be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.bounds import Ranges


def without_idle(automaton: Automaton, parameters: Ranges) -> Automaton:
    """Return an automaton without the atoms of guards that always hold.

    With more than f Byzantine nodes that is every return rule which their lies alone satisfy: it
    cuts no run into slots then.

    Parameters
    ----------
    parameters
        Lowest and highest value of each parameter.
    """
    rules = tuple(
        replace(rule, guard=tuple(atom for atom in rule.guard if not _idle(atom, parameters)))
        for rule in automaton.rules
    )
    return replace(automaton, rules=rules)


def _idle(atom: Atom, parameters: Ranges) -> bool:
    """Whether ``a >= 0`` holds for all values of the parameters, counters being at least 0."""
    if atom.comparison != ">=":
        return False
    least = atom.linear.constant
    for name, coefficient in atom.linear.terms:
        if name in parameters:
            least += coefficient * parameters[name][coefficient < 0]
        elif coefficient < 0:
            return False
    return least >= 0
