"""Speakers: senders by which of several messages they said, that count for the same.

Who asked for view 2 after view 1 counts as one that asked for view 1 or later by either of the two
messages. Such messages are told apart by their views: a node says one of a view.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

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


def speakers(table: Table) -> dict[Speaker, tuple[str, ...]]:
    """Return the kinds of senders, by what counts for :func:`several`, with where they may be.

    A location where nodes of several kinds may be is there for each of them.
    """
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
    found = defaultdict(list)
    for place, histories in _histories(table, said).items():
        for views in histories - {frozenset()}:
            found[Speaker(views, views - repeats[place])].append(place)
    return {kind: tuple(places) for kind, places in found.items()}


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
