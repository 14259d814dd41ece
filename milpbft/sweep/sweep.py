"""Sweep: every task of a family solved once, by any number of workers, into a store."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.sweep.implied import Implied, Known, tightened
from milpbft.sweep.order import ordered
from milpbft.sweep.work import INTERRUPTED, UNUSABLE, Job, bare, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from milpbft.question.part import Question
    from milpbft.store import Key, Record, Store
    from milpbft.sweep.pool import Event, Pool

_TURN = 0.2  # seconds that events are waited for at most
_BEAT = 5.0  # seconds between two signs of life
_LATE = 1.4  # seconds that jobs have, once interrupted, to hand in what they found
_PATIENCE = 10.0  # seconds for which a store that cannot be written is tried again


@dataclass(eq=False)
class Item:
    """A job of the sweep, and how it goes.

    `tries` counts workers that died of it; `first` is false for a retry by another solver.
    """

    job: Job
    instance: Question
    key: Key
    tries: int = 0
    first: bool = True
    progress: str = ""


@dataclass
class State:
    """How a sweep goes, for whoever shows it.

    `counts` are results by outcome; `kept` are those that were there before, or came from another
    sweep; `solved` those of this one.
    """

    total: int
    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    solved: int = 0
    implied: int = 0
    retried: int = 0
    running: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def done(self) -> int:
        """Tasks that have a result."""
        return self.kept + self.solved

    @property
    def seconds(self) -> float:
        """Since the sweep began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float | None:
        """Estimate of the seconds that are left, at the rate so far; None before any result."""
        if not self.solved:
            return None
        return self.seconds / self.solved * (self.total - self.done)


def sweep(
    jobs: Sequence[Job],
    store: Store,
    pool: Pool,
    show: Callable[[State, Record | None], None],
    *,
    again: bool = False,
) -> State:
    """Solve jobs that have no result yet, cheapest first, and store each result as it comes.

    Ctrl-C ends within two seconds, with what the running solves have found in the store.

    Parameters
    ----------
    jobs
        What to solve.
    store
        Where results go; other sweeps may fill it at the same time.
    pool
        Where jobs run; closed at the end.
    show
        Called with each change, and with each new result.
    again
        Solve again what failed or reached a limit.

    Raises
    ------
    InputError
        Where the store cannot be written to, or the pool is lost.
    """
    return _Sweep(jobs, store, pool, show, again).run()


@contextmanager
def _asked_to_stop(state: State) -> Iterator[None]:
    """Note Ctrl-C, or a polite end, instead of breaking off in the middle of a step.

    The second Ctrl-C breaks off.
    """

    def note(number: int, frame: object) -> None:
        if state.interrupted:
            raise KeyboardInterrupt
        state.interrupted = True

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Sweep:
    """One sweep, from entering the store to leaving it."""

    def __init__(
        self,
        jobs: Sequence[Job],
        store: Store,
        pool: Pool,
        show: Callable[[State, Record | None], None],
        again: bool,
    ) -> None:
        self._store, self._pool, self._show, self._again = store, pool, show, again
        self._state = State(len(jobs))
        self._known = Known()
        self._items = [Item(job, job.instance, job.key()) for job in jobs]
        self._running: dict[int, Item] = {}
        self._elsewhere: deque[Item] = deque()
        self._number = 0
        self._beaten = 0.0
        self._sweep = ""

    def run(self) -> State:
        """Solve everything."""
        before = {record.key: record for record in self._store.records()}
        fresh: list[Item] = []
        for item in self._items:
            record = before.get(item.key)
            if record is not None and self._enough(item, record):
                self._keep(item, record)
            else:
                fresh.append(item)
        seconds = {record.instance: record.seconds for record in before.values()}
        self._waiting = deque(ordered(fresh, seconds))
        self._sweep = self._store.enter()
        try:
            with _asked_to_stop(self._state):
                self._solve()
                if self._state.interrupted:
                    self._hear_out()
        finally:
            self._pool.close()
            self._store.leave(self._sweep)
        return self._state

    def _enough(self, item: Item, record: Record) -> bool:
        """Whether a result that is there will do."""
        job = item.job
        second = any(check == "second-solver" for check, _, _ in record.checks)
        if record.proven:
            return job.second is None or second or bool(record.implied)
        if self._again or record.message.startswith(INTERRUPTED):
            return False
        if record.outcome == "failed":
            return True
        return _covers(record.time_limit, job.time_limit) and _covers(
            record.memory_limit, job.memory_limit
        )

    def _keep(self, item: Item, record: Record) -> None:
        self._state.kept += 1
        self._state.counts[record.outcome] += 1
        self._known.add(item.instance, record)
        self._show(self._state, None)

    def _solve(self) -> None:
        while self._waiting or self._running or self._elsewhere:
            while self._waiting and self._pool.free() and not self._state.interrupted:
                self._begin(self._waiting.popleft())
            if self._state.interrupted:
                return
            if not self._running and not self._waiting:
                # Another sweep has the rest; what it leaves undone is for this one.
                self._waiting, self._elsewhere = self._elsewhere, deque()
                time.sleep(_TURN if self._waiting else 0)
            for event in self._pool.wait(_TURN if self._running else 0):
                self._take_in(event)
            if time.monotonic() - self._beaten > _BEAT:
                self._beaten = time.monotonic()
                self._stored(lambda: self._store.beat(self._sweep))
                self._show(self._state, None)

    def _begin(self, item: Item) -> None:
        taken = self._store.take(item.key, self._sweep, lambda found: self._enough(item, found))
        if taken is False:
            self._elsewhere.append(item)
        elif taken is not True:
            self._keep(item, taken)
        elif (implied := self._known.of(item.instance)).settled:
            self._finish(item, _settled(item.job, implied))
        else:
            self._number += 1
            self._running[self._number] = item
            self._pool.submit(self._number, item.job)
            self._tell_running()

    def _take_in(self, event: Event) -> None:
        item = self._running.get(event.number)
        if item is None:
            return
        if event.kind == "progress":
            item.progress = event.text
            self._tell_running()
            return
        del self._running[event.number]
        self._tell_running()
        if event.kind == "died":
            self._died(item, event)
        elif event.record is not None:
            record = tightened(event.record, self._known.of(item.instance))
            other = self._known.against(item.instance, record)
            if other is not None:
                record = self._disbelieve(item, record, other)
            self._finish(item, record)

    def _died(self, item: Item, event: Event) -> None:
        """Once may be anybody's fault, and the job is begun again; twice is the job's."""
        item.tries += 1
        if item.tries < 2:
            self._waiting.appendleft(item)
        else:
            self._finish(item, failure(item.job, event.text, event.log))

    def _finish(self, item: Item, record: Record) -> None:
        """Store a result; one that failed is tried once by another solver."""
        self._stored(lambda: self._store.put([record], item.key))
        retry = None
        if record.outcome == "failed" and item.first and not record.reason.startswith(UNUSABLE):
            retry = item.job.elsewhere()
        self._known.add(item.instance, record)
        self._state.solved += item.first
        self._state.retried += not item.first
        self._state.implied += bool(record.implied)
        self._state.counts[record.outcome] += 1
        self._show(self._state, record)
        if retry is not None:
            other = Item(retry, item.instance, retry.key(), first=False)
            found = self._store.get(other.key)
            if found is None or not self._enough(other, found):
                self._waiting.appendleft(other)

    def _disbelieve(self, item: Item, record: Record, other: Record) -> Record:
        """Two proven results contradict each other: believe neither, and say so in both."""
        self._known.drop(item.instance, other)
        stored = self._store.get(other.key) or other
        self._stored(lambda: self._store.put([_doubted(stored, record)]))
        self._state.counts[other.outcome] -= 1
        self._state.counts["failed"] += 1
        for one in self._items:
            if one.key == other.key and (retry := one.job.elsewhere()) is not None:
                self._waiting.append(Item(retry, one.instance, retry.key(), first=False))
        return _doubted(record, other)

    def _stored(self, write: Callable[[], None]) -> None:
        """Write to the store; a full disk may have room again in a moment."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                write()
            except InputError:
                if time.monotonic() > end:
                    raise
                time.sleep(_TURN)
            else:
                return

    def _hear_out(self) -> None:
        """Store what interrupted jobs hand in before it is too late."""
        self._pool.interrupt()
        end = time.monotonic() + _LATE
        while self._running and time.monotonic() < end:
            for event in self._pool.wait(end - time.monotonic()):
                item = self._running.get(event.number)
                if item is None or event.kind == "progress":
                    continue
                del self._running[event.number]
                if event.record is not None and event.record.outcome != "failed":
                    self._store.put([event.record], item.key)
                    self._state.counts[event.record.outcome] += 1
                    self._state.solved += item.first
                    self._show(self._state, event.record)

    def _tell_running(self) -> None:
        self._state.running = {item.instance.name: item.progress for item in self._running.values()}
        self._show(self._state, None)


def _covers(had: float | None, wanted: float | None) -> bool:
    """Whether a limit that was had is no tighter than the one that is wanted."""
    return had is None or (wanted is not None and had >= wanted)


def _settled(job: Job, implied: Implied) -> Record:
    found = {"outcome": "infeasible", "status": "infeasible"}
    if not implied.infeasible:
        found = {"outcome": "optimal", "status": "optimal"}
    return bare(
        job,
        **found,
        value=implied.best,
        bound=implied.best,
        implied=implied.source,
        verdict="confirmed",
        reason=f"it follows from {implied.source}",
    )


def _doubted(record: Record, other: Record) -> Record:
    reason = f"{record.answer} contradicts {other.instance}, {other.solver}: {other.answer}"
    return record.model_copy(
        update={"outcome": "failed", "verdict": "refuted", "reason": reason, "implied": ""}
    )
