"""The per-node models of PBFT and Linear BFT: rule tables whose guards a node can read by itself.

In a counted table a guard may ask for what exists somewhere, and Byzantine primaries have tokens.
Here a guard is about what one node was given. So there is one value, and faulty nodes are silent
from a tick of the adversary's choice on: with one value, whatever view changes a primary has, it
proposes that. Unlike the counted table this one has nodes that enter a view that was opened without
having left theirs (*skip*), since replicas do that at once.

A timer between two views runs once n - f view changes are known, and expires no earlier than the
view's timeout after its owner left for that view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.paths import Paths
from milpbft.automaton.table import Act, Label, Message
from milpbft.errors import InputError
from milpbft.pbft.automaton import pbft, prepared
from milpbft.pbft.collector import linear
from milpbft.pbft.state import Phase, State
from milpbft.pbft.tabling import VIEW, Move, Variant, message
from milpbft.pbft.traffic import KINDS, TAKEN, said
from milpbft.pbft.viewchange import ViewChange, new_view, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Table
    from milpbft.pbft.instance import PbftInstance
    from milpbft.pbft.tabling import Need, Token

TABLES = {"pbft": pbft, "linear": linear}
ORDER = ("commit", "certify", "decide", "conclude", "follow", "skip", "join", "open")
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
        """Yield nothing: nobody lies."""
        return iter(())

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the one way to open a view; who decided without a certificate proposes nothing."""
        if own is not None and (own.decided is None or own.lock is not None):
            yield (self.asked(view, VIEW),)

    def enter(self, state: State, klass: int | None) -> Iterator[Move]:
        """Enter a view that waits to be opened, or a later one that was."""
        yield from super().enter(state, klass)
        first = state.view + (state.phase is not Phase.WAITING)
        for view in range(max(first, 1), self.variant.views):
            if view == klass or (view == state.view and state.phase is Phase.WAITING):
                continue
            target = self.entered(replace(state, view=view, lock=self.lock(state)), 0)
            needs = (message(new_view(view, 0), view),)
            yield Move(Act("skip", state.view, 0), target, needs, (prepare(view, 0),))

    def lock(self, state: State) -> tuple[int, int] | None:
        """Return the certificate that a node has as it leaves its view."""
        return self.left(state).lock if state.active else state.lock


def pernode_model(instance: PbftInstance, paths: Paths | None = None) -> PerNodeModel:
    """Return the per-node model of an instance.

    Parameters
    ----------
    paths
        Those of its overlay; None for a full mesh.

    Raises
    ------
    InputError
        Where it has Byzantine nodes, two values, or a fast path.
    """
    if instance.protocol not in TABLES:
        raise InputError("protocol", instance.protocol, "pbft or linear in the encoding compact")
    for field, most in (("byzantine", 0), ("values", 1), ("blind", False)):
        if getattr(instance, field) != most:
            allowed = f"{most} in the encoding compact, where faulty nodes are silent"
            raise InputError(field, getattr(instance, field), allowed)
    assert (paths is None) == (instance.overlay is None), "an overlay comes with its paths"
    return PerNodeModel(
        instance,
        pernode_table(instance),
        starts(instance.views, instance.n),
        {"N": instance.n, "T": instance.f, "C": 0},
        instance.n - instance.f,
        primaries=tuple(range(instance.views)),
        paths=paths or Paths(),
    )


def pernode_table(instance: PbftInstance) -> Table:
    """Return the rule table of an instance with its messages and timers."""
    variant = Variant(
        views=instance.views, crashes=instance.crashes > 0, calm=instance.calm, prompt=True
    )
    change = OneValue(variant, prepared)
    table = TABLES[instance.protocol](variant, change)
    automaton, meaning = table.automaton, table.meaning
    sends = {rule.name: said(instance.protocol, rule) for rule in automaton.rules}
    timers = {name: True for name, act in meaning.items() if act.what == "ask"}
    messages = tuple(_messages(instance))
    return replace(table, messages=messages, sends=sends, expires=timers, order=ORDER)


def starts(views: int, n: int) -> tuple[str, ...]:
    """Return the location in which each node starts: first the primaries of the views."""
    return tuple(State().name(node if node < views else None) for node in range(n))


def _messages(instance: PbftInstance) -> Iterator[Message]:
    """Yield the messages of the modelled views, and the view changes that leave them."""
    everybody = tuple(dict.fromkeys(starts(instance.views, instance.n)))
    for view in range(instance.views):
        primary = (State().name(view),)
        kind = "NewView" if view else "PrePrepare"
        brings = (new_view(view, 0), prepare(view, 0))
        yield Message(Label(kind, view), brings, primary)
        others = tuple(place for place in everybody if place not in primary)
        yield Message(Label(TAKEN[instance.protocol], view), (prepare(view, 0),), others)
        votes = "Commit" if instance.protocol == "pbft" else "CommitShare"
        yield Message(Label(votes, view), (f"com_{view}A",), everybody)
        if instance.protocol != "pbft":
            # A collector that makes a certificate commits, and keeps its share.
            proofs = {"pc": (f"pc_{view}A", f"com_{view}A"), "cc": (f"cc_{view}A",)}
            for part, counts in proofs.items():
                yield Message(Label(KINDS[part], view), counts, primary)
    for view in range(1, instance.views + 1):
        yield Message(Label("ViewChange", view), (f"vc_{view}",), everybody)
        yield Message(Label("PreparedViewChange", view), (f"vc_{view}_L0A",), everybody)
