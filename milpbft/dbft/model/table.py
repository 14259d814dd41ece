"""Rule tables of dBFT as threshold automata, the single source of the strict encodings.

Classes: the primary of each modelled view (one node each) and the other backups. In view v a node
is initialized ``I``, prepared ``P``, committed ``C``, in view change without ``W`` or with ``X`` a
preparation of the view; it is done ``D`` once it accepts the block of a view, or crashed ``Z``. Who
responded after the return rule let it is in ``X`` too, but in ``Y`` where what it was shown for
that stays: ``Yl``, ``Ym``, and ``Cl``, ``Cm`` once it commits
(:mod:`milpbft.dbft.model.returning`). A location also remembers the last view in which the node
asked for a view change, because the change views for a view *or a later one* are counted by
distinct senders; and where it matters which proposals of views that it left the node knows
(:mod:`milpbft.dbft.model.memory`).

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

Where guards are over what one node was given, the rule is what replicas check: at most n-f-2 other
nodes gave word, in this view or a later one, of which no commit is known. ``word_v`` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, at_least
from milpbft.automaton.linear import Linear
from milpbft.automaton.table import Act, Table
from milpbft.dbft.model.memory import Memory, learned, mark, memories, unseen
from milpbft.dbft.model.returning import ENOUGH, Way, lent, ways
from milpbft.dbft.model.tabling import (
    QUORUM,
    Maker,
    Need,
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
from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from milpbft.dbft.model.variant import Variant

KINDS = ("req", "prep", "com")
"""Counters of each view and proposal."""


def dbft2(variant: Variant) -> Table:
    """Return the rule table of dBFT 2.0.

    Parameters of the automaton: ``N`` nodes, ``T`` faults that the quorum N-T is made for, ``F``
    Byzantine nodes, ``F_v`` 1 where the primary of view v is one of them, ``L_v`` of
    :mod:`milpbft.dbft.model.returning`.
    """
    maker = Maker(variant)
    for klass in (*range(variant.views), None):
        for view in range(variant.views):
            for asked in histories(view, variant):
                for memory in memories(klass, view, variant):
                    _add_view(maker, _Entered(klass, view, asked, memory))
    return assemble(maker, "dbft2", KINDS, lent(variant))


@dataclass(frozen=True)
class _Entered:
    """A node of one class that is in a view; it last asked in view `asked` when it came there."""

    klass: int | None
    view: int
    asked: int
    memory: Memory

    def place(self, phase: str) -> str:
        """Name its location before it asks in this view."""
        return place_name(self.klass, self.view, phase, self.asked) + mark(self.memory)

    def forgetful(self, phase: str) -> str:
        """Name its location after that: all histories lead there."""
        return place_name(self.klass, self.view, phase, self.view - 1) + mark(self.memory)

    def committed(self, phase: str) -> str:
        """Name its location once it committed, where it needs no memory either."""
        return place_name(self.klass, self.view, phase, self.view - 1)

    @property
    def asks(self) -> tuple[str, ...]:
        """Counters that grow with its change view."""
        return tuple(f"ask_{u}" for u in range(self.asked + 1, self.view + 1))

    @property
    def proposes(self) -> bool:
        """Whether it is the primary of its view."""
        return self.klass == self.view

    @property
    def first(self) -> bool:
        """Whether its history is the one for which rules are added that all histories share."""
        return self.asked == self.view - 1


def _add_view(maker: Maker, node: _Entered) -> None:
    """Add the rules of a node in one view, but what it does about a proposal."""
    view, variant = node.view, maker.variant
    start, waiting = node.place("I"), node.forgetful("W")
    places = {start: node.asked}
    if not node.proposes:
        maker.rule(Act("ask", view), start, waiting, (), node.asks)
        places |= {waiting: view} if node.first else {}
    for value in range(1 if node.proposes else variant.values):
        _add_value(maker, node, value)
    for place, last in places.items():
        leave(maker, node.klass, view, place, last, memory=node.memory)
        if place == waiting and view + 1 < variant.views:
            for value in unseen(variant):  # it was shown the request, and did nothing
                memory = learned(node.memory, view, value)
                shown = (_proposed(view, value),)
                leave(maker, node.klass, view, place, last, memory=memory, knows=shown)
        crash(maker, node.klass, view, place, _mute(variant, view + (place != start)))
        for value in range(variant.values):
            needs = (quorum(f"com_{view}{suffix(value)}"), request(view, value))
            accept(maker, node.klass, Act("accept", view, value), place, needs)


def _add_value(maker: Maker, node: _Entered, value: int) -> None:
    """Add what a node does about one proposal of its view, once it can know it."""
    s, view, klass = suffix(value), node.view, node.klass
    start, prepared, both = node.place("I"), node.place(f"P{s}"), node.forgetful(f"X{s}")
    committed = node.committed(f"C{s}")
    prep, com = f"prep_{view}{s}", f"com_{view}{s}"
    if node.proposes:
        grows = (prep, f"req_{view}")
        maker.rule(Act("propose", view), start, prepared, (), grows)
    else:
        maker.rule(Act("respond", view, value), start, prepared, (request(view, value),), (prep,))
    enough = preparations(view, value)
    maker.rule(Act("commit", view, value), prepared, committed, (enough,), (com,))
    maker.rule(Act("ask", view), prepared, both, (), node.asks)
    places = {prepared: node.asked}
    if node.first:
        places |= {both: view}
        for way in ways(maker.variant, view, value, node.memory):
            _return(maker, node, value, way)
    for place, last in places.items():
        _stay(maker, node, place, value)
        leave(maker, klass, view, place, last, memory=_knowing(maker, node, value))
    if node.first and not node.memory:
        _stay(maker, node, committed, value)
        if lent(maker.variant):
            crash(maker, klass, view, node.committed(f"D{s}"))


def _return(maker: Maker, node: _Entered, value: int, way: Way) -> None:
    """Add one way in which a node in view change responds and commits."""
    s, view = suffix(value), node.view
    prep, com = f"prep_{view}{s}", f"com_{view}{s}"
    waiting, both, again = (node.forgetful(p) for p in ("W", f"X{s}", f"{way.again}{s}"))
    committed, enough = node.committed(f"{way.committed}{s}"), preparations(view, value)
    marked = way.committed.removeprefix("C")
    if not node.proposes:
        act, needs = Act("respond", view, value), (request(view, value), way.respond)
        maker.rule(act, waiting, again, needs, (prep,), owed=way.owed, ending=marked)
    act = Act("commit", view, value)
    if way.stays and not node.proposes:
        # Who is back keeps the commits that it was shown for that, lies among them.
        needs = (enough, Need(way.respond.shown, TRUE))
        maker.rule(act, again, committed, needs, (com,))
        _stay(maker, node, again, value, way)
        leave(maker, node.klass, view, again, view, memory=_knowing(maker, node, value))
    needs = (enough, way.commit)
    maker.rule(act, both, committed, needs, (com,), owed=way.owed, ending=marked)
    if marked:
        _stay(maker, node, committed, value, way)


def _proposed(view: int, value: int) -> Need:
    """Ask for a proposal of a view; only a Byzantine primary has a second one."""
    if value == 0:
        return request(view, value)
    return Need(at_least(Linear.of(f"F_{view}") - 1), TRUE)


def _knowing(maker: Maker, node: _Entered, value: int) -> Memory:
    """Return the memory of a node that leaves its view, a proposal of which it knows."""
    if node.proposes or value not in unseen(maker.variant):
        return node.memory
    return learned(node.memory, node.view, value)


def _stay(maker: Maker, node: _Entered, place: str, value: int, way: Way | None = None) -> None:
    """Add that a node that knows a proposal accepts it, or crashes.

    Lies of its own view count for its block. With the f+1 commits that let a node return and its
    own it accepts at once if M is no more, as with four nodes: it may crash after that only.
    """
    view, klass, com = node.view, node.klass, f"com_{node.view}{suffix(value)}"
    committed = place.startswith(node.committed("C"))
    enough = quorum(com)
    if way is not None:
        enough = Need(enough.shown, at_least(Linear.of(com) + way.lies - QUORUM))
    accept(maker, klass, Act("accept", view, value), place, (enough,))
    mute = () if committed else _mute(maker.variant, view + 1)
    slow = way is not None and committed
    alive = (Need(at_least(QUORUM - ENOUGH - 2), TRUE),) if slow else ()
    crash(maker, klass, view, place, mute, needs=alive)


def _mute(variant: Variant, since: int) -> tuple[str, ...]:
    """Name what counts a node that crashes without a word in view `since` or a later one."""
    if variant.returns is not ReturnRule.COMMITTED_OR_LOST or variant.reading == "given":
        return ()
    return tuple(f"mute_{view}" for view in range(since, variant.views))
