"""The rule table of dBFT 1.0: no commit phase, so a block is accepted at M preparations.

Locations and counters as in :mod:`milpbft.dbft.model.table`, without commits. A node in view change
takes no part in its view, and only who has prepared accepts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.table import Act, Table
from milpbft.dbft.model.tabling import (
    Maker,
    accept,
    assemble,
    crash,
    histories,
    leave,
    place_name,
    preparations,
    quorum,
    request,
    suffix,
)

if TYPE_CHECKING:
    from milpbft.dbft.model.variant import Variant


def dbft1(variant: Variant) -> Table:
    """Return the rule table of dBFT 1.0; the variant's return rule is not read."""
    maker = Maker(variant)
    for klass in (*range(variant.views), None):
        for view in range(variant.views):
            for asked in histories(view, variant):
                _add_view(maker, klass, view, asked)
    return assemble(maker, "dbft1", ("req", "prep"))


def _add_view(maker: Maker, klass: int | None, view: int, asked: int) -> None:
    """Add the rules of a node of one class, in one view, that last asked in view `asked`."""
    start = place_name(klass, view, "I", asked)
    waiting = place_name(klass, view, "W", view - 1)
    asks = tuple(f"ask_{u}" for u in range(asked + 1, view + 1))
    places = {start: asked, waiting: view}
    if klass == view:
        prepared = [_propose(maker, klass, view, start)]
    else:
        maker.rule(Act("ask", view), start, waiting, (), asks)
        values = range(maker.variant.values)
        prepared = [_respond(maker, klass, Act("respond", view, value), start) for value in values]
    for place in prepared:
        maker.rule(Act("ask", view), place, waiting, (), asks)
        places[place] = asked
    for place, last in places.items():
        if place != waiting or asked == view - 1:
            leave(maker, klass, view, place, last)
            crash(maker, klass, view, place)


def _propose(maker: Maker, klass: int, view: int, start: str) -> str:
    place = f"{start}P"
    maker.rule(Act("propose", view), start, place, (), (f"prep_{view}", f"req_{view}"))
    accept(maker, klass, Act("accept", view), place, (quorum(f"prep_{view}"),))
    return place


def _respond(maker: Maker, klass: int | None, act: Act, start: str) -> str:
    s = suffix(act.value)
    place, counter = f"{start}P{s}", f"prep_{act.view}{s}"
    maker.rule(act, start, place, (request(act.view, act.value),), (counter,))
    enough = preparations(act.view, act.value)
    accept(maker, klass, Act("accept", act.view, act.value), place, (enough,))
    return place
