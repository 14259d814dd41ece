"""Automata with a threshold that is off: what a check must catch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import all_of, at_least
from milpbft.automaton.rule import split_rule
from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom, Condition


def lowered(automaton: Automaton, guard: Atom, by: int = 1) -> Automaton:
    """Give the automaton in which `guard` asks for `by` less, in every rule that has it.

    Parameters
    ----------
    automaton
        Stays as it is.
    guard
        One of its guards; what it compares with falls for a lower guard (``x >= 3`` becomes
        ``x >= 2``) and rises for an upper one, so that more runs are possible.
    by
        At least 1.

    Raises
    ------
    InputError
        If the guard is none of the automaton's.
    """
    if guard not in automaton.guards:
        allowed = f"guards of {automaton.name} are {'; '.join(map(str, automaton.guards))}"
        raise InputError("guard", str(guard), allowed)

    def weaker(atom: Atom) -> Condition:
        return at_least(atom.linear + by) if atom == guard else atom

    rules = [
        split_rule(
            rule.name,
            rule.source,
            rule.target,
            all_of(map(weaker, rule.guard)),
            dict(rule.increments),
        )[0]
        for rule in automaton.rules
    ]
    return replace(automaton, rules=tuple(rules))
