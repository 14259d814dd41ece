"""Held: which messages a node sends again until they arrive, by its location.

Those of the view that it is in, as Castro's library does on request. What a node has surely sent by
the time that it comes to a location is what it sent on every way there: one view change for a view,
though perhaps not the same on all ways.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.automaton.counted.speakers import several
from milpbft.table.state import CRASHED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.pbft.model.state import State
    from milpbft.table import Table

Group = tuple[str, ...]
"""Counters; nobody counts for two of them."""


def held(
    table: Table, states: Mapping[str, State], *, named: bool = False
) -> dict[Group, tuple[str, ...]]:
    """Return by counters the locations of nodes that count for one by what they send again.

    Parameters
    ----------
    table
        With its messages, and with what its rules send.
    states
        By location: the state of its nodes.
    named
        Whether it is known of each node what it sent. Then all locations of nodes that would send
        it again are returned, and else only those of nodes that surely sent it.
    """
    views = _groups(table)
    if named:
        return {
            group: tuple(place for place, state in states.items() if _keeps(state, view))
            for group, view in views.items()
        }
    says = {
        name: frozenset(
            group
            for message in table.messages
            if message.label in sent
            for group in views
            if not {*group}.isdisjoint(message.brings)
        )
        for name, sent in table.sends.items()
    }
    found = defaultdict(list)
    for place, said in sorted(_surely(table, states, says, views).items()):
        for group in sorted(said):
            found[group].append(place)
    return {group: tuple(places) for group, places in found.items()}


def _groups(table: Table) -> dict[Group, int]:
    """Return each counter alone and all view changes for a view, with the view of messages."""
    shared, views = several(table), {}
    changes = defaultdict(set)
    for message in table.messages:
        for counter in message.brings:
            if counter in shared or counter not in table.automaton.counters:
                continue
            views[counter,] = message.label.view
            if counter.startswith("vc_"):
                changes[message.label.view].add(counter)
    return views | {tuple(sorted(names)): view for view, names in changes.items()}


def _surely(
    table: Table,
    states: Mapping[str, State],
    says: Mapping[str, frozenset[Group]],
    views: Mapping[Group, int],
) -> dict[str, frozenset[Group]]:
    """Return by location what its nodes said on every way there, in the view that they are in."""
    rules = [rule for rule in table.automaton.rules if rule.source in states]
    known: dict[str, frozenset[Group]] = {}
    sources = {rule.source for rule in rules} - {rule.target for rule in rules}
    todo: list[tuple[str, frozenset[Group]]] = [(place, frozenset()) for place in sources]
    after = defaultdict(list)
    for rule in rules:
        after[rule.source].append(rule)
    while todo:
        place, said = todo.pop()
        said = frozenset(group for group in said if _keeps(states[place], views[group]))
        both = said & known.get(place, said)
        if known.get(place) == both:
            continue
        known[place] = both
        todo += [(r.target, both | says.get(r.name, frozenset())) for r in after[place]]
    return known


def _keeps(state: State, view: int) -> bool:
    """Whether a node sends again what it sent in a view, or for it."""
    return state.phase != CRASHED and state.view <= view
