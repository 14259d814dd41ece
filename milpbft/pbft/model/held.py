"""Held: which messages a node sends again until they arrive, by its location.

Those of the view that it is in, as Castro's library does on request. What a node has surely sent by
the time that it comes to a location is what it sent on every way there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.table.state import CRASHED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.pbft.model.state import State
    from milpbft.table import Label, Table


def held(table: Table, states: Mapping[str, State]) -> dict[Label, tuple[str, ...]]:
    """Return by message the locations of nodes that sent it in the view that they are in.

    Parameters
    ----------
    table
        With what its rules send.
    states
        By location: the state of its nodes.
    """
    rules = [rule for rule in table.automaton.rules if rule.source in states]
    known: dict[str, frozenset[Label]] = {}
    sources = {rule.source for rule in rules} - {rule.target for rule in rules}
    todo: list[tuple[str, frozenset[Label]]] = [(place, frozenset()) for place in sources]
    after = defaultdict(list)
    for rule in rules:
        after[rule.source].append(rule)
    while todo:
        place, said = todo.pop()
        state = states[place]
        keeps = state.phase != CRASHED
        said = frozenset(label for label in said if keeps and label.view >= state.view)
        both = said & known.get(place, said)
        if known.get(place) == both:
            continue
        known[place] = both
        todo += [(rule.target, both | {*table.sends.get(rule.name, ())}) for rule in after[place]]
    found = defaultdict(list)
    for place, labels in sorted(known.items()):
        for label in labels:
            found[label].append(place)
    return {label: tuple(places) for label, places in found.items()}
