"""What nodes of dBFT 1.0 and 2.0 say to each other, for the per-node encoding of their tables.

A request is its primary's preparation too. A ChangeView of view v is one for every earlier view:
replicas count who wants a view *or a later one*. A commit counts for the return rule of other views
wherever the request that it is about is not known; a Byzantine node may therefore commit to a
block that nobody proposed, which whoever has that view's request drops.

Where lost nodes count, every message is word from its sender, dropped or not, in its view and in
earlier ones (``word_v``), and a commit of any view that is kept makes its sender count among those
that committed. A Byzantine node may then respond to what nobody proposed, which is word and nothing
else; as the primary of its view takes no response of its own, it does so in the next view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.table import Act, Label, Message
from milpbft.dbft.model.tabling import place_name, suffix
from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.rule import Rule
    from milpbft.automaton.table import Table
    from milpbft.dbft.model.variant import Variant

REQUEST, RESPONSE, COMMIT, CHANGE = "PrepareRequest", "PrepareResponse", "Commit", "ChangeView"
SENT = {"propose": REQUEST, "respond": RESPONSE, "commit": COMMIT, "ask": CHANGE}
ORDER = ("accept", "respond", "commit", "enter")
"""What replicas try first; an expired timer comes before all of it."""


def with_traffic(table: Table, variant: Variant) -> Table:
    """Return a table of dBFT 1.0 or 2.0 with its messages and timers."""
    meaning = table.meaning
    sends = {r.name: _sends(r, meaning[r.name]) for r in table.automaton.rules}
    expires = {
        name: act.what == "ask" for name, act in meaning.items() if act.what in {"ask", "propose"}
    }
    commits = "com_0" in table.automaton.counters
    messages = tuple(_messages(variant, commits=commits))
    if variant.returns is ReturnRule.COMMITTED_OR_LOST and commits:
        messages = tuple(_heard(variant, messages))
    return replace(table, messages=messages, sends=sends, expires=expires, order=ORDER)


def starts(views: int, n: int) -> tuple[str, ...]:
    """Return the location in which each node starts: the primaries of the views, then backups."""
    classes = [view if view < views else None for view in range(n)]
    return tuple(place_name(klass, 0, "I", -1) for klass in classes)


def classes(variant: Variant, view: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return where the primary of a view starts, and where everybody else does."""
    places = starts(variant.views, variant.views + 1)
    return (places[view],), tuple(place for place in places if place != places[view])


def _sends(rule: Rule, act: Act) -> tuple[Label, ...]:
    if act.what in SENT:
        return (Label(SENT[act.what], act.view, act.value),)
    if act.what == "enter" and rule.increments:
        return (Label(CHANGE, act.view),)
    return ()


def _messages(variant: Variant, *, commits: bool) -> Iterator[Message]:
    for view in range(variant.views):
        primary, backups = classes(variant, view)
        everybody = (*primary, *backups)
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


def _heard(variant: Variant, messages: tuple[Message, ...]) -> Iterator[Message]:
    """Yield messages as they are word from their senders, and Byzantine ones that are no more."""
    words = tuple(f"word_{view}" for view in range(variant.views))
    for message in messages:
        excuses = words if message.label.kind == COMMIT else ()
        yield replace(message, tells=words[: message.label.view + 1], excuses=excuses)
    for view in range(variant.views + 1):
        *_, last = starts(variant.views, variant.views)
        senders = (last,) if view == variant.views else classes(variant, view)[1]
        nothing = Label(RESPONSE, view, variant.values)
        yield Message(nothing, (), senders, tells=words[: view + 1])
