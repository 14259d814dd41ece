"""Hosting: an application on replicas of the family, in lock step, under a network's whims."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from milpbft.pbft.reference.client import Client
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.pbft.reference.messages import Payload, Request, seal
from milpbft.pbft.steered import STEERED
from milpbft.sim.application import Record, Terms
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.pbft.reference.ledger import Ledger
    from milpbft.pbft.reference.messages import Envelope
    from milpbft.pbft.reference.replica import Replica
    from milpbft.pbft.reference.rules import Rules
    from milpbft.sim.application import Application, Meddler

_TERMS = Terms()
_PATIENCE = 15
"""Ticks after which a client asks all nodes."""
_COLLUDERS = 8
"""Clients beside those that ask: their requests are injected."""


class Hosted:
    """A network of replicas, each with an application; see :class:`.application.Service`."""

    def __init__(
        self,
        protocol: str,
        n: int,
        application: Callable[[], Application],
        terms: Terms = _TERMS,
        meddler: Meddler | None = None,
    ) -> None:
        self.n, self.tick = n, 0
        self.counts: Counter[tuple[int, str]] = Counter()
        self._terms, self._meddler = terms, meddler
        self._rules = rules = _rules(protocol, n, terms)
        self.keys = KeyRing(n + terms.clients + _COLLUDERS)
        made = REFERENCES[protocol]
        threshold = made(rules, keys=self.keys).threshold
        kinds = [STEERED[protocol] if terms.steered and not i else made.correct for i in range(n)]
        self._kinds, self._threshold = kinds, threshold
        self.replicas: dict[int, Replica] = {
            i: kinds[i](i, rules, self.keys, threshold, application=application()) for i in range(n)
        }
        numbers = range(n, n + terms.clients)
        self.clients = {i: Client(i, rules, self.keys, threshold) for i in numbers}
        self._wanted: defaultdict[int, deque[bytes]] = defaultdict(deque)
        self._arriving: defaultdict[int, list[tuple[int, Envelope]]] = defaultdict(list)
        self._since = dict.fromkeys((*self.replicas, *self.clients), 0)
        self._timed: dict[int, object] = {}
        self._awake = set(self.replicas)
        """Nodes that something happened to since they acted: the others have nothing to do."""
        self._logs: dict[int, list[Record]] = {node: [] for node in self.replicas}

    # ---- what is asked for

    def submit(self, client: int, operation: bytes) -> None:
        """Let a client ask for something once it has the answer to all that it asked before."""
        self._wanted[client].append(operation)

    def inject(self, client: int, number: int, operation: bytes, nodes: Sequence[int]) -> bytes:
        """Hand a request, signed by its client, to some nodes; return its hash."""
        envelope = seal(Request(client, number, operation), self.keys)
        for node in nodes:
            self._arriving[self.tick].append((node, envelope))
        return envelope.payload.fingerprint

    def release(self, request: bytes) -> None:
        """Let a steered primary propose the request of a hash."""
        primary = self.replicas[0]
        assert hasattr(primary, "released"), "the primary is not steered"
        primary.released.append(request)
        self._awake.add(0)

    def ask(self, client: int, question: bytes, quorum: int) -> None:
        """Let a client ask an unordered request."""
        self.clients[client].ask(question, quorum)

    def restart(self, node: int) -> None:
        """Let a replica start again without memory, but for what it executed and checkpoints."""
        before = self.replicas[node]
        fresh = self._kinds[node](node, self._rules, self.keys, self._threshold)
        fresh.ledger, fresh.checkpoints = before.ledger, before.checkpoints
        fresh.ledger.forget_waiting()
        self.replicas[node] = fresh
        self._begin_anew(node)

    def reload(self, node: int) -> None:
        """Let a replica start again with its log: what is under way to it is lost."""
        for tick, arriving in self._arriving.items():
            self._arriving[tick] = [one for one in arriving if one[0] != node]
        self._begin_anew(node)

    def _begin_anew(self, node: int) -> None:
        self._timed.pop(node, None)
        self._awake.add(node)

    # ---- what came of it

    def learnt(self, client: int) -> bytes | None:
        """Return what enough nodes answered to the last question."""
        return self.clients[client].learnt

    def replies(self, client: int) -> Sequence[bytes]:
        """Return the answers that a client has accepted, in order."""
        return self.clients[client].answers

    def accepted(self, client: int) -> Sequence[bytes]:
        """Return the states that a client has accepted."""
        return self.clients[client].accepted

    def executed(self, node: int) -> Sequence[Record]:
        """Return what a node executed, in order."""
        return self._logs[node]

    def _note(self, node: int, ledger: Ledger) -> None:
        """Note what a node executed since, before it forgets it."""
        log = self._logs[node]
        first = max(log[-1].sequence if log else 0, ledger.base) + 1
        for sequence, item in enumerate(ledger.since(first), start=first):
            payload = item.request.payload if item.request else None
            asked = payload if isinstance(payload, Request) else None
            client, number = (asked.sender, asked.timestamp) if asked else (None, 0)
            log.append(Record(client, number, item.state, sequence))

    def application(self, node: int) -> Application:
        """Return the application of a node."""
        found = self.replicas[node].ledger.application
        assert found is not None, "every replica was given one"
        return found

    def view(self, node: int) -> int:
        """Return the view of a node."""
        return self.replicas[node].view

    @property
    def served(self) -> bool:
        """Whether every client has all its answers."""
        return not any(self._wanted.values()) and not any(c.waits for c in self.clients.values())

    # ---- the loop

    def run(self, ticks: int) -> None:
        """Let ticks pass."""
        for _ in range(ticks):
            everybody: dict[int, Any] = self.clients | self.replicas
            for receiver, envelope in self._arriving.pop(self.tick, ()):
                everybody[receiver].on_message(envelope)
                self._awake.add(receiver)
            for number, client in self.clients.items():
                self._step_client(number, client)
            for node, replica in self.replicas.items():
                self._step(node, replica)
            self.tick += 1

    def _step_client(self, number: int, client: Client) -> None:
        if not client.waits and self._wanted[number]:
            client.submit(self._wanted[number].popleft())
            self._since[number] = 0
        self._since[number] += 1
        if self._since[number] % _PATIENCE == 0:
            client.on_timer()
        for receiver, envelope in client.outbox:
            goals = tuple(self.replicas) if receiver is None else (receiver,)
            for goal in goals:
                self._post(number, goal, envelope)
        client.outbox.clear()

    def _step(self, node: int, replica: Replica) -> None:
        collects = bool(getattr(replica, "collects", False))
        state = replica.timer, collects
        self._since[node] = self._since[node] + 1 if state == self._timed.get(node) else 0
        self._timed[node] = state
        wait = self._terms.collector if collects else self._terms.timeout << replica.view
        if self._since[node] >= wait:
            replica.on_timer()
            self._awake.add(node)
        if node not in self._awake:
            return
        self._awake.remove(node)
        replica.act()
        self._note(node, replica.ledger)
        for envelope in replica.outbox:
            for goal in self._goals(node, envelope.payload):
                self._post(node, goal, envelope)
        for envelope in replica.replies:
            client = getattr(envelope.payload, "client", None)
            if client in self.clients:
                self._post(node, client, envelope)
        replica.outbox.clear()
        replica.replies.clear()

    def _goals(self, node: int, payload: Payload) -> list[int]:
        """Return who a message goes to: shares and requests to the primary alone."""
        replica = self.replicas[node]
        alone = isinstance(payload, Request) or payload.kind in _TO_COLLECTOR
        goals = [replica.primary] if alone else list(self.replicas)
        return [goal for goal in goals if goal != node]

    def _post(self, sender: int, receiver: int, envelope: Envelope) -> None:
        self.counts[sender, envelope.payload.kind] += 1
        arriving: Sequence[tuple[int, Envelope]] = [(self.tick + 1, envelope)]
        if self._meddler is not None:
            arriving = self._meddler.copies(self.tick, sender, receiver, envelope)
        for tick, copy in arriving:
            self._arriving[tick].append((receiver, copy))


_TO_COLLECTOR = {"PrepareShare", "CommitShare", "SignShare", "SignState"}


def _rules(protocol: str, n: int, terms: Terms) -> Rules:
    rules = rules_of(protocol, n)
    rules = replace(rules, interval=terms.interval, window=2 * terms.interval, kept=terms.kept)
    if terms.quorum is None:
        return rules
    q = terms.quorum
    return replace(rules, prepare_quorum=q, commit_quorum=q, view_quorum=q, checkpoint_quorum=q)


def host(
    protocol: str,
    n: int,
    application: Callable[[], Application],
    terms: Terms = _TERMS,
    meddler: Meddler | None = None,
) -> Hosted:
    """Return a service of `n` replicas, each with an application of its own."""
    return Hosted(protocol, n, application, terms, meddler)
