"""Reloads in the counted encoding: nodes that start again with their logs, and miss messages.

A node that reloads its log at the very end of a run has lost all that was under way to it, so that
it owes nothing that takes a message. No earlier reload makes it miss more, and its timer expires
again. So ``reloaded[l]`` nodes of each location, at most so many in all, are excused from the rules
whose guards count messages. What of these a node was shown before, it has; where that is enough,
this excuses too much, and no lock is missed; the replay says whether it is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.problem import LE

if TYPE_CHECKING:
    from milpbft.automaton.counted.encoding import Counted
    from milpbft.automaton.table import Table


def reloaded(encoded: Counted, table: Table, most: int) -> dict[str, int]:
    """Add how many nodes of each location reload: ``reloaded[l] <= x[K,l]``, at most `most` in all.

    Parameters
    ----------
    encoded
        The encoding of the table's automaton.
    table
        The protocol.
    most
        How many nodes reload at most.

    Returns
    -------
    dict
        By location whose nodes owe what takes messages: the number of its variable. Empty where
        nobody reloads.
    """
    if not most:
        return {}
    rules = encoded.automaton.rules
    sources = {rule.source for rule in rules if takes_messages(encoded, table, rule.name)}
    places = [place for place in encoded.automaton.locations if place in sources]
    block = encoded.builder.variables("reloaded", len(places), upper=most, base=0)
    found = {place: int(number) for place, number in zip(places, block.index, strict=True)}
    for place, number in found.items():
        here = int(encoded.located[place].index[encoded.slots])
        encoded.row("reloaded", [(1, number), (-1, here)], LE, 0)
    encoded.row("reloads", [(1, number) for number in found.values()], LE, most)
    return found


def takes_messages(encoded: Counted, table: Table, rule: str) -> bool:
    """Whether a rule that is owed at rest has a guard that asks for messages.

    One that is for few messages holds all the more for those who missed some.
    """
    counters = encoded.automaton.counters
    atoms = table.owed.get(rule, ())
    assert all(atom.comparison == ">=" for atom in atoms), (
        "owed at rest is what goes beyond a bound"
    )
    return any(atom.linear.coefficient(name) > 0 for atom in atoms for name in counters)
