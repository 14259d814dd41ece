"""What nodes of dBFT 1.0 and 2.0 say to each other, for the per-node encoding of their tables.

A request is its primary's preparation too. A ChangeView of view v is one for every earlier view:
replicas count who wants a view *or a later one*. A commit counts for the return rule of other views
wherever the request that it is about is not known; a Byzantine node may therefore commit to a
block that nobody proposed, which whoever has that view's request drops.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.table import Act, Label, Message
from milpbft.dbft.tabling import place_name, suffix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.rule import Rule
    from milpbft.automaton.table import Table
    from milpbft.dbft.tabling import Variant

REQUEST, RESPONSE, COMMIT, CHANGE = "PrepareRequest", "PrepareResponse", "Commit", "ChangeView"
SENT = {"propose": REQUEST, "respond": RESPONSE, "commit": COMMIT, "ask": CHANGE}
ORDER = ("accept", "respond", "commit", "enter")
"""What replicas try first; an expired timer comes before all of it."""


def with_traffic(table: Table, variant: Variant) -> Table:
    """Return a table of dBFT 1.0 or 2.0 with its messages and timers.

    Other members of the family get a table that the per-node encoding refuses: their rules count
    what no message here says.
    """
    meaning = table.meaning
    sends = {r.name: _sends(r, meaning[r.name]) for r in table.automaton.rules}
    expires = {
        name: act.what == "ask" for name, act in meaning.items() if act.what in {"ask", "propose"}
    }
    commits = "com_0" in table.automaton.counters
    messages = tuple(_messages(variant, commits=commits))
    return replace(table, messages=messages, sends=sends, expires=expires, order=ORDER)


def starts(views: int, n: int) -> tuple[str, ...]:
    """Return the location in which each node starts: the primaries of the views, then backups."""
    classes = [view if view < views else None for view in range(n)]
    return tuple(place_name(klass, 0, "I", -1) for klass in classes)


def _sends(rule: Rule, act: Act) -> tuple[Label, ...]:
    if act.what in SENT:
        return (Label(SENT[act.what], act.view, act.value),)
    if act.what == "enter" and rule.increments:
        return (Label(CHANGE, act.view),)
    return ()


def _messages(variant: Variant, *, commits: bool) -> Iterator[Message]:
    everybody = (*(place_name(v, 0, "I", -1) for v in range(variant.views)), "b_0I")
    for view in range(variant.views):
        primary = (place_name(view, 0, "I", -1),)
        backups = tuple(start for start in everybody if start not in primary)
        requests = [Label(REQUEST, view, value) for value in range(variant.values)]
        for value, request in enumerate(requests):
            s = suffix(value)
            others = tuple(label for label in requests if label != request)
            prep = f"prep_{view}{s}"
            yield Message(request, (f"req_{view}{s}", prep), primary, lapses=True)
            response = Label(RESPONSE, view, value)
            yield Message(response, (prep,), backups, request, others)
            if commits:
                commit = Label(COMMIT, view, value)
                yield Message(commit, (f"com_{view}{s}",), everybody, request, others)
        if commits and variant.views > 1:
            nothing = Label(COMMIT, view, variant.values)
            yield Message(nothing, (f"com_{view}",), everybody, None, tuple(requests))
        wanted = tuple(f"ask_{earlier}" for earlier in range(view + 1))
        yield Message(Label(CHANGE, view), wanted, everybody)
