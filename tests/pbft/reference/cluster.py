"""Replicas and clients in lock step: what is sent at a tick arrives at the next, unless lost.

Nobody but clients sends anything twice: a network that is to bring all in the end delays, and loses
nothing between correct nodes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from milpbft.pbft.reference.client import Client
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.pbft.reference.messages import Envelope
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.pbft.reference.rules import Rules

    Loses = Callable[[int, int, int], bool]
    """Whether what is to arrive at a tick from a sender at a receiver does not."""


class Cluster:
    """A network of replicas with some clients.

    Parameters
    ----------
    reference
        Makes the replicas' threshold signatures, and says of which class they are.
    rules
        What the network agrees on.
    clients
        How many there are, each with operations of its own.
    operations
        How many each client asks for, one after the other.
    loses
        What the network loses; nothing by default.
    delays
        What it keeps for another tick, likewise.
    timeout
        Ticks that a replica waits in view 0; they double with every view.
    """

    def __init__(
        self,
        reference: type[FamilyReference[Any]],
        rules: Rules,
        *,
        clients: int = 1,
        operations: int = 5,
        loses: Loses = lambda tick, sender, receiver: False,
        delays: Loses = lambda tick, sender, receiver: False,
        timeout: int = 12,
    ) -> None:
        keys = KeyRing(rules.n + clients)
        threshold = reference(rules, keys=keys).threshold
        made = reference.correct
        self.replicas = {i: made(i, rules, keys, threshold) for i in range(rules.n)}
        self.clients = {
            i: Client(i, rules, keys, threshold) for i in range(rules.n, rules.n + clients)
        }
        self.sent: Counter[str] = Counter()
        self.tick = 0
        self._loses, self._delays, self._timeout = loses, delays, timeout
        self._left = dict.fromkeys(self.clients, operations)
        self._under_way: list[tuple[int, int, Envelope]] = []
        self._since = dict.fromkeys((*self.replicas, *self.clients), 0)
        self._state: dict[int, object] = {}

    def run(self, ticks: int) -> None:
        """Let `ticks` more ticks pass."""
        for _ in range(ticks):
            self._deliver()
            for number, client in self.clients.items():
                self._step_client(number, client)
            for node in self.replicas:
                self._step(node)
            self.tick += 1

    @property
    def served(self) -> bool:
        """Whether clients have an answer to all that they have to ask for."""
        return not any(self._left.values()) and not any(c.waits for c in self.clients.values())

    def executed(self, node: int) -> list[bytes]:
        """Return what a node executed, in order; null requests are zeros."""
        return [decision.block for decision in self.replicas[node].decisions]

    def _deliver(self) -> None:
        arriving, self._under_way = self._under_way, []
        for sender, receiver, envelope in arriving:
            if self._delays(self.tick, sender, receiver):
                self._under_way.append((sender, receiver, envelope))
            elif not self._loses(self.tick, sender, receiver):
                (self.clients | self.replicas)[receiver].on_message(envelope)

    def _step(self, node: int) -> None:
        replica = self.replicas[node]
        collects = getattr(replica, "collects", False)
        state = replica.timer, collects
        self._since[node] = self._since[node] + 1 if state == self._state.get(node) else 0
        self._state[node] = state
        wait = 4 if collects else self._timeout << replica.view
        if self._since[node] >= wait:
            replica.on_timer()
        replica.act()
        for envelope in replica.outbox:
            self.sent[envelope.payload.kind] += 1
            others = [i for i in self.replicas if i != node]
            self._under_way += [(node, receiver, envelope) for receiver in others]
        for envelope in replica.replies:
            self._under_way.append((node, envelope.payload.client, envelope))
        replica.outbox.clear()
        replica.replies.clear()

    def _step_client(self, number: int, client: Client) -> None:
        if not client.waits and self._left[number]:
            self._left[number] -= 1
            client.submit(f"{number} {self._left[number]}".encode())
            self._since[number] = 0
        self._since[number] += 1
        if self._since[number] % 15 == 0:
            client.on_timer()
        for receiver, envelope in client.outbox:
            goals = self.replicas if receiver is None else (receiver,)
            self._under_way += [(number, goal, envelope) for goal in goals]
        client.outbox.clear()
