"""Goals of a broadcast's adversary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from milpbft.automaton.pernode.rows import ONE, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.model.broadcast import Broadcast
    from milpbft.hgfrr.model.faults import Faults
    from milpbft.hgfrr.model.lives import Lives
    from milpbft.hgfrr.model.terms import Series, Terms


class Faulty(Protocol):
    """Who is faulty in the end, whatever decides on it."""

    def ever(self, node: int) -> Affine:
        """1 where a node is faulty by the horizon."""
        ...


def reached(terms: Terms, faults: Faulty, holds: dict[int, Series]) -> Affine:
    """Count the correct nodes that hold the message at the horizon.

    ``reached[i] >= holds[i,T] - faulty[i]``, ``reached[i] <= holds[i,T]``,
    ``reached[i] <= 1 - faulty[i]``.
    """
    found = []
    for node, series in holds.items():
        faulty = faults.ever(node)
        if not faulty.terms:
            found.append(series[-1])
            continue
        one = terms.binary(f"reached_{node}")
        terms.rows.at_most("reached", series[-1] - faulty, one)
        terms.rows.at_most("reached", one, series[-1])
        terms.rows.at_most("reached", one + faulty, ONE)
        found.append(one)
    return Affine.total(found)


def last_tick(terms: Terms, faults: Faulty, holds: dict[int, Series]) -> Affine:
    """Return the tick at which a correct node that is reached first holds it: ``sum(t<T) z[t]``.

    One node is watched: ``sum watched[i] = 1``, ``watched[i] <= holds[i,T]``, ``watched[i] +
    faulty[i] <= 1``; z[t] is 1 while it waits: ``z[t] + watched[i] + holds[i,t] <= 2``.
    """
    watched = _watch_one(terms, faults, holds)
    waits = terms.binaries("waits", terms.horizon)
    for node, sees in watched.items():
        for tick, waiting in enumerate(waits):
            terms.rows.at_most("waits", waiting + sees + holds[node][tick], 2)
    return Affine.total(waits)


def last_life(terms: Terms, faults: Faulty, lives: Lives, holds: dict[int, Series]) -> Affine:
    """Return the same where nodes forget: the tick from which on the present life holds it.

    Of the watched node, which holds it in the end, ``w[t]`` is 1 at one tick at most, after which
    it is yet to get it: it does not hold it, or starts again at the next, ``w[t] + watched[i] +
    holds[i,t] - +again[i,t+1] <= 2``. The value is ``sum(t<T) (t + 1) w[t]``.
    """
    watched = _watch_one(terms, faults, holds)
    lacks = terms.binaries("lacks", terms.horizon)
    terms.rows.at_most("lacks", Affine.total(lacks), 1)
    for node, sees in watched.items():
        for tick, lacking in enumerate(lacks):
            starts = lives.starts(lives.since(node), tick + 1)
            terms.rows.at_most("lacks", lacking + sees + holds[node][tick] - starts, 2)
    return Affine.total((tick + 1) * lacking for tick, lacking in enumerate(lacks))


def _watch_one(terms: Terms, faults: Faulty, holds: dict[int, Series]) -> dict[int, Affine]:
    """Watch one correct node that holds the message in the end; see :func:`last_tick`."""
    watched = {node: terms.binary(f"watched_{node}") for node in holds}
    terms.rows.equal("watched", Affine.total(watched.values()), ONE)
    for node, sees in watched.items():
        terms.rows.at_most("watched", sees, holds[node][-1])
        terms.rows.at_most("watched", sees + faults.ever(node), ONE)
    return watched


def messages(broadcast: Broadcast) -> Affine:
    """Count the messages on the wire at the horizon, of a broadcast that nobody crashes in.

    In a tree as many as places that joined it, without its root, which is there once the tree has
    begun: ``sum(q) tree[R,a,q,T] - heard[R,a,T]``. On the way up those that are asked; a contact
    that the adversary puts on the bearer's place is not: ``up[l,T] (1 - root[R,p])``. Where nodes
    start again each arrival has a variable: ``sum came``.
    """
    terms, layout = broadcast.terms, broadcast.layout
    if broadcast.lives is not None:
        every = [*broadcast.passing.values(), *broadcast.asking]
        return Affine.total(came for series in every for came in series)
    found = []
    for (ring, contact), places in broadcast.trees.items():
        joined = Affine.total(series[-1] for series in places)
        found.append(joined - broadcast.heard(ring, contact)[-1])
    for number, (level, place, contact) in enumerate(broadcast.asked):
        ring = layout.way_up[level]
        here = broadcast.stands(ring, contact, place[1])
        arrival = broadcast.arrivals[number][-1]
        if here is not ONE:
            asked = terms.both(f"asked_{level}", arrival, ONE - here) if here.terms else arrival
            found.append(asked)
    return Affine.total(found)


def at_most_half(terms: Terms, faults: Faults, nodes: Sequence[int], count: Affine) -> None:
    """``2 count <= n - faults``: at most half of the correct nodes are reached."""
    terms.rows.at_most("half", 2 * count + faults.total, len(nodes))
