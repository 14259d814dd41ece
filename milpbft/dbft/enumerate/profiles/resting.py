"""Whether nodes that were given everything stay as they are, recovery and timers included."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.profiles.lone import cloned

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.profiles.lone import Lone, Pool
    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.replica import ProductionReplica

ORDERS = 3
ROUNDS = 12


def stays(lone: Lone, numbers: tuple[int, ...]) -> bool:
    """Whether, in one of some orders, all timers expire again and again and nobody acts.

    What nodes say meanwhile, recovery messages as they are, is delivered to all.
    """
    return any(_Round(lone, numbers, order).rests() for order in range(ORDERS))


class _Round:
    """Copies of the replicas, in one order of delivery."""

    def __init__(self, lone: Lone, numbers: tuple[int, ...], order: int) -> None:
        self._lone = lone
        states = [lone.states[number] for number in numbers]
        up = [state for state in states if not state.crashed]
        self._replicas = {one.replica.node: cloned(one.replica) for one in up}
        self._sent: dict[int, Pool] = {one.replica.node: one.sent for one in up}
        self._order = order
        self._random = Random(order)
        self._given: dict[int, set[Envelope]] = {node: set() for node in self._replicas}
        self._stood = {i: self._stand(r) for i, r in self._replicas.items()}

    def _stand(self, replica: ProductionReplica) -> object:
        return self._lone.reference.standing(replica)

    def rests(self) -> bool:
        for _ in range(ROUNDS):
            before = dict(self._stood)
            waiting: list[Envelope] = []
            for node in self._replicas:
                before_it = cloned(self._replicas[node])
                self._replicas[node].on_timer()
                if not self._gather(node, before_it, waiting):
                    return False
            if not self._deliver(waiting):
                return False
            if before == self._stood:
                return True
        return False

    def _deliver(self, waiting: list[Envelope]) -> bool:
        while waiting:
            owed = [(i, e) for e in waiting for i in self._replicas if i != e.sender]
            if self._order == 1:
                owed.reverse()
            elif self._order > 1:
                self._random.shuffle(owed)
            waiting.clear()
            for node, envelope in owed:
                if envelope in self._given[node]:
                    continue
                self._given[node].add(envelope)
                before = cloned(self._replicas[node])
                self._replicas[node].on_message(envelope)
                if not self._gather(node, before, waiting):
                    return False
        return True

    def _gather(self, node: int, before: ProductionReplica, waiting: list[Envelope]) -> bool:
        """Take what a node says; return whether it did nothing that counts."""
        replica = self._replicas[node]
        replica.act()
        acts, _ = self._lone.taken(before, replica, self._sent[node])
        waiting += replica.outbox
        replica.outbox.clear()
        if (now := self._stand(replica)) != self._stood[node]:
            self._stood[node] = now
            self._given[node].clear()
        return not acts
