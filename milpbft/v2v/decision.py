"""A decision in simulated time: the normal case of each protocol, message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from milpbft.v2v.load import CERTIFICATE, COMMIT, PREPARE, PROOF, REQUEST, SIGN, VOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.v2v.load import Costs, Load


class World(Protocol):
    """What a decision is made in: processors, wires and clients."""

    load: Load
    costs: Costs

    def at(self, time: float, do: Callable[[float], None]) -> None:
        """Let something happen at a time."""
        ...

    def work(self, node: int, time: float, seconds: float) -> float:
        """Let a node work from `time` on, once it and a processor are free; say when it ends."""
        ...

    def send(
        self, sender: int, receivers: list[int], size: int, time: float, *, work: float,
        then: Callable[[int, float], None],
    ) -> None:  # fmt: skip
        """Send a message to nodes, each of which spends `work` on it before `then`."""
        ...

    def finish(self, chosen: list[tuple[int, float]], executed: Mapping[int, float]) -> None:
        """Answer the clients of what was decided."""
        ...


class Decision:
    """One decision of the primary, who collects shares too."""

    def __init__(self, world: World, chosen: list[tuple[int, float]], now: float) -> None:
        self._world, self._chosen = world, chosen
        load, c = world.load, world.costs
        self._live = load.live
        self._votes: dict[tuple[str, int], int] = {}
        self._executed: dict[int, float] = {}
        self._quorum = load.n - load.faults - load.redundant
        self._primary = load.primary
        size = VOTE + len(chosen) * (REQUEST + load.size)
        start = world.work(self._primary, now, c.sign)
        work = c.verify * (1 + len(chosen))
        accept = self._prepare if load.protocol == "pbft" else self._sign
        world.send(self._primary, self._others(self._primary), size, start, work=work,
                   then=self._if_live(accept))  # fmt: skip

    def _if_live(self, do: Callable[[int, float], None]) -> Callable[[int, float], None]:
        return lambda node, now: do(node, now) if node in self._live else None

    def _others(self, node: int) -> list[int]:
        return [i for i in range(self._world.load.n) if i != node]

    def _count(self, kind: str, node: int) -> int:
        self._votes[kind, node] = self._votes.get((kind, node), 0) + 1
        return self._votes[kind, node]

    def _execute(self, node: int, now: float) -> None:
        world = self._world
        if node in self._executed:
            return
        self._executed[node] = world.work(node, now, world.costs.execute * len(self._chosen))
        if len(self._executed) == len(self._live):
            world.finish(self._chosen, self._executed)

    # ---- PBFT

    def _vote(self, node: int, now: float, then: Callable[[int, float], None]) -> float:
        """Sign a vote and send it to all; return when it was signed."""
        world, c = self._world, self._world.costs
        signed = world.work(node, now, c.sign)
        world.send(node, self._others(node), VOTE, signed, work=c.verify, then=self._if_live(then))
        return signed

    def _prepare(self, node: int, now: float) -> None:
        self._prepared(node, self._vote(node, now, self._prepared))

    def _prepared(self, node: int, now: float) -> None:
        if self._count("prepare", node) == self._quorum - 1:
            self._committed(node, self._vote(node, now, self._committed))

    def _committed(self, node: int, now: float) -> None:
        if self._count("commit", node) == self._quorum:
            self._execute(node, now)

    # ---- Linear BFT and SBFT

    def _share(
        self, node: int, now: float, shares: int, size: int, then: Callable[[int, float], None]
    ) -> None:
        """Sign so many shares, and send them to the collector, who verifies the first."""
        world, c = self._world, self._world.costs
        signed = world.work(node, now, c.sign * shares + c.seal)
        world.send(node, [self._primary], size, signed, work=c.opening + c.share, then=then)

    def _sign(self, node: int, now: float) -> None:
        if self._world.load.protocol == "sbft":
            self._share(node, now, 2, SIGN, self._signed)
        else:
            self._share(node, now, 1, PREPARE, self._signed)

    def _signed(self, _: int, now: float) -> None:
        load, got = self._world.load, self._count("share", self._primary) + 1
        if load.protocol != "sbft":
            if got == self._quorum:
                self._certify(now, CERTIFICATE, self._commit)
        elif got == load.n - load.redundant:
            self._certify(now, PROOF, self._decided)
        elif got == len(self._live) < load.n - load.redundant:
            # Too many are silent: the collector's timer ends the fast path.
            later = now + load.timer
            self._world.at(later, lambda t: self._certify(t, CERTIFICATE, self._commit))

    def _certify(self, now: float, size: int, then: Callable[[int, float], None]) -> None:
        """Make a certificate of shares, and send it to all."""
        world, c = self._world, self._world.costs
        made = world.work(self._primary, now, c.combine + c.seal)
        world.send(self._primary, self._others(self._primary), size, made,
                   work=c.opening + c.certificate, then=self._if_live(then))  # fmt: skip
        if then == self._decided:
            self._execute(self._primary, made)

    def _commit(self, node: int, now: float) -> None:
        self._share(node, now, 1, COMMIT, self._shared)

    def _shared(self, _: int, now: float) -> None:
        if self._count("commit", self._primary) + 1 == self._quorum:
            self._certify(now, CERTIFICATE, self._decided)

    def _decided(self, node: int, now: float) -> None:
        self._execute(node, now)
