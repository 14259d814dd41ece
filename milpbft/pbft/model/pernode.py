"""The per-node tables of PBFT and Linear BFT: their guards are what a node can read by itself.

In a counted table a guard may ask for what exists somewhere, and Byzantine primaries have tokens.
Here a guard is about what one node was given, and what a Byzantine primary shows must be backed:
new views by view changes of n - f nodes, certificates by as many shares
(:class:`milpbft.automaton.table.Backing`). So there is one value. Which of two a new view proposes
follows from the highest certificate among its view changes, which no guard on one node's messages
says; with one value a primary proposes that, whichever view changes it has: n - f of them hold a
certificate of whatever was decided, up to f nodes being Byzantine. Who follows a new view without
having left its own (*skip*) does that at once, as replicas do.

A timer between two views runs once n - f view changes are known. One with a duration is started
then (*hear*), and not anew as the view is opened (Castro and Liskov 1999, section 4.5.2). Who skips
to a view that is open starts it there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.table import Act, Backing, Label, Message
from milpbft.pbft.model.collector import linear
from milpbft.pbft.model.state import Phase, State
from milpbft.pbft.model.table import pbft, prepared
from milpbft.pbft.model.tabling import VIEW, Move, Variant
from milpbft.pbft.model.traffic import KINDS, TAKEN, said
from milpbft.pbft.model.viewchange import ViewChange, new_view, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Table
    from milpbft.pbft.instance import PbftInstance
    from milpbft.pbft.model.tabling import Need, Token

TABLES = {"pbft": pbft, "linear": linear}
SKIPS = ("skip1", "skip2", "skip3")
"""Entering a view that was opened, from an earlier one: the earliest first."""
ORDER = ("prepare", "commit", "certify", "decide", "conclude", "follow", *SKIPS, "join", "open")
"""What replicas try first; an expired timer comes before all of it."""


class OneValue(ViewChange):
    """The view change where one value competes: whichever view changes there are, it follows."""

    def left(self, state: State) -> State:
        """Return the state of a node that has left its view; whether it is certified is enough."""
        target = state.leaving(shares=False)
        return replace(target, lock=(0, 0) if target.lock else None)

    def entered(self, state: State, value: int) -> State:
        """Return the state of a node that took the proposal of a view that was opened."""
        return state.taking(value)

    def memories(self, view: int) -> Iterator[State]:
        """Yield what a view change for a view can carry."""
        yield State(view, Phase.WAITING)
        yield State(view, Phase.WAITING, lock=(0, 0))

    def tokens(self) -> Iterator[Token]:
        """Yield nothing: what lies rest on is said with the messages."""
        return iter(())

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the one way to open a view."""
        yield (self.asked(view, VIEW),)

    def leave(self, state: State, klass: int | None) -> Iterator[Move]:
        """Leave a view; between two views the timer is started at n - f view changes."""
        variant, waits = self.variant, not state.active and not state.heard
        times = variant.timed and not variant.calm and klass != state.view < variant.views
        if not times or not waits:
            yield from super().leave(state, klass)
            return
        asked = self.asked(state.view, VIEW)
        yield Move(Act("hear", state.view), replace(state, heard=True), (asked,))
        yield from (m for m in super().leave(state, klass) if m.act.what != "ask")

    def following(self, what: str, view: int, value: int, origin: int) -> Act:
        """Say what a node does: who follows from an earlier view is still in that one."""
        if origin < view:
            return Act(f"skip{view}", origin)
        return super().following(what, view, value, origin)


def pernode_table(instance: PbftInstance) -> Table:
    """Return the rule table of an instance with its messages and timers."""
    variant = prompt_variant(instance)
    change = OneValue(variant, prepared)
    table = TABLES[instance.protocol](variant, change)
    automaton, meaning = table.automaton, table.meaning
    sends = {rule.name: said(instance.protocol, rule) for rule in automaton.rules}
    timers = {name: True for name, act in meaning.items() if act.what == "ask"}
    messages = tuple(_messages(instance))
    return replace(
        table,
        messages=messages,
        sends=sends,
        expires=timers,
        running=running(table) if variant.timed else frozenset(),
        order=ORDER,
    )


def prompt_variant(instance: PbftInstance) -> Variant:
    """Return the variant of a table whose nodes keep to what replicas do at once."""
    return Variant(
        views=instance.views,
        crashes=instance.crashes > 0,
        calm=instance.calm,
        prompt=True,
        skips=True,
        timed=instance.timeout > 0,
    )


def running(table: Table) -> frozenset[str]:
    """Return the locations in which the timer of the view runs."""
    rules = table.automaton.rules
    return frozenset(rule.source for rule in rules if table.meaning[rule.name].what == "ask")


def starts(views: int, n: int) -> tuple[str, ...]:
    """Return the location in which each node starts: first the primaries of the views."""
    return tuple(State().name(node if node < views else None) for node in range(n))


def _messages(instance: PbftInstance) -> Iterator[Message]:
    """Yield the messages of the modelled views, and the view changes that leave them.

    A Byzantine node claims no certificate: with one value, its plain view change does as much.
    """
    quorum = instance.n - instance.f
    everybody = tuple(dict.fromkeys(starts(instance.views, instance.n)))
    for view in range(instance.views + 1):
        wishes = tuple(Label(kind, view) for kind in ("ViewChange", "PreparedViewChange"))
        if view:
            yield Message(wishes[0], (f"vc_{view}",), everybody)
            yield Message(wishes[1], (f"vc_{view}_L0A",), ())
        if view == instance.views:
            return
        primary = (State().name(view),)
        kind = "NewView" if view else "PrePrepare"
        brings = (new_view(view, 0), prepare(view, 0))
        backed = Backing(wishes, quorum) if view else None
        yield Message(Label(kind, view), brings, primary, backed=backed)
        taken = Label(TAKEN[instance.protocol], view)
        others = tuple(place for place in everybody if place not in primary)
        yield Message(taken, (prepare(view, 0),), others)
        votes = Label("Commit" if instance.protocol == "pbft" else "CommitShare", view)
        yield Message(votes, (f"com_{view}A",), everybody)
        if instance.protocol != "pbft":
            # A collector that makes a certificate commits, and keeps its share.
            made = (("pc", taken, (f"pc_{view}A", f"com_{view}A")), ("cc", votes, (f"cc_{view}A",)))
            for part, shares, counts in made:
                backed = Backing((shares,), quorum)
                yield Message(Label(KINDS[part], view), counts, primary, backed=backed)
