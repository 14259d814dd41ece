"""Speakers: senders by which of several messages they said, that count for the same.

Who asked for view 2 after view 1 counts as one that asked for view 1 or later by either of the two
messages. Such messages are told apart by their views: a node says one of a view. Where there are
change views of several stages, those of each stage count for counters of their own: counters that a
message brings together are of one *family*, and so are the messages that bring them.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from milpbft.automaton.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.table import Message, Table

Views = frozenset[int]
Said = frozenset[tuple[str, int]]
"""Families and views of what a node said."""


class Speaker(NamedTuple):
    """A kind of sender: views of what it said of a family, and of what it does not say again."""

    family: str
    said: Views
    lossy: Views


def several(table: Table) -> dict[str, Views]:
    """Return the counters that messages of more than one view bring, with these views."""
    views = defaultdict(set)
    for message in table.messages:
        for counter in message.brings:
            views[counter].add(message.label.view)
    return {counter: frozenset(found) for counter, found in views.items() if len(found) > 1}


def families(table: Table) -> dict[str, str]:
    """Return by counter of :func:`several` its family, called after the first of its counters."""
    shared = several(table)
    family = {counter: counter for counter in shared}
    for message in table.messages:
        together = {family[counter] for counter in message.brings if counter in shared}
        for counter, name in family.items():
            if name in together:
                family[counter] = min(together)
    return family


def family_of(message: Message, family: Mapping[str, str]) -> str | None:
    """Return the family that a message is of; None where it counts for nothing shared."""
    return next((family[counter] for counter in message.brings if counter in family), None)


def speakers(table: Table) -> dict[Speaker, Linear]:
    """Return the kinds of senders, by what counts for :func:`several`, with how many there are.

    If the table does not say that, a location where nodes of several kinds may be is there for each
    of them.
    """
    if table.spoken:
        family = families(table)
        return {Speaker(family[q], views, views): n for (q, views), n in table.spoken.items()}
    found: defaultdict[Speaker, Linear] = defaultdict(partial(Linear.number, 0))
    for place, some in kinds(table).items():
        for kind in some:
            found[kind] += Linear.of(place)
    return dict(found)


def kinds(table: Table) -> dict[str, set[Speaker]]:
    """Return by location which kinds of senders its nodes may be."""
    family = families(table)
    labels = {m.label: of for m in table.messages if (of := family_of(m, family)) is not None}
    repeats: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for counters, places in table.held.items():
        brought = (m.label for m in table.messages if not {*counters}.isdisjoint(m.brings))
        again = {(labels[label], label.view) for label in brought if label in labels}
        for place in places:
            repeats[place] |= again
    said = {
        name: frozenset((labels[label], label.view) for label in sent if label in labels)
        for name, sent in table.sends.items()
    }
    return {
        place: {kind for history in histories for kind in _kinds(history, repeats[place])}
        for place, histories in _histories(table, said).items()
    }


def _kinds(said: Said, repeats: set[tuple[str, int]]) -> set[Speaker]:
    """Return which kind of sender a node is in each family of which it said something."""
    found = set()
    for family in {name for name, _ in said}:
        views = frozenset(view for name, view in said if name == family)
        again = frozenset(view for name, view in repeats if name == family)
        found.add(Speaker(family, views, views - again))
    return found


def _histories(table: Table, said: Mapping[str, Said]) -> dict[str, set[Said]]:
    """Return by location what its nodes may have said on their ways there."""
    after = defaultdict(list)
    for rule in table.automaton.rules:
        after[rule.source].append(rule)
    targets = {rule.target for rule in table.automaton.rules}
    nothing: Said = frozenset()
    todo = [(place, nothing) for place in after if place not in targets]
    found: defaultdict[str, set[Said]] = defaultdict(set)
    while todo:
        place, views = todo.pop()
        if views not in found[place]:
            found[place].add(views)
            todo += [(r.target, views | said.get(r.name, nothing)) for r in after[place]]
    return found
