"""Goals of the per-node encoding: what the adversary wants, in ticks where it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.encoding import PerNode
    from milpbft.automaton.table import Groups
    from milpbft.question.objective import Goal, Objective


def add_goal(encoded: PerNode, goal: Goal, quorum: int | None, state: Groups = ()) -> Affine:
    """Add the rows and the objective of a goal.

    Parameters
    ----------
    quorum
        Where blocks are not fetched: fewer correct nodes than this being done is a lock. None for
        block fetch: no correct node is done, since the others would get its block.
    state
        How many correct nodes end in which locations, where the goal is of a state.

    Returns
    -------
    Affine
        1 where the run ends quiescent.
    """
    match goal.kind, goal.of:
        case "undecided", _:
            locked = encoded.binary("locked")
            encoded.optimise(_undecided(encoded, quorum, locked))
            return locked
        case "forks", _:
            encoded.optimise(_blocks(encoded))
        case "delay", "first":
            encoded.optimise(_first(encoded))
        case "delay", _:
            encoded.optimise(_last(encoded))
        case "ticks", "fork":
            encoded.optimise(_ticks_to_fork(encoded))
        case _, "fork":
            encoded.rows.at_most("fork", -_blocks(encoded), -2)
            encoded.optimise(_cost(encoded, goal))
        case _:
            _lock(encoded, quorum, ONE)
            for places, count in state:
                here = (
                    encoded.nodes.within(i, frozenset(places), encoded.horizon)
                    for i in range(encoded.n)
                )
                encoded.rows.equal("state", Affine.total(here), count)
            encoded.optimise(_cost(encoded, goal))
            return ONE
    return ZERO


def _cost(encoded: PerNode, goal: Goal) -> Affine:
    match goal.kind:
        case "faults":
            return _faults(encoded)
        case "steps":
            return _steps(encoded)
        case "losses":
            return Affine.total(encoded.lost.values())
    return _ticks_of_acts(encoded)


def _faults(encoded: PerNode) -> Affine:
    """``sum byz[i] + crashed[i,T]``, and who starts again, without memory or with its log."""
    nodes, end = encoded.nodes, encoded.horizon
    return Affine.total(
        nodes.liar(i) + nodes.crashed(i, end) + nodes.reborn(i, end) + nodes.reloads.by(i, end)
        for i in range(encoded.n)
    )


def _steps(encoded: PerNode) -> Affine:
    """Count the rules that correct nodes have taken, crashes and restarts included."""
    return Affine.total(
        encoded.nodes.taken(i, k, encoded.horizon)
        for i, role in enumerate(encoded.nodes.roles)
        for k in range(len(role.edges))
    )


def _ticks_of_acts(encoded: PerNode) -> Affine:
    """Return the tick of the last act of a correct node: ``sum(t<T) z[t]``.

    z[t] is 1 if somebody acts after tick t: ``took[i,e,T] - took[i,e,t] <= z[t]``.
    """
    later = encoded.binaries("later", encoded.horizon)
    for tick, acts in enumerate(later):
        if tick:
            encoded.rows.at_most("later", acts, later[tick - 1])
        for i, role in enumerate(encoded.nodes.roles):
            for k in range(len(role.edges)):
                after = encoded.nodes.taken(i, k, encoded.horizon) - encoded.nodes.taken(i, k, tick)
                encoded.rows.at_most("later", after, acts)
    return Affine.total(later)


def _ticks_to_fork(encoded: PerNode) -> Affine:
    """Return the tick of the second different decision: ``sum(t<T) z[t]``.

    z[t] is 1 where there are not two by the end of t: ``2 (1 - z[t]) <= blocks[t]``.
    """
    none_yet = encoded.binaries("none_yet", encoded.horizon)
    for tick in range(encoded.horizon + 1):
        here = none_yet[tick] if tick < encoded.horizon else ZERO
        blocks = _blocks(encoded, tick)
        encoded.rows.at_most("fork", 2 * (ONE - here), blocks)
        if 0 < tick < encoded.horizon:
            encoded.rows.at_most("later", here, none_yet[tick - 1])
    return Affine.total(none_yet)


def _blocks(encoded: PerNode, tick: int | None = None) -> Affine:
    """Count the different blocks that have been accepted by the end of a tick.

    Those of nodes that crash afterwards are among them: what they took nobody takes back.
    """
    tick = encoded.horizon if tick is None else tick
    accepted = encoded.binaries(f"accepted_{tick}", len(encoded.table.done))
    for block, places in zip(accepted, encoded.table.done.values(), strict=True):
        there = Affine.total(
            encoded.nodes.has_been(i, frozenset(places), tick) for i in range(encoded.n)
        )
        encoded.rows.at_most("accepted", block, there)
    return Affine.total(accepted)


def _lock(encoded: PerNode, quorum: int | None, locked: Affine) -> None:
    """Require a liveness lock where `locked` is 1: quiescent, and too few have decided."""
    encoded.end_quiescent(locked)
    nodes, end = encoded.nodes, encoded.horizon
    left = frozenset(encoded.table.left)
    for i in range(encoded.n):
        encoded.rows.at_most("in_model", nodes.within(i, left, end) + locked, 1)
        if quorum is None:
            encoded.rows.at_most("undecided", nodes.done(i, end) + locked, 1)
    if quorum is not None:
        done = Affine.total(nodes.done(i, end) for i in range(encoded.n))
        slack = encoded.n - quorum + 1
        encoded.rows.at_most("undecided", done + slack * locked, quorum - 1 + slack)


def _undecided(encoded: PerNode, quorum: int | None, locked: Affine) -> Affine:
    """Count the correct nodes that never decide, 0 where there is no lock: ``sum(i) w[i]``.

    ``w[i] <= locked``, ``w[i] + byz[i] + crashed[i,T] + done[i,T] <= 1``.
    """
    _lock(encoded, quorum, locked)
    waiting = encoded.binaries("waits", encoded.n)
    for i, waits in enumerate(waiting):
        encoded.rows.at_most("waits", waits, locked)
        encoded.rows.at_most("waits", waits + _settled(encoded, i, encoded.horizon), 1)
    return Affine.total(waiting)


def _settled(encoded: PerNode, node: int, tick: int) -> Affine:
    """1 where a node is done by a tick, or faulty."""
    nodes = encoded.nodes
    faulty = nodes.liar(node) + nodes.crashed(node, encoded.horizon)
    return faulty + nodes.done(node, tick)


def _first(encoded: PerNode) -> Affine:
    """Return the tick of the first correct decision, T+1 without one: ``sum(t) z[t]``.

    z[t] is 1 where nobody who never crashes has decided by the end of t:
    ``z[t] + done[i,t] <= 1 + falls[i]``.
    """
    nodes = encoded.nodes
    waits = encoded.binaries("undecided", encoded.horizon + 1)
    for tick, none in enumerate(waits):
        for i in range(encoded.n):
            encoded.rows.at_most("undecided", none + nodes.done(i, tick), nodes.falls(i) + 1)
    return Affine.total(waits)


def _last(encoded: PerNode) -> Affine:
    """Return the tick of the last decision of a node that never crashes, T+1 if it never comes.

    One node is watched: ``sum watched[i] = 1``, ``watched[i] + faulty[i] <= 1``; z[t] is 1 where it
    has not decided by the end of t: ``z[t] + watched[i] + done[i,t] <= 2``.
    """
    watched = encoded.binaries("watched", encoded.n)
    encoded.rows.equal("watched", Affine.total(watched), 1)
    waits = encoded.binaries("undecided", encoded.horizon + 1)
    for i, sees in enumerate(watched):
        faulty = encoded.nodes.liar(i) + encoded.nodes.crashed(i, encoded.horizon)
        encoded.rows.at_most("watched", sees + faulty, 1)
        for tick, none in enumerate(waits):
            encoded.rows.at_most("undecided", none + sees + encoded.nodes.done(i, tick), 2)
    return Affine.total(waits)


def add_weights(encoded: PerNode, objective: Objective, *, fetch: bool) -> Affine:
    """Add a weighted objective over blocks, views and messages, of runs at rest.

    What is counted, and what a run at rest is, says :class:`milpbft.question.objective.Objective`:
    ``rest + sum done[i,T] >= 1``, the sum only where blocks are fetched.

    Returns
    -------
    Affine
        1 where the run ends quiescent.
    """
    nodes, rows, end = encoded.nodes, encoded.rows, encoded.horizon
    rest = encoded.binary("rest")
    encoded.end_quiescent(rest)
    for i in range(encoded.n):
        rows.at_most("in_model", nodes.within(i, frozenset(encoded.table.left), end))
    done = Affine.total(nodes.done(i, end) for i in range(encoded.n) if fetch)
    rows.at_most("at_rest", ONE, rest + done)
    blocks = [
        [nodes.has_been(i, frozenset(places), end) for i in range(encoded.n)]
        for places in encoded.table.done.values()
    ]
    last = max(act.view for act in encoded.table.meaning.values())
    views = [[nodes.entered(i, view, end) for i in nodes.receivers] for view in range(last + 1)]
    sent = [
        encoded.traffic.own(i, m, end) for i in range(encoded.n) for m in encoded.traffic.messages
    ]
    total = [
        objective.blocks * _some(encoded, blocks, "block"),
        objective.views * _some(encoded, views, "view"),
        objective.messages * Affine.total(sent),
    ]
    encoded.optimise(Affine.total(total))
    return rest


def _some(encoded: PerNode, cases: list[list[Affine]], name: str) -> Affine:
    """Count the cases in which some node is: ``x[i] <= any <= sum x[i]``."""
    counts = encoded.binaries(name, len(cases))
    for counted, nodes in zip(counts, cases, strict=True):
        for one in nodes:
            encoded.rows.at_most(name, one, counted)
        encoded.rows.at_most(name, counted, Affine.total(nodes))
    return Affine.total(counts)
