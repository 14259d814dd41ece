"""Histories: all that the adversary can make of the rings, each with who is down since when.

A history says who crashes or leaves and when, where and when a newcomer joins, and who is elected
whenever a place is free. Of two that make the same of rings and nodes at every tick one is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice, product
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.model.rings import joined, removed, rings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from milpbft.hgfrr.churn import ChurnInstance
    from milpbft.hgfrr.model.rings import Outcome, Rings
    from milpbft.hgfrr.topology import Topology

    Steps = dict[int, list[Callable[[Rings], list[Outcome]]]]

MOST = 30_000
"""Histories that a model may have."""

Since = tuple[tuple[int, int], ...]
"""Nodes that are down, each with the tick from which on it is."""

Join = tuple[int, int, int]
"""Tick, ring of level 0, and place before which a newcomer joins."""


@dataclass(frozen=True)
class History:
    """One history.

    Parameters
    ----------
    since
        Who is down, and since when; empty where that is no choice of it.
    joins
        Newcomers.
    elected
        Who is elected, in the order of elections.
    start
        The rings before tick 0.
    rings
        The rings, per tick.
    """

    since: Since
    joins: tuple[Join, ...]
    elected: tuple[int, ...]
    start: Rings
    rings: tuple[Rings, ...]


def histories(instance: ChurnInstance, turned: Sequence[Topology]) -> list[History]:
    """Return all histories of an instance.

    Parameters
    ----------
    turned
        The rings of each period, as they are drawn among all nodes; the first those of the start.

    Raises
    ------
    InputError
        Where a ring might be merged, split, or short of contacts, or there are more than `MOST`.
    """
    i, topology = instance, turned[0]
    _check(i, topology)
    found: dict[object, History] = {}
    changes = _Changes(topology)
    begins = {k * i.period: changes.one(rings_of(rings)) for k, rings in enumerate(turned)}
    pairs = (
        ((*since, *more), joins)
        for since in _crashes(i, topology)
        for joins in _joins(i, topology)
        for more in _failing(i, joins)
    )
    ways = list(islice(pairs, MOST + 1))
    for since, joins in ways if len(ways) <= MOST else ():
        steps = _steps(i, changes, since, joins)
        for elected, rings in _paths(begins, steps, i.horizon):
            key = since, tuple(map(id, rings))
            found.setdefault(key, History(since, joins, elected, begins[0], rings))
        if len(found) > MOST:
            break
    if max(len(found), len(ways)) > MOST:
        allowed = f"fewer nodes or ticks: more than {MOST} ways in which the rings may change"
        raise InputError("horizon", i.horizon, allowed)
    return list(found.values())


def _check(i: ChurnInstance, topology: Topology) -> None:
    lowest = [len(ring.members) for ring in topology.rings if not ring.level]
    fewest = max(i.limits.least if len(lowest) > 1 else 1, i.contacts)
    if i.removes and min(lowest) - i.faults < fewest:
        allowed = f"at most {max(min(lowest) - fewest, 0)}: else rings of {min(lowest)} are merged"
        raise InputError("faults", i.faults, f"{allowed}, or short of contacts")
    if i.joins and (max(lowest) + i.joins > i.ring or min(lowest) < i.contacts):
        allowed = f"0: else rings of {max(lowest)} are split, or of {min(lowest)} elect more"
        raise InputError("joins", i.joins, allowed)


def _crashes(i: ChurnInstance, topology: Topology) -> Iterator[Since]:
    others = [node for node in topology.nodes.tolist() if node != i.source]
    for nodes in combinations(others, i.faults) if i.removes else [()]:
        for ticks in product(range(i.horizon + 1), repeat=len(nodes)):
            yield tuple(zip(nodes, ticks, strict=True))


def _joins(i: ChurnInstance, topology: Topology) -> Iterator[tuple[Join, ...]]:
    yield ()
    lowest = [(n, len(ring.members)) for n, ring in enumerate(topology.rings) if not ring.level]
    for ring, size in lowest if i.joins else ():
        for place, tick in product(range(size), range(i.horizon + 1)):
            yield ((tick, ring, place),)


def _failing(i: ChurnInstance, joins: tuple[Join, ...]) -> Iterator[Since]:
    """Yield when a newcomer goes down: never, or at a tick of its own, once it is there."""
    yield ()
    if i.newcomer not in ("crash", "leave"):
        return
    for tick, _, _ in joins:
        # Who leaves has been there for a tick.
        for down in range(tick + (i.newcomer == "leave"), i.horizon + 1):
            yield ((i.n, down),)


def _steps(i: ChurnInstance, changes: _Changes, since: Since, joins: tuple[Join, ...]) -> Steps:
    """Return by tick what becomes of the rings: who leaves first, then who joins.

    Where a period begins, all that are off the rings leave once more.
    """
    steps: defaultdict[int, list[Callable[[Rings], list[Outcome]]]] = defaultdict(list)
    for node, tick in since if i.removes else ():
        gone = tick + i.beat
        steps[gone].append(partial(changes.after, (node,)))
        for start in range(i.period, i.horizon + 1, i.period) if i.period else ():
            if gone < start:
                steps[start].append(partial(changes.after, (node,)))
    for tick, ring, place in joins:
        steps[tick].append(partial(changes.after, (i.n, ring, place)))
    return steps


class _Changes:
    """Works every change out once, so that equal rings are one object."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._same: dict[Rings, Rings] = {}
        self._known: dict[tuple[int, tuple[int, ...]], list[Outcome]] = {}

    def one(self, rings: Rings) -> Rings:
        """Return the rings that stand for equal ones."""
        return self._same.setdefault(rings, rings)

    def after(self, what: tuple[int, ...], rings: Rings) -> list[Outcome]:
        """Return what becomes of rings, of which `one` stands, if a node leaves or joins."""
        key = id(rings), what
        if key not in self._known:
            change = removed if len(what) == 1 else joined
            found = change(self._topology, rings, *what)
            self._known[key] = [(self.one(after), elected) for after, elected in found]
        return self._known[key]


def _paths(
    begins: dict[int, Rings], steps: Steps, horizon: int
) -> Iterator[tuple[tuple[int, ...], tuple[Rings, ...]]]:
    """Branch over elections, change by change: who is elected, and the rings per tick."""
    open_: list[tuple[tuple[int, ...], tuple[Rings, ...]]] = [((), (begins[0],))]
    for tick in range(horizon + 1):
        now = [(elected, (*rings, begins.get(tick, rings[-1]))) for elected, rings in open_]
        for step in steps.get(tick, ()):
            now = [
                ((*elected, *chosen), (*rings[:-1], after))
                for elected, rings in now
                for after, chosen in step(rings[-1])
            ]
        open_ = now
    for elected, rings in open_:
        yield elected, rings[1:]
