"""The rule tables of Linear BFT and SBFT: votes go to the primary, and come back as certificates.

Locations and counters as in :mod:`milpbft.pbft.model.table`; ``prep_v`` and ``com_v`` count shares,
``pc_v`` the collector's certificate of a proposal, ``cc_v`` that of commits, ``fc_v`` SBFT's of the
fast path, which decides at once. SBFT's collector is switched ``S`` once its timer made it take the
slow path.

A Byzantine collector shows a certificate to whom it likes, but cannot make one of too few shares:
tokens say when it can.

References
----------
.. [1] Implementation of a blockchain-based V2V energy sharing application using Byzantine fault
   tolerant consensus algorithms. University of Edinburgh, 2023, sections 3.3.3 and 3.3.4.
.. [2] G. Golan Gueta et al. SBFT: a scalable and decentralized trust infrastructure. DSN 2019.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TYPE_CHECKING

from milpbft.automaton.table import Act
from milpbft.pbft.model.evidence import SbftViewChange
from milpbft.pbft.model.state import VALUES, Phase, State
from milpbft.pbft.model.table import commit, prepared, propose
from milpbft.pbft.model.tabling import (
    FAST,
    QUORUM,
    Maker,
    Move,
    Need,
    Token,
    Variant,
    message,
    need,
)
from milpbft.pbft.model.viewchange import ViewChange, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Table


@dataclass(frozen=True)
class Paths:
    """Which ways to a decision a protocol has.

    Parameters
    ----------
    fast
        By a certificate of nearly all sign shares.
    slow
        By a certificate of a quorum's shares and one of a quorum's commit shares.
    """

    fast: bool
    slow: bool


def linear(variant: Variant, change: ViewChange | None = None) -> Table:
    """Return the rule table of Linear BFT; see :func:`milpbft.pbft.model.table.pbft`."""
    own = ViewChange(variant, lambda view, value: message(certificate("pc", view, value), view))
    return _table("linear", variant, Paths(fast=False, slow=True), change or own)


def sbft(variant: Variant, change: ViewChange | None = None) -> Table:
    """Return the rule table of SBFT; ``C`` counts pairs of redundant nodes."""
    paths = Paths(fast=True, slow=True)
    return _table("sbft", variant, paths, change or SbftViewChange(variant, slow=True))


def sbft_fast(variant: Variant, change: ViewChange | None = None) -> Table:
    """Return the rule table of SBFT without its slow path, the variant that the thesis measured."""
    paths = Paths(fast=True, slow=False)
    return _table("sbftfast", variant, paths, change or SbftViewChange(variant, slow=False))


def certificate(kind: str, view: int, value: int) -> str:
    """Name the counter of a certificate: ``pc``, ``cc`` or ``fc``."""
    return f"{kind}_{view}{VALUES[value]}"


def _table(name: str, variant: Variant, paths: Paths, change: ViewChange) -> Table:
    tokens = change.tokens()
    if not variant.prompt:
        tokens = chain(_tokens(variant, paths), tokens)

    def moves(state: State, klass: int | None) -> Iterator[Move]:
        yield from propose(state, klass, variant)
        if state.value is not None:
            if klass == state.view:
                yield from _collect(state, state.view, state.value, paths, variant)
            else:
                yield from _vote(state, state.view, state.value, paths, variant)
        yield from change.enter(state, klass)
        yield from change.leave(state, klass)

    return Maker(name, variant, moves, tuple(tokens)).table()


def _vote(state: State, view: int, value: int, paths: Paths, variant: Variant) -> Iterator[Move]:
    """A node that is no collector: commit on a certificate, decide on one of commits.

    Who decides first commits as well, but could have done so before, to the same effect: that is
    in the table only where all is calm and messages are counted, or nodes are prompt.
    """
    decided, late = state.decided is not None, variant.calm or variant.prompt
    if paths.slow and state.phase is Phase.PREPARED and (not decided or late):
        needs, grows = (message(certificate("pc", view, value), view),), (commit(view, value),)
        yield Move(Act("commit", view, value), state.certified(), needs, grows)
    if decided:
        return
    for what, kind in (("finish", "fc"), ("decide", "cc")):
        if paths.fast if kind == "fc" else paths.slow:
            needs = (message(certificate(kind, view, value), view),)
            yield Move(Act(what, view, value), replace(state, decided=value), needs)


def _collect(state: State, view: int, value: int, paths: Paths, variant: Variant) -> Iterator[Move]:
    """The collector: make certificates, the fast one until its timer expires.

    One that had decided before its view was opened makes them for the others; that is in the table
    only where nodes are prompt.
    """
    decided = replace(state, decided=value)
    if variant.prompt:
        decided = replace(decided, phase=Phase.FINISHED)
    acts = state.decided is None or variant.prompt
    if state.phase is Phase.COMMITTED and acts:
        needs, grows = (need((commit(view, value),), QUORUM),), (certificate("cc", view, value),)
        yield Move(Act("conclude", view, value), decided, needs, grows)
    if state.phase is Phase.PREPARED and acts and paths.fast:
        needs, grows = (_signed(view, value),), (certificate("fc", view, value),)
        yield Move(Act("shortcut", view, value), decided, needs, grows)
        if paths.slow and not variant.fastpath:
            yield Move(Act("switch", view, value), replace(state, phase=Phase.SWITCHED))
    started = Phase.SWITCHED if paths.fast else Phase.PREPARED
    if state.phase is started and paths.slow:
        shown = (certificate("pc", view, value), commit(view, value))
        needs = (prepared(view, value),)
        yield Move(Act("certify", view, value), state.certified(), needs, shown)


def _signed(view: int, value: int) -> Need:
    """Ask for the sign shares of the fast path: n - c."""
    return need((prepare(view, value),), FAST)


def _tokens(variant: Variant, paths: Paths) -> Iterator[Token]:
    """Yield the certificates that Byzantine collectors can make, and of what."""
    for view, value in product(range(variant.views), range(variant.values)):
        if paths.fast:
            act = Act("shortcut", view, value)
            yield Token(act, certificate("fc", view, value), ((_signed(view, value),),))
        if paths.slow:
            made, committed = prepared(view, value), need((commit(view, value),), QUORUM)
            yield Token(Act("certify", view, value), certificate("pc", view, value), ((made,),))
            act = Act("conclude", view, value)
            yield Token(act, certificate("cc", view, value), ((committed,),))
