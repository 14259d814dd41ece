"""Goals of runs with timers: how late the first or the last decision is."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import Affine
from milpbft.dbft.model.production.timed.variables import VIEWS

if TYPE_CHECKING:
    from milpbft.dbft.model.production.timed.variables import Cast
    from milpbft.question.objective import Goal


def delay(cast: Cast, goal: Goal, value: int | None = None, seed: int = 0) -> None:
    """Ask for the latest decision, T+1 without one: ``max sum(t) z[t]``.

    First: ``z[t] + done[i,t] <= 1`` for every node. Last: for one node that never crashes,
    ``sum watched[i] = 1``, ``watched[i] + crash[i,T] <= 1``, and
    ``z[t] + watched[i] + done[i,t] <= 2``.

    Parameters
    ----------
    value
        Ask for a run with this value, ``sum(t) z[t] = value``, and few acts; None for the latest.
    seed
        Chooses what the acts weigh then; where messages are lost, with an odd one many commits are
        asked for: nodes may commit as recovery brings them a block.
    """
    waits = cast.program.integers("undecided", cast.last + 1)
    watched = _watched(cast) if goal.of == "last" else None
    for tick in range(cast.last + 1):
        if tick:
            cast.program.rows.at_most("undecided", waits[tick], waits[tick - 1])
        _undecided(cast, waits[tick], watched, tick)
    if value is None:
        cast.program.optimise(waits.total())
        return
    cast.program.rows.equal("value", waits.total(), value)
    random, acts = Random(seed), []
    for node in range(cast.lives.count):
        for view in range(VIEWS):
            for act in (cast.told, cast.prepared, cast.committed, cast.asked):
                wanted = cast.losses.most and seed % 2 and act == cast.committed
                weight = random.randint(1, 3) * (1 if wanted else -1)
                acts.append(weight * act(node, view, cast.last))
    cast.program.optimise(Affine.total(acts))


def leave(cast: Cast, goal: Goal) -> None:
    """Ask for a run in which some node leaves the views before the decision that is asked for.

    For one tick t, ``sum leaves[t] = 1``, ``leaves[t] <= sum(i) entered[i,V,t]``, and nobody, or
    one correct node, has decided by then.
    """
    rows = cast.program.rows
    leaves = cast.program.integers("leaves", cast.last + 1)
    rows.equal("leaves", leaves.total(), 1)
    watched = _watched(cast) if goal.of == "last" else None
    for tick in range(cast.last + 1):
        gone = Affine.total(cast.entered(i, VIEWS, tick) for i in range(cast.lives.count))
        rows.at_most("leaves", leaves[tick], gone)
        _undecided(cast, leaves[tick], watched, tick)


def stay(cast: Cast) -> None:
    """No node leaves the modelled views: ``entered[i,V,T] <= 0``."""
    for i in range(cast.lives.count):
        cast.program.rows.at_most("in_model", cast.entered(i, VIEWS, cast.last))


def _watched(cast: Cast) -> list[Affine]:
    rows, block = cast.program.rows, cast.program.integers("watched", cast.n)
    rows.equal("watched", block.total(), 1)
    watched = [block[i] for i in range(cast.n)]
    for i, sees in enumerate(watched):
        rows.at_most("watched", sees + cast.failed(i, cast.last), 1)
    return watched


def _undecided(cast: Cast, asked: Affine, watched: list[Affine] | None, tick: int) -> None:
    for life in range(cast.lives.count):
        done = asked + cast.done(life, tick)
        if watched is None:
            cast.program.rows.at_most("undecided", done, 1)
        else:
            seen = watched[cast.lives.node(life)]
            cast.program.rows.at_most("undecided", done + seen, 2)
