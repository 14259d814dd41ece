"""The rule table of PBFT for one sequence number.

In view v a node is idle ``I`` (view 0 only), pre-prepared ``P``, prepared and thus committing
``C``, or waiting ``W`` for view v to be opened; names say the value, the highest certificate that
the next view change carries (``_L0A``), and the value that was decided (``_DA``).

Counters, each of correct senders: ``prop_v`` the primary's proposal, ``prep_v`` nodes that took it
(the pre-prepare is the primary's prepare), ``com_v`` commits, ``vc_v`` view changes for view v.

Who is behind f + 1 others by more than one view follows them step by step. A new view is followed
without a view change where that matters (:attr:`milpbft.pbft.model.tabling.Variant.skips`).

References
----------
.. [1] M. Castro, B. Liskov. Practical Byzantine fault tolerance. OSDI 1999, sections 4.2 to 4.5.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.table import Act
from milpbft.pbft.model.state import VALUES, Phase, State
from milpbft.pbft.model.tabling import QUORUM, Maker, Move, Need, Variant, message, need
from milpbft.pbft.model.viewchange import ViewChange, new_view, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Table


def pbft(variant: Variant, change: ViewChange | None = None) -> Table:
    """Return the rule table of PBFT, by default with its own view change.

    Parameters of the automaton: ``N`` nodes, ``T`` faults that quorums are made for, ``C`` = 0,
    ``F`` Byzantine nodes, ``F_v`` 1 where the primary of view v is one of them.
    """
    views = change or ViewChange(variant, prepared)

    def moves(state: State, klass: int | None) -> Iterator[Move]:
        yield from propose(state, klass, variant)
        yield from _vote(state)
        yield from views.enter(state, klass)
        yield from views.leave(state, klass)

    return Maker("pbft", variant, moves, tuple(views.tokens())).table()


def propose(state: State, klass: int | None, variant: Variant) -> Iterator[Move]:
    """View 0: its primary proposes; others take what it proposed.

    Which value a correct primary proposes is a matter of names: it is the first.
    """
    if state.phase is not Phase.IDLE:
        return
    if klass == 0:
        grows = (new_view(0, 0), prepare(0, 0))
        yield Move(Act("propose", 0), state.taking(0), (), grows)
        return
    for value in range(variant.values):
        needs = (message(new_view(0, value), 0, token=False),)
        yield Move(Act("prepare", 0, value), state.taking(value), needs, (prepare(0, value),))


def prepared(view: int, value: int) -> Need:
    """Ask for a prepared certificate: n - f nodes that took the proposal."""
    return need((prepare(view, value),), QUORUM)


def commit(view: int, value: int) -> str:
    """Name the counter of commits."""
    return f"com_{view}{VALUES[value]}"


def _vote(state: State) -> Iterator[Move]:
    """Commit when prepared; decide at n - f commits."""
    if state.value is None:
        return
    view, value = state.view, state.value
    if state.phase is Phase.PREPARED:
        needs = (prepared(view, value),)
        yield Move(Act("commit", view, value), state.certified(), needs, (commit(view, value),))
    if state.phase is Phase.COMMITTED and state.decided is None:
        needs = (need((commit(view, value),), QUORUM),)
        yield Move(Act("decide", view, value), replace(state, decided=value), needs)
