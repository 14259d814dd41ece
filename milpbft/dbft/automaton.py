"""Rule tables of dBFT as threshold automata, the single source of the strict encodings.

Classes: the primary of each modelled view (one node each) and the other backups. In view v a node
is initialized ``I``, prepared ``P``, committed ``C``, in view change without ``W`` or with ``X`` a
preparation of the view, back from there with one ``Y``; it is done ``D`` once it accepts the block
of a view, or crashed ``Z``. A location also remembers the last view in which the node asked for a
view change, because the change views for a view *or a later one* are counted by distinct senders.

Counters, each of correct senders: ``req_v`` requests, ``prep_v`` preparations, ``com_v`` commits,
``ask_v`` nodes that asked in view v or later. Byzantine nodes are no nodes of the automaton:
parameter ``F`` counts them, and each adds at most one to a guard. ``F_v`` says whether the primary
of view v is one of them: then its request can be shown to anybody. A Byzantine primary may propose
a second value; what is about it ends in ``s``, e.g. ``prep_0s``.

**Who is lost**, where the return rule counts them: in view v, nodes from which a node has no
message of that view or a later one, and no commit (as in ``nspcc-dev/dbft``). The network decides
what a node has heard, so the adversary does, also about nodes that are up:

- to respond, a node must have heard of the primary only. The others are lost, and that is more than
  f nodes: it may always do so;
- to commit, it must have heard of M nodes, so that f are lost at most. One commit of a node among
  these M is needed, of this view or a later one: who committed before prepares no more. That such a
  node of a later view has prepared in this one is left to the replay;
- at the end all is delivered, and lost are only crashed nodes that said nothing in this view or a
  later one: counter ``mute_v``. A Byzantine node says something if that keeps others still.
"""

from __future__ import annotations

from milpbft.automaton.condition import TRUE
from milpbft.automaton.linear import Linear
from milpbft.automaton.table import Act, Table
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.tabling import (
    BYZANTINE,
    Maker,
    Need,
    Variant,
    accept,
    assemble,
    counters,
    crash,
    histories,
    leave,
    need,
    place_name,
    preparations,
    quorum,
    request,
    suffix,
)

KINDS = ("req", "prep", "com")
"""Counters of each view and proposal."""


def dbft2(variant: Variant) -> Table:
    """Return the rule table of dBFT 2.0.

    Parameters of the automaton: ``N`` nodes, ``T`` faults that the quorum N-T is made for, ``F``
    Byzantine nodes, ``F_v`` 1 where the primary of view v is one of them.
    """
    maker = Maker(variant)
    for klass in (*range(variant.views), None):
        for view in range(variant.views):
            for asked in histories(view, variant):
                _add_view(maker, klass, view, asked)
    return assemble(maker, "dbft2", KINDS)


def _add_view(maker: Maker, klass: int | None, view: int, asked: int) -> None:
    """Add the rules of a node of one class, in one view, that last asked in view `asked`."""
    start = place_name(klass, view, "I", asked)
    waiting = place_name(klass, view, "W", view - 1)
    asks = tuple(f"ask_{u}" for u in range(asked + 1, view + 1))
    places = {start: asked}
    if klass != view:
        maker.rule(Act("ask", view), start, waiting, (), asks)
        places |= {waiting: view} if asked == view - 1 else {}
    values = range(maker.variant.values if klass != view else 1)
    for value in values:
        _add_value(maker, klass, view, asked, value)
    for place, last in places.items():
        leave(maker, klass, view, place, last)
        crash(maker, klass, view, place, _mute(maker.variant, view + (place != start)))
        for value in range(maker.variant.values):
            needs = (quorum(f"com_{view}{suffix(value)}"), request(view, value))
            accept(maker, klass, Act("accept", view, value), place, needs)


def _add_value(maker: Maker, klass: int | None, view: int, asked: int, value: int) -> None:
    """Add what a node does about one proposal of its view, once it can know it."""
    s = suffix(value)
    start, prepared = (place_name(klass, view, phase, asked) for phase in ("I", f"P{s}"))
    phases = (f"C{s}", "W", f"X{s}", f"Y{s}")
    ends = (place_name(klass, view, phase, view - 1) for phase in phases)
    committed, waiting, both, back_again = ends
    prep, com = f"prep_{view}{s}", f"com_{view}{s}"
    if klass == view:
        grows = (prep, f"req_{view}")
        maker.rule(Act("propose", view), start, prepared, (), grows)
    else:
        maker.rule(Act("respond", view, value), start, prepared, (request(view, value),), (prep,))
    enough = preparations(view, value)
    maker.rule(Act("commit", view, value), prepared, committed, (enough,), (com,))
    asks = tuple(f"ask_{u}" for u in range(asked + 1, view + 1))
    maker.rule(Act("ask", view), prepared, both, (), asks)
    places = {prepared: asked}
    if asked == view - 1:  # once for all histories: these remember none
        places |= {both: view, committed: view}
        keeps = maker.variant.returns is not ReturnRule.COMMITTED_OR_LOST
        again = back_again if keeps else both
        back = _return(maker.variant, view, value, "respond")
        if back is not None and klass != view:
            needs = (request(view, value), back)
            maker.rule(Act("respond", view, value), waiting, again, needs, (prep,))
        if back is not None and klass != view and keeps:
            # Who is back keeps the commits that it was shown for that, lies among them.
            needs = (enough, Need(back.shown, TRUE))
            maker.rule(Act("commit", view, value), back_again, committed, needs, (com,))
            places[back_again] = view
        back = _return(maker.variant, view, value, "commit")
        if back is not None:
            maker.rule(Act("commit", view, value), both, committed, (enough, back), (com,))
    for place, last in places.items():
        if place != committed:
            leave(maker, klass, view, place, last)
        accept(maker, klass, Act("accept", view, value), place, (quorum(com),))
        mute = () if place == committed else _mute(maker.variant, view + 1)
        crash(maker, klass, view, place, mute)


def _mute(variant: Variant, since: int) -> tuple[str, ...]:
    """Name what counts a node that crashes without a word in view `since` or a later one."""
    if variant.returns is not ReturnRule.COMMITTED_OR_LOST:
        return ()
    return tuple(f"mute_{view}" for view in range(since, variant.views))


def _return(variant: Variant, view: int, value: int, what: str) -> Need | None:
    """More than f nodes committed, as the variant counts them; None where nobody returns.

    A node drops commits of its view that sign another proposal than the one it knows.
    """
    own = {f"com_{view}{suffix(value)}"}
    commits = {name for name in counters(variant, ("com",)) if name.startswith("com")}
    everywhere = own | {name for name in commits if not name.startswith(f"com_{view}")}
    enough = Linear.of("T") + 1
    match variant.returns:
        case ReturnRule.OWN_VIEW:
            return need(tuple(sorted(own)), enough, BYZANTINE)
        case ReturnRule.ANY_VIEW:
            return need(tuple(sorted(everywhere)), enough, BYZANTINE)
        case ReturnRule.NEVER:
            return None
        case ReturnRule.COMMITTED_OR_LOST:
            owed = need((*everywhere, f"mute_{view}"), enough, BYZANTINE).sent
            later = {f"com_{u}{suffix(k)}" for u in range(view, variant.views) for k in (0, 1)}
            one = need(tuple(later & everywhere), Linear.number(1), BYZANTINE)
            return Need(TRUE if what == "respond" else one.shown, owed)
