"""Rows: who starts again, once, and what its second life may be brought of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import Affine
from milpbft.dbft.model.production.timed.variables import VIEWS

if TYPE_CHECKING:
    from milpbft.dbft.model.production.timed.variables import Cast


def add_restarts(cast: Cast) -> None:
    """Nodes start again, without memory or with their logs, no more than so many.

    ``sum restarted[i,T] <= amnesia``, ``sum reloaded[i,T] <= reloads``; each once, and no node that
    has crashed or has a block: ``x[i,t] - x[i,t-1] + crashed[i,t-1] <= 1``, ``... + done[i,t-1] <=
    1``.
    """
    rows, lives, last = cast.program.rows, cast.lives, cast.last
    for by, most in ((lives.restarted, lives.amnesia), (lives.reloaded, lives.reloads)):
        if not most:
            continue
        for node in range(cast.n):
            for tick in range(last + 1):
                before, after = by(node, tick - 1), by(node, tick)
                rows.at_most("again", before, after)
                for over in (cast.crashed, cast.done):
                    rows.at_most("again", after - before + over(node, tick - 1), 1)
        rows.at_most("again", Affine.total(by(node, last) for node in range(cast.n)), most)
    if lives.amnesia:
        for tick in range(last + 1):
            for node in range(cast.n):
                _live(cast, node, tick)
                _regain(cast, node, tick)
            for view in range(VIEWS):
                _propose_twice(cast, view, tick)


def _live(cast: Cast, node: int, tick: int) -> None:
    """``restarted[i,t] <= crashed[i,t]``, ``crashed[n+i,t] <= restarted[i,t]``."""
    rows, again = cast.program.rows, cast.lives.restarted(node, tick)
    rows.at_most("lives", again, cast.crashed(node, tick))
    rows.at_most("lives", cast.crashed(cast.n + node, tick), again)


def _regain(cast: Cast, node: int, tick: int) -> None:
    """A second life is brought what the first one said by RecoveryMessages.

    ``regained[i,t-1] <= regained[i,t] <= restarted[i,t]``, and no more than the RecoveryMessages of
    others by ``t - 1``, or than what the first life said.
    """
    rows, second = cast.program.rows, cast.n + node
    regained = cast.lives.regained(second, tick)
    if tick:
        rows.at_most("regain", cast.lives.regained(second, tick - 1), regained)
    rows.at_most("regain", regained, cast.lives.restarted(node, tick))
    views = range(VIEWS)
    told = [cast.said(cast.told, j, v, tick - 1) for j in cast.others(node) for v in views]
    rows.at_most("regain", regained, Affine.total(told))
    acts = (cast.asked, cast.prepared, cast.committed)
    said = (act(node, v, tick - 1) for act in acts for v in views)
    rows.at_most("regain", regained, Affine.total(said))


def _propose_twice(cast: Cast, view: int, tick: int) -> None:
    """A primary proposes in both its lives, and perhaps commits to the second proposal at once.

    ``twice[v,t] = 1`` where both lives have proposed, ``strays[v,t] = 1`` where the second one
    proposes and commits at the same tick.
    """
    second = cast.n + cast.primary(view)
    both = cast.each(cast.proposed, cast.primary(view), view, tick)
    _both(cast, "twice", cast.twice(view, tick), both)
    commits = cast.committed(second, view, tick) - cast.committed(second, view, tick - 1)
    at_once = [commits, cast.proposes(second, view, tick)]
    _both(cast, "strays", cast.strays(second, view, tick), at_once)


def _both(cast: Cast, family: str, both: Affine, parts: list[Affine]) -> None:
    """``both <= each part``, ``both >= their sum less 1``."""
    for part in parts:
        cast.program.rows.at_most(family, both, part)
    cast.program.rows.at_most(family, Affine.total(parts) - 1, both)
