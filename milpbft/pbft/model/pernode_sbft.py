"""The per-node tables of SBFT, with its slow path and without.

As for PBFT and Linear BFT (:mod:`milpbft.pbft.model.pernode`), guards are about what one node was
given, and there is one value. What is new: sign shares count for both paths, a collector's timer
takes it off the fast one, and view changes tell proofs of decisions, which a new view hands on.

The collector's timer runs from its proposal on, so many ticks in every view; one that is due at d
has expired by ``max(d, gst) + delta``, as timers of views have.

Execution certificates, on which nothing depends, are left out: schedules ask for replicas without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.table import Backing, Label, Message
from milpbft.pbft.model.collector import certificate, sbft, sbft_fast
from milpbft.pbft.model.pernode import SKIPS, OneValue, prompt_variant, running, starts
from milpbft.pbft.model.state import VALUES, Phase, State
from milpbft.pbft.model.table import commit, prepared
from milpbft.pbft.model.tabling import ONE, VIEW, Need, need
from milpbft.pbft.model.traffic import KINDS, TAKEN, said
from milpbft.pbft.model.viewchange import new_view, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Table
    from milpbft.pbft.instance import PbftInstance

TABLES = {"sbft": sbft, "sbftfast": sbft_fast}
VOTING = ("propose", "prepare", "shortcut", "certify", "commit", "conclude", "finish", "decide")
ORDER = (*VOTING, "follow", "learn", *SKIPS, "join", "teach", "open")
"""What replicas try first; an expired timer comes before all of it."""
DECIDED = "_DA"
CLAIMS = {
    "": "ViewChange",
    "_S0A": "SignedViewChange",
    "_L0A": "PreparedViewChange",
    DECIDED: "DecidedViewChange",
}
"""Kinds of view changes, by the end of their counters' names."""


class SbftOneValue(OneValue):
    """SBFT's view change where one value competes, for at most two views.

    A new view proposes the value, whatever its view changes claim. A proof of a decision among them
    matters all the same: whoever opens or follows that view decides.
    """

    shares = True

    def left(self, state: State) -> State:
        """Return the state of a node that has left its view, with the most that it can claim."""
        if state.decided is not None:
            return State(state.view + 1, Phase.WAITING, decided=state.decided)
        target = state.leaving(shares=True)
        if target.lock is not None:
            return replace(target, lock=(0, 0), share=None)
        return replace(target, share=(0, 0) if target.share else None)

    def counter(self, target: State) -> str:
        """Name the counter of view changes with which a node came to a state of waiting."""
        if target.decided is not None:
            return f"vc_{target.view}_D{VALUES[target.decided]}"
        return super().counter(target)

    def memories(self, view: int) -> Iterator[State]:
        """Yield what a view change for a view can carry."""
        yield State(view, Phase.WAITING)
        yield State(view, Phase.WAITING, share=(0, 0))
        yield State(view, Phase.WAITING, lock=(0, 0))
        yield State(view, Phase.WAITING, decided=0)

    def kinds(self, view: int, value: int) -> Iterator[tuple[str, str]]:
        """Yield the ways of opening a view: with the proof of a decision, and without."""
        yield from super().kinds(view, value)
        yield "teach", f"proof_{new_view(view, value)}"

    def openings(
        self, what: str, view: int, value: int, own: State | None
    ) -> Iterator[tuple[Need, ...]]:
        """Yield the one way to open a view: by ``teach``, tried first, where a proof is shown."""
        asked = self.asked(view, VIEW)
        decided = own is not None and own.decided is not None
        if what == "open":
            yield from () if decided else ((asked,),)
            return
        proof = self.counter(State(view, Phase.WAITING, decided=value))
        yield (asked,) if decided else (asked, need((proof,), ONE))


def sbft_table(instance: PbftInstance) -> Table:
    """Return the rule table of an instance with its messages and timers."""
    variant = prompt_variant(instance)
    table = TABLES[instance.protocol](variant, SbftOneValue(variant, prepared))
    acts = {name: act.what for name, act in table.meaning.items()}
    switches = [name for name, what in acts.items() if what == "switch"]
    return replace(
        table,
        messages=tuple(_messages(instance)),
        sends={rule.name: said(instance.protocol, rule) for rule in table.automaton.rules},
        expires={name: what == "ask" for name, what in acts.items() if what in {"ask", "switch"}},
        lasts=dict.fromkeys(switches, instance.collector),
        running=running(table) if variant.timed else frozenset(),
        # Of two views only the first can have decided anything before the other is opened.
        learns={name: 0 for name, what in acts.items() if what in {"teach", "learn"}},
        order=ORDER,
    )


def sbft_settings(instance: PbftInstance) -> dict[str, str]:
    """Return what schedules must say of an instance."""
    said = {"execution": "false"}
    if instance.redundant:
        said["redundant"] = str(instance.redundant)
    if instance.protocol == "sbft":
        said["collector"] = str(instance.collector)
    return said


def _messages(instance: PbftInstance) -> Iterator[Message]:
    """Yield the messages of the modelled views, and the view changes that leave them.

    A Byzantine node claims nothing, and as a primary shows no proof of a decision in a new view:
    with one value, its plain view change and its plain new view delay as much.
    """
    everybody = tuple(dict.fromkeys(starts(instance.views, instance.n)))
    for view in range(instance.views + 1):
        if view:
            for end, kind in CLAIMS.items():
                yield Message(Label(kind, view), (f"vc_{view}{end}",), () if end else everybody)
        if view < instance.views:
            yield from _openings(instance, view)
            yield from _votes(instance, view, everybody)


def _openings(instance: PbftInstance, view: int) -> Iterator[Message]:
    primary, brings = (State().name(view),), (new_view(view, 0), prepare(view, 0))
    if view == 0:
        yield Message(Label("PrePrepare", 0), brings, primary)
        return
    wishes = tuple(Label(kind, view) for end, kind in CLAIMS.items() if end != DECIDED)
    backed = Backing(wishes, instance.n - instance.f)
    yield Message(Label("NewView", view), brings, primary, backed=backed)
    yield Message(Label("DecidedNewView", view), (f"proof_{brings[0]}", brings[1]), ())


def _votes(instance: PbftInstance, view: int, everybody: tuple[str, ...]) -> Iterator[Message]:
    primary = (State().name(view),)
    others = tuple(place for place in everybody if place not in primary)
    fast, slow = instance.n - instance.redundant, instance.n - instance.f - instance.redundant
    signs, commits = Label(TAKEN[instance.protocol], view), Label("CommitShare", view)
    yield Message(signs, (prepare(view, 0),), others)
    proofs: list[tuple[str, Label, int, tuple[str, ...]]] = [("fc", signs, fast, ())]
    if instance.protocol == "sbft":
        yield Message(commits, (commit(view, 0),), others)
        # A collector that makes a certificate commits, and keeps its share.
        proofs += [("pc", signs, slow, (commit(view, 0),)), ("cc", commits, slow, ())]
    for part, shares, quorum, kept in proofs:
        brings = (certificate(part, view, 0), *kept)
        backed = Backing((shares,), quorum)
        yield Message(Label(KINDS[part], view), brings, primary, backed=backed)
