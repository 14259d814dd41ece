"""What nodes of dBFT 2.1 say to each other, for the per-node encoding of its table.

A change view of a stage counts for its own view where a guard asks who sent one (``cv1_v``), and
for every earlier view where it asks who wants to leave (``wish1_v``). Preparations and commits
count, whatever they are about, until the request is known: a Byzantine node may therefore respond
or commit to what nobody proposed. It may also want to leave the last modelled view and a later one,
without a change view of the last.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.table import Label, Message
from milpbft.dbft.model.tabling import suffix
from milpbft.dbft.model.traffic import COMMIT, REQUEST, RESPONSE, classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Act, Table
    from milpbft.dbft.model.variant import Variant

STAGES = (1, 2, 3)
SENT = {"propose": REQUEST, "respond": RESPONSE, "commit": COMMIT}
ASKS = {"ask1": 1, "ask2": 2, "ask2b": 2, "ask3": 3}
"""What an expired timer sends, by act: the change view of a stage."""
ORDER = ("accept", "respond", "commit", "enter1", "enter2", "enter3")
"""What replicas try first; an expired timer comes before all of it."""


def with_traffic21(table: Table, variant: Variant) -> Table:
    """Return a table of dBFT 2.1 in the reading ``given`` with its messages and timers."""
    meaning = table.meaning
    expires = {
        name: act.what in ASKS
        for name, act in meaning.items()
        if act.what in ASKS or act.what == "propose"
    }
    return replace(
        table,
        messages=tuple(_messages(variant)),
        sends={name: _sends(act) for name, act in meaning.items()},
        expires=expires,
        again=True,
        order=ORDER,
    )


def _sends(act: Act) -> tuple[Label, ...]:
    if act.what in ASKS:
        return (_change(ASKS[act.what], act.view),)
    return (Label(SENT[act.what], act.view, act.value),) if act.what in SENT else ()


def _change(stage: int, view: int) -> Label:
    return Label(f"ChangeView{stage}", view)


def _messages(variant: Variant) -> Iterator[Message]:
    for view in range(variant.views):
        primary, backups = classes(variant, view)
        everybody = (*primary, *backups)
        requests = tuple(Label(REQUEST, view, value) for value in range(variant.values))
        asked, late = f"asked_{view}", f"late_{view}"
        for value, request in enumerate(requests):
            s = suffix(value)
            others = tuple(label for label in requests if label != request)
            prep = f"prep_{view}{s}"
            yield Message(request, (f"req_{view}{s}", prep, asked), primary, lapses=True)
            response, commit = Label(RESPONSE, view, value), Label(COMMIT, view, value)
            yield Message(response, (prep, asked), backups, request, others)
            yield Message(commit, (f"com_{view}{s}", late), everybody, request, others)
        nothing = [Label(kind, view, variant.values) for kind in (RESPONSE, COMMIT)]
        yield Message(nothing[0], (asked,), backups, None, requests)
        yield Message(nothing[1], (f"com_{view}", late), everybody, None, requests)
        for stage, union in zip(STAGES, ((asked,), (late,), ()), strict=True):
            counts = (f"cv{stage}_{view}", *_wishes(stage, view), *union)
            yield Message(_change(stage, view), counts, everybody)
    primary, backups = classes(variant, variant.views - 1)
    for stage in STAGES:
        wishes = _wishes(stage, variant.views - 1)
        yield Message(_change(stage, variant.views), wishes, (*primary, *backups))


def _wishes(stage: int, view: int) -> tuple[str, ...]:
    return tuple(f"wish{stage}_{earlier}" for earlier in range(view + 1))
