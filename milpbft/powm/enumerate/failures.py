"""Exhaustive search of failures: at every tick, everything that the adversary may do.

A simulator of its own: what a node holds are ticks of work, and grants on their way. Who takes over
is chosen as it happens, among those who live then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class Worker(NamedTuple):
    """A node that hashes: its outstanding ticks of work, and when which of them can be hashed.

    Grants that it has forgotten to have asked for are `hidden` until they arrive; `again` says that
    it has started again.
    """

    alive: bool
    stock: int
    coming: tuple[int, ...]
    hidden: tuple[int, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Setting:
    """What is given. Nodes that hash are the miners, then the supports where they hash.

    Parameters
    ----------
    miners, supports
        Rates of the miners, and of the supports that hash; none where they are idle.
    pool
        m, number of supports.
    set_ticks, latency, ahead
        G, c and a.
    detect, elect, collective
        D, E and E_c.
    solo
        Whether all mine alone where no support is left.
    budget, first
        b and t0.
    managers, mortal
        Whether managers, and whether miners can fail.
    amnesia, reloads
        So many miners start again at most, without memory or with a log.
    """

    miners: tuple[int, ...]
    pool: int
    set_ticks: int
    supports: tuple[int, ...] = ()
    latency: int = 0
    ahead: int = 0
    detect: int = 1
    elect: int = 1
    collective: int = 1
    solo: bool = False
    budget: int = 0
    first: int = 0
    managers: bool = True
    mortal: bool = True
    amnesia: int = 0
    reloads: int = 0
    rates: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", self.miners + self.supports)

    def gap(self, k: int) -> int | None:
        """Ticks from failure k, from 0 on, to the takeover; None where nobody takes over."""
        if k < self.pool:
            return self.detect + self.elect
        return None if self.solo else self.detect + self.collective


class State(NamedTuple):
    """A network at the begin of a tick; ticks are counted from now.

    ``down``: ticks to the takeover, 0 where a manager is up, -1 where none comes. ``alone``: ticks
    until all mine alone, -1 for never. ``scans``: ticks of that so far; ``found``: how many
    nonces the foremost has hashed in them.
    """

    workers: tuple[Worker, ...]
    down: int
    alone: int
    managers: int
    used: int
    wait: int
    scans: int = 0
    found: int = 0


@dataclass(frozen=True)
class Search:
    """Search for the longest block, or for the greatest loss.

    Parameters
    ----------
    setting
        What is given.
    goal
        X, for the block time; 0 to look for losses.
    horizon
        T, of losses.
    """

    setting: Setting
    goal: int = 0
    horizon: int = 0

    def value(self) -> int:
        """Return the most ticks until the block is solved, or the most nonces that are lost."""
        s = self.setting
        begin = State((Worker(True, 0, ()),) * len(s.rates), 0, -1, 0, 0, s.first)
        best = self._best()
        return best(begin, self.goal or self.horizon)

    def _best(self) -> Callable[[State, int], int]:
        s, timed = self.setting, bool(self.goal)

        @cache
        def best(state: State, left: int) -> int:
            found = 0
            for begun in take_over(s, state):
                for (_, gone), (failed, lost) in (
                    (first, then) for first in restart(s, begun) for then in fail(s, first[0])
                ):
                    after, hashed = work(s, failed)
                    if not timed:
                        more = best(after, left - 1) if left > 1 else 0
                        found = max(found, gone + lost + more)
                    elif hashed >= left:
                        found = max(found, 1)
                    else:
                        found = max(found, 1 + best(after, left - hashed))
            return found

        return best


def candidates(s: Setting, state: State) -> list[int]:
    """Return the nodes that hash and can take over after the last failure."""
    miners = len(s.miners)
    among = range(miners, len(s.rates)) if state.managers <= s.pool else range(miners)
    return [i for i in among if state.workers[i].alive]


def take_over(s: Setting, state: State) -> list[State]:
    """Complete a takeover whose gap has passed: one state per node that may be elected."""
    if state.down != 1:
        return [state]
    up = state._replace(down=0)
    if state.managers <= s.pool and not s.supports:
        return [up]
    found = []
    for i in candidates(s, state):
        workers = list(state.workers)
        workers[i] = workers[i]._replace(alive=False, stock=0, coming=(), hidden=())
        found.append(up._replace(workers=tuple(workers)))
    return found or [state._replace(down=-1)]


def fail(s: Setting, state: State) -> list[tuple[State, int]]:
    """Return what the adversary can do at the begin of a tick, and the nonces that it loses."""
    found = [(state, 0)]
    budget = s.budget - state.used
    if not budget or state.wait:
        return found
    able = [i for i in range(len(s.miners)) if state.workers[i].alive]
    fragile = [i for i in able if s.mortal and not state.workers[i].again]
    starts = [(state, 0)]
    if s.managers:
        # Where a takeover takes no time, the next manager may crash at once as well.
        for begun, spent in starts:
            if not begun.down and spent < budget:
                starts += [(after, spent + 1) for after in crash(s, begun)]
    found = []
    for begun, spent in starts:
        for count in range(min(budget - spent, len(fragile)) + 1):
            for victims in combinations(fragile, count):
                workers, lost = list(begun.workers), 0
                for i in victims:
                    lost += s.rates[i] * workers[i].stock
                    workers[i] = Worker(False, 0, ())
                after = begun._replace(workers=tuple(workers), used=state.used + spent + count)
                found.append((after, lost))
    return found


def restart(s: Setting, state: State) -> list[tuple[State, int]]:
    """Return which miners may start again at the begin of a tick, and the nonces that are gone."""
    left = s.amnesia + s.reloads - sum(worker.again for worker in state.workers)
    able = [i for i in range(len(s.miners))
            if state.workers[i].alive and not state.workers[i].again]  # fmt: skip
    found = []
    for count in range(1 + (0 if state.wait else min(left, len(able)))):
        for chosen in combinations(able, count):
            workers, gone = list(state.workers), 0
            for i in chosen:
                before = workers[i]
                under_way = s.set_ticks * len(before.coming)
                if s.amnesia:
                    gone += s.rates[i] * (before.stock - under_way)
                    workers[i] = Worker(True, 0, (), before.coming, again=True)
                else:
                    gone += s.rates[i] * under_way
                    workers[i] = Worker(True, before.stock - under_way, (), again=True)
            found.append((state._replace(workers=tuple(workers)), gone))
    return found


def crash(s: Setting, state: State) -> list[State]:
    """Crash the active manager: `down` counts to the tick at which the next one begins."""
    gap = s.gap(state.managers)
    managers = state.managers + 1
    if gap is None:
        return [state._replace(down=-1, alone=s.detect, managers=managers)]
    later = state._replace(down=gap + 1, managers=managers)
    return [later] if gap else take_over(s, later)


def work(s: Setting, state: State) -> tuple[State, int]:
    """Grant and hash for a tick; return the state at the begin of the next, and what is hashed."""
    alone = state.alone == 0
    workers, hashed, fastest = [], 0, 0
    for rate, worker in zip(s.rates, state.workers, strict=True):
        if not worker.alive:
            workers.append(worker)
            continue
        fastest = max(fastest, rate)
        stock, coming = worker.stock, list(worker.coming)
        stock += s.set_ticks * worker.hidden.count(0)
        if not state.down and stock <= s.ahead:
            stock += s.set_ticks
            coming.append(s.latency)
        under_way = s.set_ticks * sum(1 for ticks in coming if ticks > 0)
        if stock > under_way and not alone:
            stock -= 1
            hashed += rate
        later_on, hidden = (tuple(t - 1 for t in some if t > 0) for some in (coming, worker.hidden))
        workers.append(Worker(True, stock, later_on, hidden, worker.again))
    scans, found = state.scans, state.found
    if alone:
        # All scan the same nonces: only who gets beyond the foremost hashes new ones.
        scans += 1
        found = max(found, fastest * scans)
        hashed = found - state.found
    down = state.down - 1 if state.down > 1 else state.down
    later = state._replace(
        workers=tuple(workers),
        down=down,
        alone=max(0, state.alone - 1) if state.alone >= 0 else -1,
        wait=max(0, state.wait - 1),
        scans=scans,
        found=found,
    )
    return later, hashed


Kind = Literal["after", "before", "stride"]


def most_twice(s: Setting, horizon: int, every: int, sync: Kind = "after") -> int:
    """Return the most nonces granted more than once, by managers that crash after their grants."""
    found = 0
    for count in range(min(s.budget, s.pool) + 1):
        for ticks in combinations(range(s.first, horizon), count):
            gap = s.detect + s.elect
            if any(b - a <= gap for a, b in pairwise(ticks)):
                continue
            for forgets in range(min(s.amnesia, count) + 1):
                for forgetful in combinations(ticks, forgets):
                    value = overlap(s, horizon, (every, sync), ticks, forgetful)
                    found = max(found, value)
    return found


def overlap(
    s: Setting, horizon: int, how: tuple[int, Kind], ticks: Collection[int],
    forgetful: Collection[int] = (),
) -> int:  # fmt: skip
    """Grant nonce by nonce, crash at the end of each of `ticks`, and count those granted again.

    `how` are S, and how supports are told. Who takes over is the next support; those that hash at
    one rate are alike. After the crashes of `forgetful` it starts again, and has heard of nothing.
    """
    every, sync = how
    granted: dict[tuple[int, int], int] = {}
    stock = dict.fromkeys(range(len(s.rates)), 0)
    coming: dict[int, list[int]] = {i: [] for i in stock}
    cursor = heard = term = 0
    up_from = 0
    for t in range(horizon):
        if t == up_from and term:
            stock.pop(len(s.miners) + term - 1, None)
        up = t >= up_from
        for i in sorted(stock):
            if up and stock[i] <= s.ahead:
                size = s.set_ticks * s.rates[i]
                for nonce in range(cursor, cursor + size):
                    key = (term if sync == "stride" else 0, nonce)
                    granted[key] = granted.get(key, 0) + 1
                cursor += size
                heard = max(heard, cursor) if sync == "before" else heard
                stock[i] += s.set_ticks
                coming[i].append(t + s.latency)
            ready = stock[i] - s.set_ticks * sum(1 for tick in coming[i] if tick > t)
            if ready > 0:
                stock[i] -= 1
        if t in ticks and up:
            lacks = sync == "stride" or t in forgetful
            cursor, term = (0 if lacks else heard), term + 1
            up_from = t + 1 + s.detect + s.elect
        elif (t + 1) % every == 0:
            heard = max(heard, cursor)
    return sum(times - 1 for times in granted.values())
