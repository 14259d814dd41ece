"""Simulated time: what chapter 7 measured, from the messages of each protocol and their costs.

Event-driven: every node has a processor of its own, or all share a few; a message costs time at
both ends, and on the wire. One decision at a time, of up to `batch` requests that wait; clients ask
again once f + 1 nodes have answered. Messages are those of the replicas in
:mod:`milpbft.pbft.reference`; their numbers per node and kind are compared with them in tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Literal

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

MICRO = 1e-6


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds that things take.

    Parameters
    ----------
    message
        Of a processor, per message, at each end.
    byte
        Likewise per byte.
    sign, verify, share, combine, certificate, execute
        Of a processor: signing; verifying a signature, a share; making a certificate of shares;
        verifying it; executing a request.
    wire, rate
        Of the network: per message, and per byte.
    """

    message: float = 10 * MICRO
    byte: float = 2.5e-9
    sign: float = 30 * MICRO
    verify: float = 80 * MICRO
    share: float = 80 * MICRO
    combine: float = 200 * MICRO
    certificate: float = 120 * MICRO
    execute: float = 5 * MICRO
    wire: float = 50 * MICRO
    rate: float = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured.

    Parameters
    ----------
    protocol
        ``pbft``, ``linear`` or ``sbft``.
    n
        Nodes, 4 or more.
    size
        Bytes that requests are padded with.
    placement
        ``shared``: all nodes on one machine, as in the thesis. ``separate``: a processor each.
    clients, requests
        Clients, and what each asks for.
    batch
        Requests per decision at most.
    think
        Seconds between an answer and the client's next request.
    silent
        Backups that say nothing, f at most; SBFT then waits for its collector's timer.
    timer
        That timer, in seconds.
    cores
        Of the shared machine.
    """

    protocol: Literal["pbft", "linear", "sbft"]
    n: int
    size: int = 8
    placement: Literal["shared", "separate"] = "shared"
    clients: int = 10
    requests: int = 200
    batch: int = 10
    think: float = 0.0
    silent: int = 0
    timer: float = 0.02
    cores: int = 8

    def __post_init__(self) -> None:
        if not 4 <= self.n <= 1000:
            raise InputError("n", self.n, "a number from 4 to 1000")
        if not 0 <= self.silent <= self.faults:
            raise InputError("silent", self.silent, f"a number from 0 to {self.faults}")
        for name in ("clients", "requests", "batch", "cores"):
            if getattr(self, name) < 1:
                raise InputError(name, getattr(self, name), "1 or more")

    @property
    def faults(self) -> int:
        """F."""
        return (self.n - 1) // 3


@dataclass(frozen=True, slots=True)
class Timing:
    """What came out.

    Parameters
    ----------
    latency
        Mean seconds from a request to its f + 1 answers.
    throughput
        Requests executed per second.
    handled
        Messages between nodes per decision, sent and received, of all nodes together.
    busiest
        The same of the node that handles most.
    """

    latency: float
    throughput: float
    handled: float
    busiest: float


REQUEST, VOTE, SHARE = 180, 170, 230
"""Bytes of a request without padding, a vote, and a share or certificate, signature included."""


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

    def _at(self, time: float, do: Callable[[float], None]) -> None:
        heappush(self._events, (time, next(self._serial), do))

    def _work(self, node: int, time: float, seconds: float) -> float:
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

    def _send(
        self, sender: int, receivers: list[int], size: int, time: float, *, work: float,
        then: Callable[[int, float], None],
    ) -> None:  # fmt: skip
        """Send a message to nodes, each of which spends `work` on it before `then`."""
        c = self.costs
        for receiver in receivers:
            sent = self._work(sender, time, c.message + c.byte * size)
            self._handled[sender] += 1
            arrives = sent + c.wire + c.rate * size

            def take(now: float, receiver: int = receiver) -> None:
                self._handled[receiver] += 1
                then(receiver, self._work(receiver, now, c.message + c.byte * size + work))

            self._at(arrives, take)

    # ---- a run

    def run(self) -> Timing:
        """Serve all requests."""
        for client in self._left:
            self._at(0.0, partial(self._ask, client))
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
        self._at(arrives, lambda t: self._queue(client, now, self._work(0, t, work)))

    def _queue(self, client: int, asked: float, now: float) -> None:
        self._waiting.append((client, asked))
        if not self._busy:
            self._busy = True
            self._at(now, self._decide)

    def _decide(self, now: float) -> None:
        if not self._waiting:
            self._busy = False
            return
        chosen = self._waiting[: self.load.batch]
        del self._waiting[: self.load.batch]
        self._decisions += 1
        Decision(self, chosen, now)

    def finish(self, chosen: list[tuple[int, float]], executed: list[float]) -> None:
        """Answer the clients once f + 1 nodes have executed, and decide on what waits."""
        c, enough = self.costs, sorted(executed)[self.load.faults]
        for client, asked in chosen:
            answered = enough + c.sign + c.message + c.wire
            self._waits.append(answered - asked)
            self._end = max(self._end, answered)
            self._at(answered + self.load.think, partial(self._ask, client))
        self._at(executed[0], self._decide)


class Decision:
    """One decision, of the primary 0."""

    def __init__(self, world: Simulation, chosen: list[tuple[int, float]], now: float) -> None:
        self._world, self._chosen = world, chosen
        load, c = world.load, world.costs
        self._live = [i for i in range(load.n) if not i or i < load.n - load.silent]
        self._votes: dict[tuple[str, int], int] = {}
        self._executed: dict[int, float] = {}
        self._quorum = load.n - load.faults
        size = VOTE + len(chosen) * (REQUEST + load.size)
        backups = list(range(1, load.n))
        start = world._work(0, now, c.sign)
        collected = load.protocol != "pbft"
        work = c.verify * (1 + len(chosen))
        accept = self._sign if collected else self._prepare
        world._send(0, backups, size, start, work=work, then=self._if_live(accept))

    def _if_live(self, do: Callable[[int, float], None]) -> Callable[[int, float], None]:
        return lambda node, now: do(node, now) if node in self._live else None

    def _count(self, kind: str, node: int) -> int:
        self._votes[kind, node] = self._votes.get((kind, node), 0) + 1
        return self._votes[kind, node]

    def _execute(self, node: int, now: float) -> None:
        world = self._world
        if node in self._executed:
            return
        done = world._work(node, now, world.costs.execute * len(self._chosen))
        self._executed[node] = done
        if len(self._executed) == len(self._live):
            times = [self._executed[i] for i in sorted(self._executed)]
            world.finish(self._chosen, times)

    # ---- PBFT

    def _others(self, node: int) -> list[int]:
        return [i for i in range(self._world.load.n) if i != node]

    def _prepare(self, node: int, now: float) -> None:
        c = self._world.costs
        signed = self._world._work(node, now, c.sign)
        self._world._send(node, self._others(node), VOTE, signed, work=c.verify,
                          then=self._if_live(self._prepared))  # fmt: skip
        self._prepared(node, signed)

    def _prepared(self, node: int, now: float) -> None:
        if self._count("prepare", node) == self._quorum - 1:
            c = self._world.costs
            signed = self._world._work(node, now, c.sign)
            self._world._send(node, self._others(node), VOTE, signed, work=c.verify,
                              then=self._if_live(self._committed))  # fmt: skip
            self._committed(node, signed)

    def _committed(self, node: int, now: float) -> None:
        if self._count("commit", node) == self._quorum:
            self._execute(node, now)

    # ---- Linear BFT and SBFT

    def _sign(self, node: int, now: float) -> None:
        c = self._world.costs
        shares = 2 if self._world.load.protocol == "sbft" else 1
        signed = self._world._work(node, now, c.sign * (1 + shares))
        work = c.verify + c.share
        self._world._send(node, [0], SHARE, signed, work=work, then=self._signed)

    def _signed(self, _: int, now: float) -> None:
        load, got = self._world.load, self._count("share", 0) + 1
        if load.protocol == "sbft":
            if got == load.n:
                self._certify(now, self._decided)
            elif got == len(self._live):
                # Somebody is silent: the collector's timer ends the fast path.
                self._world._at(now + load.timer, lambda t: self._certify(t, self._commit))
        elif got == self._quorum:
            self._certify(now, self._commit)

    def _certify(self, now: float, then: Callable[[int, float], None]) -> None:
        world, c = self._world, self._world.costs
        made = world._work(0, now, c.combine + c.sign)
        work = c.verify + c.certificate
        world._send(0, self._others(0), SHARE, made, work=work, then=self._if_live(then))
        if then == self._decided:
            self._execute(0, made)

    def _commit(self, node: int, now: float) -> None:
        c = self._world.costs
        signed = self._world._work(node, now, 2 * c.sign)
        work = c.verify + c.share
        self._world._send(node, [0], SHARE, signed, work=work, then=self._shared)

    def _shared(self, _: int, now: float) -> None:
        if self._count("commit", 0) + 1 == self._quorum:
            self._certify(now, self._decided)

    def _decided(self, node: int, now: float) -> None:
        self._execute(node, now)


def measure(load: Load, costs: Costs | None = None) -> Timing:
    """Simulate a load."""
    return Simulation(load, costs).run()
