"""Count: what a schedule is worth for an instance's objective, read off its events.

Nothing of the models is asked, nor the nodes that replay a schedule: grants are handed to those who
ask, and hashed, in a few lines of their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.powm.electing import ElectInstance
from milpbft.powm.instance import AssignInstance, CutInstance, FailInstance
from milpbft.schedule import Decide, Deliver, Fault, Send

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule

Interval = tuple[int, int]
"""Nonces from the first on, up to the second, without it."""

_RATED = ("rates", "set_ticks", "latency", "ahead", "detect", "elect", "sync")
_FAILING = ("goal", "supports", "role", "support_rate", "every", "collapse")
_ELECTING = ("tickets", "elections", "redraws", "lies", "finaliser")


def count(question: Question, schedule: Schedule) -> int | None:
    """Count an objective again, of a schedule that replay confirms; None where it is no such run.

    A schedule of other rates, of more failures, or of victims that an instance does not allow is no
    run of it.
    """
    if schedule.settings.get("objective") != question.objective.name:
        return None
    match question:
        case AssignInstance():
            return _ticks(question, schedule)
        case FailInstance():
            return _failed(question, schedule)
        case CutInstance():
            return _cut(question, schedule)
        case ElectInstance():
            return _elected(question, schedule)
    return None


def _says(schedule: Schedule, question: Question, names: tuple[str, ...]) -> bool:
    """Whether settings of a schedule are the fields of a question."""
    return all(schedule.settings.get(name) == str(getattr(question, name)) for name in names)


def interval_of(kind: str) -> Interval:
    """Return the nonces of a message ``Grant#lo-hi``."""
    lo, _, hi = kind.removeprefix("Grant#").partition("-")
    return int(lo), int(hi)


def granted(schedule: Schedule) -> list[tuple[int, Interval]]:
    """Return tick and nonces of every grant, in the order of events."""
    sends = (e for e in schedule.events if isinstance(e, Send) and e.kind.startswith("Grant#"))
    return [(event.tick, interval_of(event.kind)) for event in sends]


def again(intervals: list[Interval]) -> int:
    """Count nonces granted more than once, each time that they are: one by one."""
    times: dict[int, int] = defaultdict(int)
    for lo, hi in intervals:
        for nonce in range(lo, hi):
            times[nonce] += 1
    return sum(one - 1 for one in times.values())


def _ticks(q: AssignInstance, schedule: Schedule) -> int | None:
    """Return when the last unit is hashed; None where units are missing or come too late."""
    largest = schedule.settings.get("largest") == str(q.largest or q.units)
    if not (largest and _says(schedule, q, ("costs", "units", "ports", "latency"))):
        return None
    got = [e for e in schedule.events if isinstance(e, Deliver)]
    intervals = sorted(interval_of(event.kind) for event in got)
    ends = [low for low, _ in intervals[1:]] + [q.units]
    if not got or intervals[0][0] or [high for _, high in intervals] != ends:
        return None
    busy: dict[int, int] = {}
    for event in sorted(got, key=lambda e: e.tick):
        lo, hi = interval_of(event.kind)
        if event.tick - q.latency < busy.get(event.node, 0) or hi - lo > (q.largest or q.units):
            return None
        busy[event.node] = event.tick + q.h[event.node - 1] * (hi - lo)
    last = max(busy.values())
    return last if q.horizon is None or last <= q.horizon else None


@dataclass
class Worker:
    """A node that hashes; `sets` are what it has in hand or under way: arrival, next nonce, end.

    Sets under way that it has forgotten to have asked for are `forgotten` until they arrive.
    """

    rate: int
    sets: list[list[int]] = field(default_factory=list)
    live: bool = True
    forgotten: list[list[int]] = field(default_factory=list)

    @property
    def outstanding(self) -> int:
        """Nonces in hand and under way."""
        return sum(end - first for _, first, end in self.sets)

    def again(self, tick: int, *, log: bool) -> int:
        """Start again, with a log or without memory; return how many nonces are gone."""
        hand = [one for one in self.sets if one[0] < tick]
        coming = [one for one in self.sets if one[0] >= tick]
        self.sets = hand if log else []
        self.forgotten += [] if log else coming
        return sum(end - first for _, first, end in (coming if log else hand))

    def remember(self, tick: int) -> None:
        """Take what arrives."""
        self.sets += [one for one in self.forgotten if one[0] <= tick]
        self.forgotten = [one for one in self.forgotten if one[0] > tick]
        self.sets.sort(key=lambda one: one[0])

    def hash(self, tick: int) -> list[int]:
        """Take the next nonces, as many as the rate."""
        done: list[int] = []
        for one in self.sets:
            if one[0] > tick:
                break
            last = min(one[2], one[1] + self.rate - len(done))
            done += range(one[1], last)
            one[1] = last
        self.sets = [one for one in self.sets if one[1] < one[2]]
        return done


@dataclass
class Tally:
    """Hashing by the events of a schedule of failures.

    Parameters
    ----------
    question, schedule
        What is asked, and the run.
    solo
        The tick from which on all mine alone; None for never.
    """

    question: FailInstance
    schedule: Schedule
    solo: int | None
    lost: int = 0
    distinct: set[int] = field(default_factory=set)
    foremost: int = 0
    solved: int | None = None
    wrong: bool = False

    def __post_init__(self) -> None:
        q, m = self.question, self.question.supports
        rates = {1 + m + i: rate for i, rate in enumerate(q.r)}
        if q.role == "hashing":
            rates |= dict.fromkeys(range(1, 1 + m), q.support_rate)
        self.workers = {node: Worker(rate) for node, rate in rates.items()}
        self.stops: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        self.starts: dict[int, list[Fault]] = defaultdict(list)
        for e in self.schedule.events:
            if isinstance(e, Fault) and e.goes_on:
                self.starts[e.tick].append(e)
            elif isinstance(e, Fault) or (isinstance(e, Send) and e.kind == "Elected"):
                self.stops[e.tick].append((e.node, isinstance(e, Fault)))
        self.grants: dict[int, list[Interval]] = defaultdict(list)
        for tick, interval in granted(self.schedule):
            self.grants[tick].append(interval)

    def run(self) -> Tally:
        """Hash until the goal is reached, or to the end."""
        for tick in range(self.schedule.horizon):
            self._stop(tick)
            self._grant(tick)
            self._hash(tick)
            if self.wrong or self.solved is not None:
                break
        return self

    def _stop(self, tick: int) -> None:
        for event in self.starts[tick]:
            self.lost += self.workers[event.node].again(tick, log=event.fault == "reload")
        for node, crashed in self.stops[tick]:
            worker = self.workers.get(node)
            if worker is not None and worker.live:
                self.lost += worker.outstanding if crashed else 0
                worker.live, worker.sets = False, []
        for worker in self.workers.values():
            worker.remember(tick)
        if tick == self.solo:
            for worker in self.workers.values():
                worker.sets = []

    def _grant(self, tick: int) -> None:
        """Hand grants to those who ask, in order; each has G ticks of its owner's work."""
        q, grants = self.question, self.grants[tick]
        if not grants:
            return
        asking = [w for w in self.workers.values() if w.live and w.outstanding <= q.ahead * w.rate]
        sizes = [q.set_ticks * worker.rate for worker in asking]
        self.wrong |= sizes != [hi - lo for lo, hi in grants]
        for worker, (lo, hi) in zip(asking, grants, strict=False):
            worker.sets.append([tick + q.latency, lo, hi])

    def _hash(self, tick: int) -> None:
        alone = self.solo is not None and tick >= self.solo
        for worker in self.workers.values():
            if not worker.live:
                continue
            if alone:
                assert self.solo is not None
                self.foremost = max(self.foremost, worker.rate * (tick - self.solo + 1))
            else:
                self.distinct.update(worker.hash(tick))
        goal = self.question.goal
        if goal and len(self.distinct) + self.foremost >= goal:
            self.solved = tick + 1


def _failed(q: FailInstance, schedule: Schedule) -> int | None:
    names = (*_RATED, *_FAILING)
    collective = str(q.elect if q.collective is None else q.collective)
    crash = "late" if q.objective.name == "twice" else "early"
    said = schedule.settings
    fits = _says(schedule, q, names) and schedule.n == 1 + q.supports + len(q.r)
    fits &= (said.get("collective"), said.get("crash")) == (collective, crash)
    managers = _managers(q, schedule)
    if not fits or managers is None or not _starting(q, schedule):
        return None
    if q.objective.name == "time":
        tally = Tally(q, schedule, _solo_from(q, managers)).run()
        deciding = [e.tick for e in schedule.events if isinstance(e, Decide)]
        late = q.horizon is not None and schedule.horizon > q.horizon
        same = not late and {tick + 1 for tick in deciding} == {tally.solved}
        return tally.solved if same and not tally.wrong else None
    if schedule.horizon != q.ticks:
        return None
    if q.objective.name == "twice":
        return again([interval for _, interval in granted(schedule)])
    tally = Tally(q, schedule, _solo_from(q, managers)).run()
    return None if tally.wrong else tally.lost


def _solo_from(q: FailInstance, managers: list[int]) -> int | None:
    solo = q.collapse == "solo" and len(managers) > q.supports
    return managers[q.supports] + q.detect if solo else None


def _managers(q: FailInstance, schedule: Schedule) -> list[int] | None:
    """Return the ticks at which managers crash; None where a crash is not the instance's."""
    faults = [e for e in schedule.events if isinstance(e, Fault) and not e.goes_on]
    if len(faults) > q.crashes or any(e.fault != "crash" or e.tick < q.first for e in faults):
        return None
    elected = {e.node: e.tick for e in schedule.events if isinstance(e, Send)
               and e.kind == "Elected"}  # fmt: skip
    found = []
    for e in faults:
        manages = e.node == 0 or elected.get(e.node, e.tick + 1) <= e.tick
        if manages and q.victims != "miners":
            found.append(e.tick)
        elif manages or q.victims == "managers" or e.node <= q.supports:
            return None
    return found


def _starting(q: FailInstance, schedule: Schedule) -> bool:
    """Whether those start again who may: as many, of their kind, each once, and no faulty ones."""
    faults = [e for e in schedule.events if isinstance(e, Fault)]
    again = [e for e in faults if e.goes_on]
    kind, most = ("reload", q.reloads) if q.reloads else ("restart", q.amnesia)
    first = 1 + q.supports
    may = range(1, first) if q.objective.name == "twice" else range(first, first + len(q.r))
    nodes = [event.node for event in again]
    return (
        len(again) <= most
        and all(e.fault == kind and e.node in may and e.tick >= max(1, q.first) for e in again)
        and len(set(nodes)) == len(nodes)
        and (
            q.objective.name == "twice" or not {e.node for e in faults if e not in again} & {*nodes}
        )
        and schedule.settings.get("restarts", "0") == str(q.amnesia)
        and schedule.settings.get("reloads", "0") == str(q.reloads)
    )


def _cut(q: CutInstance, schedule: Schedule) -> int | None:
    said = schedule.settings
    miners = range(2, 2 + len(q.r))
    side = {int(one) for one in said.get("side", "").split(",") if one}
    fits = _says(schedule, q, _RATED) and schedule.n == 2 + len(q.r) and side <= set(miners)
    fits &= schedule.horizon == q.ticks and not any(isinstance(e, Fault) for e in schedule.events)
    if said.get("begin"):
        fits &= said.get("shape") == q.shape and said.get("width") == str(q.width)
    return again([interval for _, interval in granted(schedule)]) if fits else None


def _elected(q: ElectInstance, schedule: Schedule) -> int | None:
    """Count the ways of every state, from the first on; each draw has W^2 equal outcomes."""
    said = schedule.settings
    if not _says(schedule, q, _ELECTING) or not said.get("coalition", "").isdecimal():
        return None
    w, tickets = int(said["coalition"]), q.tickets
    if w > tickets or (q.objective.name == "managed" and w != q.coalition):
        return None
    parts = (part.split(":") for part in said.get("drops", "").split(",") if part)
    drops = {(int(k), int(m), int(v)): int(ways) for k, m, v, ways in parts}
    ways = {(0, 0, q.redraws): 1}
    managed = 0
    for k in range(q.elections):
        for v in range(q.redraws, -1, -1):
            for ours in (0, 1):
                here = ways.pop((k, ours, v), 0)
                elects = min(tickets, w + q.lies * ours)
                finders = tickets if ours and q.finaliser == "manager" else w
                drawn = drops.pop((k, ours, v), 0)
                if drawn > here * finders * (tickets - elects) * (v > 0):
                    return None
                won = here * elects * tickets
                later = q.elections + v - (k + 1)
                managed += won * tickets ** (2 * later)
                _add(ways, (k + 1, 1, v), won)
                _add(ways, (k + 1, 0, v), here * tickets * (tickets - elects) - drawn)
                _add(ways, (k, ours, v - 1), drawn)
    if drops:
        return None
    if q.objective.name == "managed":
        return managed
    return w if 2 * managed >= q.elections * q.outcomes else None


def _add(ways: dict[tuple[int, int, int], int], state: tuple[int, int, int], more: int) -> None:
    ways[state] = ways.get(state, 0) + more
