"""Replay of many equal steps at once: what a million nodes do takes no longer.

While so many nodes take one rule, each in turn, every atom of a condition goes up or down evenly.
So it changes its truth once at most (an equality twice), and it is enough to look at the two ends
and at both sides of each change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.condition import AllOf, AnyOf, Atom, Condition
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.explicit.run import Configuration
    from milpbft.automaton.rule import Rule


def word(
    automaton: Automaton,
    parameters: Mapping[str, int],
    start: Configuration,
    run: Iterable[tuple[str, int]],
    conditions: Iterable[Condition] = (),
) -> list[dict[str, int]]:
    """Take a run's steps and give its configurations, without those that no condition can tell.

    Parameters
    ----------
    parameters
        A value for each parameter; the assumptions must hold.
    run
        Pairs of rule and how many nodes take it, one after the other.
    conditions
        Over the automaton's names. The configurations left out agree on them with the one before.

    Returns
    -------
    list
        Values of all names, the start first and the end last.

    Raises
    ------
    InputError
        If the start is not initial, a rule is unknown, or a rule is taken where it is not enabled.
    """
    automaton.check_parameters(parameters)
    values = start.values(parameters)
    if not automaton.initial.evaluate(values):
        raise InputError("start", start.values({}), f"{automaton.name} starts with "
                         f"{automaton.initial}")  # fmt: skip
    atoms = dict.fromkeys(atom for condition in conditions for atom in atoms_of(condition))
    seen = [values]
    for index, (name, times) in enumerate(run):
        rule = automaton.rule(name)
        last = after(rule, values, times - 1)
        if not all(_enabled(rule, one) for one in (values, last)):
            raise InputError(f"step {index}", name, "the rule is not enabled there")
        end = after(rule, values, times)
        seen += [after(rule, values, k) for k in _changes(atoms, values, end, times)]
        values = end
    return seen


def after(rule: Rule, values: Mapping[str, int], times: int) -> dict[str, int]:
    """Give the values after so many nodes have taken a rule, enabled or not."""
    changed = dict(values)
    changed[rule.source] -= times
    changed[rule.target] += times
    for counter, by in rule.increments:
        changed[counter] += by * times
    return changed


def atoms_of(condition: Condition) -> Iterator[Atom]:
    """Yield the atoms of a condition."""
    match condition:
        case Atom():
            yield condition
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from atoms_of(part)


def _enabled(rule: Rule, values: Mapping[str, int]) -> bool:
    return values[rule.source] > 0 and rule.condition.evaluate(values)


def _changes(
    atoms: Iterable[Atom], start: Mapping[str, int], end: Mapping[str, int], times: int
) -> list[int]:
    """Give after how many of the steps to look: beside each zero of an atom, and at the end."""
    found = {times}
    for atom in atoms:
        first, last = atom.linear.evaluate(start), atom.linear.evaluate(end)
        if first != last:
            zero = first * times // (first - last)
            found.update(k for k in range(zero - 1, zero + 3) if 0 < k < times)
    return sorted(found)
