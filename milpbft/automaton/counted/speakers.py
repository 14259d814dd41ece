"""Speakers: senders by which of several messages they said, that count for the same.

Who asked for view 2 after view 1 counts as one that asked for view 1 or later by either of the two
messages. Such messages are told apart by their views: a node says one of a view.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from milpbft.automaton.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.table import Table

Views = frozenset[int]


class Speaker(NamedTuple):
    """A kind of sender: the views of what it said, and of what it does not say again."""

    said: Views
    lossy: Views


def several(table: Table) -> dict[str, Views]:
    """Return the counters that messages of more than one view bring, with these views."""
    views = defaultdict(set)
    for message in table.messages:
        for counter in message.brings:
            views[counter].add(message.label.view)
    return {counter: frozenset(found) for counter, found in views.items() if len(found) > 1}


def speakers(table: Table) -> dict[Speaker, Linear]:
    """Return the kinds of senders, by what counts for :func:`several`, with how many there are.

    If the table does not say that, a location where nodes of several kinds may be is there for each
    of them.
    """
    if table.spoken:
        return {Speaker(views, views): count for views, count in table.spoken.items()}
    found: defaultdict[Speaker, Linear] = defaultdict(partial(Linear.number, 0))
    for place, some in kinds(table).items():
        for kind in some:
            found[kind] += Linear.of(place)
    return dict(found)


def kinds(table: Table) -> dict[str, set[Speaker]]:
    """Return by location which kinds of senders its nodes may be."""
    shared = several(table)
    labels = {m.label for m in table.messages if not shared.keys().isdisjoint(m.brings)}
    repeats: defaultdict[str, set[int]] = defaultdict(set)
    for counters, places in table.held.items():
        brought = (m.label for m in table.messages if not {*counters}.isdisjoint(m.brings))
        again = {label.view for label in brought if label in labels}
        for place in places:
            repeats[place] |= again
    said = {
        name: frozenset(label.view for label in sent if label in labels)
        for name, sent in table.sends.items()
    }
    return {
        place: {Speaker(views, views - repeats[place]) for views in histories - {frozenset()}}
        for place, histories in _histories(table, said).items()
    }


def _histories(table: Table, said: Mapping[str, Views]) -> dict[str, set[Views]]:
    """Return by location what its nodes may have said on their ways there."""
    after = defaultdict(list)
    for rule in table.automaton.rules:
        after[rule.source].append(rule)
    targets = {rule.target for rule in table.automaton.rules}
    todo = [(place, frozenset[int]()) for place in after if place not in targets]
    found: defaultdict[str, set[Views]] = defaultdict(set)
    while todo:
        place, views = todo.pop()
        if views not in found[place]:
            found[place].add(views)
            todo += [(r.target, views | said.get(r.name, frozenset())) for r in after[place]]
    return found
