"""Simulated time: what chapter 7 measured, from the messages of each protocol and their costs.

Event-driven: every node has a processor of its own, or all share a few; a message costs time at
both ends, and on the wire. One decision at a time, of up to `batch` requests that wait; clients ask
again once f + 1 nodes have answered. Messages are those of the replicas in
:mod:`milpbft.pbft.reference`; their numbers per node and their sizes are compared with them in
tests.
"""

from __future__ import annotations

from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from milpbft.v2v.decision import Decision
from milpbft.v2v.load import CHANGE, REQUEST, VOTE, Costs, Load, Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Simulation:
    """A run under a load."""

    def __init__(self, load: Load, costs: Costs | None = None) -> None:
        self.load, self.costs = load, costs or Costs()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._serial = count()
        machines = load.n if load.placement == "separate" else load.cores
        self._free = [0.0] * machines
        self._idle = [0.0] * load.n
        self._handled = [0] * load.n
        self._decisions = 0
        self._waiting: list[tuple[int, float]] = []
        self._busy = False
        self._left = dict.fromkeys(range(load.clients), load.requests)
        self._waits: list[float] = []
        self._end = 0.0

    # ---- processors and wires

    def at(self, time: float, do: Callable[[float], None]) -> None:
        """Let something happen at a time."""
        heappush(self._events, (time, next(self._serial), do))

    def work(self, node: int, time: float, seconds: float) -> float:
        """Let a node work from `time` on, once it and a processor are free; return when it ends."""
        ready = max(time, self._idle[node])
        place = node if self.load.placement == "separate" else self._core(ready)
        done = max(ready, self._free[place]) + seconds
        self._free[place] = self._idle[node] = done
        return done

    def _core(self, ready: float) -> int:
        """Return the core that is free last before `ready`; where none is, the first to be free."""
        free = [place for place, time in enumerate(self._free) if time <= ready]
        if free:
            return max(free, key=self._free.__getitem__)
        return min(range(len(self._free)), key=self._free.__getitem__)

    def send(
        self, sender: int, receivers: list[int], size: int, time: float, *, work: float,
        then: Callable[[int, float], None],
    ) -> None:  # fmt: skip
        """Send a message to nodes, each of which spends `work` on it before `then`."""
        c = self.costs
        for receiver in receivers:
            sent = self.work(sender, time, c.message + c.byte * size)
            self._handled[sender] += 1
            arrives = sent + c.wire + c.rate * size

            def take(now: float, receiver: int = receiver) -> None:
                self._handled[receiver] += 1
                then(receiver, self.work(receiver, now, c.message + c.byte * size + work))

            self.at(arrives, take)

    # ---- a run

    def run(self) -> Timing:
        """Serve all requests."""
        for client in self._left:
            self.at(0.0, partial(self._ask, client))
        if self.load.down:
            self._busy = True
            self.at(self.load.patience, self._change_view)
        while self._events:
            time, _, do = heappop(self._events)
            do(time)
        total = self.load.clients * self.load.requests
        return Timing(
            sum(self._waits) / total, total / self._end, sum(self._handled) / self._decisions,
            max(self._handled) / self._decisions,
        )  # fmt: skip

    def _ask(self, client: int, now: float) -> None:
        if not self._left[client]:
            return
        self._left[client] -= 1
        c, size = self.costs, REQUEST + self.load.size
        work = c.message + c.byte * size + c.verify
        arrives = now + c.sign + c.wire + c.rate * size
        primary = self.load.primary
        self.at(arrives, lambda t: self._queue(client, now, self.work(primary, t, work)))

    def _queue(self, client: int, asked: float, now: float) -> None:
        self._waiting.append((client, asked))
        if not self._busy:
            self._busy = True
            self.at(now, self._decide)

    def _decide(self, now: float) -> None:
        if not self._waiting:
            self._busy = False
            return
        chosen = self._waiting[: self.load.batch]
        del self._waiting[: self.load.batch]
        self._decisions += 1
        Decision(self, chosen, now)

    def _change_view(self, now: float) -> None:
        """Let all leave the view, and the next primary open the second with a quorum of them."""
        load, c = self.load, self.costs
        nodes, heard = load.live, 0
        quorum = load.n - load.faults - load.redundant

        def take(node: int, time: float) -> None:
            nonlocal heard
            heard += node == load.primary
            if node != load.primary or heard != quorum - 1:
                return
            opening = self.work(node, time, c.sign)
            work = c.verify * (1 + quorum)
            others = [i for i in nodes if i != node]
            self.send(node, others, VOTE + quorum * CHANGE, opening, work=work,
                      then=lambda *_: None)  # fmt: skip
            self._forget()
            self.at(opening, self._decide)

        for node in nodes:
            others = [i for i in range(load.n) if i != node]
            signed = self.work(node, now, c.sign)
            self.send(node, others, CHANGE, signed, work=c.verify, then=take)

    def _forget(self) -> None:
        """Count messages of decisions alone."""
        self._handled = [0] * self.load.n

    def finish(self, chosen: list[tuple[int, float]], executed: Mapping[int, float]) -> None:
        """Answer the clients once f + 1 nodes agree on it, and decide on what waits."""
        load, c = self.load, self.costs
        # Whoever lies answers first, to no avail.
        honest = sorted(executed[node] for node in sorted(executed)[load.lying :])
        enough = honest[load.faults]
        for client, asked in chosen:
            answered = enough + c.sign + c.message + c.wire
            self._waits.append(answered - asked)
            self._end = max(self._end, answered)
            self.at(answered + self.load.think, partial(self._ask, client))
        self.at(executed[load.primary], self._decide)


def measure(load: Load, costs: Costs | None = None) -> Timing:
    """Simulate a load."""
    return Simulation(load, costs).run()
