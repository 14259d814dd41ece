"""Replicas, clients and markets with a known fault on the replicated market: each is caught."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from milpbft.pbft.reference.ledger import Ledger
from milpbft.pbft.reference.messages import Commit, State
from milpbft.pbft.reference.recovery import RecoveringCore
from milpbft.pbft.reference.replica import Replica
from milpbft.sim.application import Terms, host
from milpbft.v2v.catalogue import market_of
from milpbft.v2v.reference import codes, queries
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference.codec import decode
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.replicated import NODES, Script, play
from milpbft.v2v.traffic import GENESIS, differences, requests

if TYPE_CHECKING:
    from milpbft.sim.application import Service

ORDERS = (
    ask.Register("ann"), ask.Link(9000, 100, 10, 0, 0), ask.Sell(1000, 20, 100, 10, 0, 0),
    ask.Sell(2000, 21, 100, 10, 0, 0),
)  # fmt: skip


class Late:
    """A network that is late with some messages to some nodes."""

    byzantine: frozenset[int] = frozenset()

    def __init__(self, kinds: tuple[type[Any], ...], nodes: set[int], ticks: int) -> None:
        self.kinds, self.nodes, self.ticks = kinds, nodes, ticks

    def copies(self, tick: int, _: int, receiver: int, message: Any) -> list[tuple[int, Any]]:
        """Deliver at the next tick, or late."""
        late = isinstance(message.payload, self.kinds) and receiver in self.nodes
        return [(tick + (self.ticks if late else 1), message)]


# ---- executed once


class Repeats(Market):
    """Takes every request for a new one."""

    def apply(self, client: int, number: int, operation: bytes) -> bytes:
        """Number requests itself."""
        account = self.state.accounts.get(client)
        return super().apply(client, account.last + 1 if account else number, operation)


def paid_in(kind: type[Market]) -> int:
    """Return the balance after a deposit of 5 that reaches the replicas again and again."""
    terms = Terms(interval=1, timeout=1000)
    service = host("pbft")("pbft", 4, lambda: kind(GENESIS), terms)
    for number, op in enumerate((ask.Register("ann"), ask.Deposit(5)), start=1):
        for _ in range(3):
            service.inject(4, number, op.to_bytes(), range(4))
            service.run(8)
    market = service.application(1)
    assert isinstance(market, Market)
    return market.state.balance(4)


def test_a_resent_request_is_executed_once(monkeypatch: pytest.MonkeyPatch):
    """Ledger and market both look at numbers: only without both a deposit counts more than once."""
    assert paid_in(Market) == paid_in(Repeats) == 5
    monkeypatch.setattr(Ledger, "stale", lambda *_: False)
    assert paid_in(Market) == 5
    assert paid_in(Repeats) > 5


# ---- validity at admission


class Judges(Market):
    """Refuses at admission what its own state would refuse."""

    def admits(self, operation: bytes) -> bool:
        """Look at the state: orders need a vehicle that is linked already."""
        op = ask.read(operation)
        return op is not None and (not isinstance(op, ask.Sell) or bool(self.state.vehicles))


def views_lost(kind: type[Market]) -> int:
    """Return the views that nodes lose where two of them hear late that a vehicle was linked."""
    meddler = Late((Commit,), {2, 3}, 9)
    terms = Terms(clients=1, timeout=30)
    service = host("pbft")("pbft", 4, lambda: kind(GENESIS), terms, meddler)
    for op in ORDERS:
        service.submit(4, op.to_bytes())
    service.run(120)
    return max(service.view(node) for node in range(4))


def test_validity_is_not_judged_at_admission():
    """Liveness: replicas at other heights refuse the proposal, and no quorum forms in the view."""
    assert views_lost(Market) == 0
    assert views_lost(Judges) > 0


# ---- clocks


class Clocked(Market):
    """Has a clock of its own, which no two replicas have alike."""

    made: ClassVar[int] = 0

    def __init__(self, *facts: Any) -> None:
        super().__init__(*facts)
        Clocked.made += 1
        self.clock = Clocked.made

    def apply(self, client: int, number: int, operation: bytes) -> bytes:
        """Let time pass."""
        reply = super().apply(client, number, operation)
        self.clock += 1
        if self.clock % 4 == 0:
            self.expire()
        return reply

    def expire(self) -> None:
        """Drop the oldest order."""
        for number in sorted(self.state.book.orders)[:1]:
            self.state.remove_order(number)


class SealsByTime(Clocked):
    """Closes a block every now and then."""

    def expire(self) -> None:
        """Seal what waits."""
        self.state.seal()


def run_clients(kind: type[Market]) -> Service:
    """Run two clients without faults."""
    service = host("pbft")("pbft", 4, lambda: kind(GENESIS), Terms(clients=2, timeout=500))
    for client in (4, 5):
        for request in requests(client, 14, 8):
            service.submit(client, request)
    service.run(200)
    return service


@pytest.mark.parametrize("kind", [Clocked, SealsByTime])
def test_states_after_every_request_catch_clocks(kind: type[Market]):
    """Expiry by a local clock, and blocks that are sealed by time."""
    assert not differences(run_clients(Market), list(range(4)))
    assert "executed otherwise" in differences(run_clients(kind), list(range(4)))


# ---- state from one replica


class Forger:
    """Node 0's answers to those who fetch are first, and leave a request out."""

    byzantine = frozenset({0})

    def __init__(self) -> None:
        self.keys: Any = None

    def copies(self, tick: int, sender: int, receiver: int, message: Any) -> list[tuple[int, Any]]:
        """Cut node 3 off for 40 ticks; lie to it then."""
        if tick < 40 and receiver == 3:
            return []
        if sender == 0 and isinstance(message.payload, State):
            false = replace(message.payload, requests=(None, *message.payload.requests[1:]))
            signature = self.keys.sign(0, false.encoded)
            return [(tick + 1, replace(message, payload=false, signature=signature))]
        return [(tick + 1 + 2 * isinstance(message.payload, State), message)]


def transferred() -> str:
    """Say where nodes 1 to 3 differ once node 3 has caught up; it must have."""
    meddler = Forger()
    terms = Terms(clients=2, timeout=500, interval=4)
    service = host("pbft")("pbft", 4, lambda: Market(GENESIS), terms, meddler)
    meddler.keys = service.keys
    for client in (4, 5):
        for request in requests(client, 12, 3):
            service.submit(client, request)
    service.run(160)
    assert service.executed(3), "node 3 has caught up"
    return differences(service, [1, 2, 3])


def believing(self: Any, state: State) -> str | None:
    """Execute what one replica says, and ask nobody."""
    for request in state.requests[self.ledger.height + 1 - state.first :]:
        self.ledger.execute(self.view, request)
    return None


def test_no_state_is_taken_from_one_replica(monkeypatch: pytest.MonkeyPatch):
    """What does not lead to the stable checkpoint is dropped, and another's is taken."""
    assert not transferred()
    monkeypatch.setattr(RecoveringCore, "_take_state", believing)
    assert transferred() == "node 3 executed otherwise"


# ---- reads


def read_after_write(quorum: int) -> Any:
    """Register, believe it at f + 1 replies, and ask at once; two nodes execute late."""
    meddler = Late((Commit,), {2, 3}, 40)
    service = host("pbft")(
        "pbft", 4, lambda: Market(GENESIS), Terms(clients=1, timeout=500), meddler
    )
    service.submit(4, ask.Register("ann").to_bytes())
    while not service.served:
        service.run(1)
    meddler.kinds, meddler.nodes = (object,), {0, 1}
    service.ask(4, queries.login("ann"), quorum)
    service.run(4)
    meddler.kinds = ()
    service.run(80)
    learnt = service.learnt(4)
    return None if learnt is None else decode(learnt)[0]


def test_a_read_at_f_1_misses_a_write():
    """Claim 15: two equal answers are stale; where all must agree, none is believed."""
    assert read_after_write(2) == codes.UNKNOWN
    assert read_after_write(4) != codes.UNKNOWN


# ---- the timer


def view_of(slots: tuple[str, ...], patience: int) -> int:
    """Return the view in which C1 ends whose requests are proposed in these slots."""
    data = market_of("c1")
    by_name = {order.name: order for order in data.orders}
    script = {slot: by_name[name] for slot, name in enumerate(slots, start=2)}
    played = play("pbft", Script(Staged(data, first=NODES), script, patience, len(slots) + 1))
    return max(played.views)


def test_the_timer_of_the_oldest_runs_through_executions(monkeypatch: pytest.MonkeyPatch):
    """s1 is held for three slots while others are served: with P = 2 the view is left.

    A timer that starts anew at any execution never expires as long as somebody is served.
    """
    held = ("s2", "b", "s1")
    assert (view_of(held, 3), view_of(held, 2)) == (0, 1)
    right = Replica.timer.fget
    assert right is not None

    def restarted(replica: Any) -> Any:
        found = right(replica)
        return found and (*found, replica.ledger.height)

    monkeypatch.setattr(Replica, "timer", property(restarted))
    assert view_of(held, 2) == 0
