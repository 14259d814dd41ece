"""A replica that was cut off for longer than others keep requests: it takes a snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milpbft.pbft.reference.ledger import Ledger
from milpbft.pbft.reference.messages import Request, Snapshot
from milpbft.pbft.reference.recovery import RecoveringCore
from milpbft.registry import hosts
from milpbft.sim.application import Terms, host
from milpbft.v2v.reference.blocks import Block
from milpbft.v2v.reference.codec import decode, encode
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.traffic import GENESIS, differences, requests

OLD = Request(4, 1, b"")
"""Of the number that client 4 began with."""
protocols = pytest.mark.parametrize("protocol", hosts())


class CutOff:
    """Node 3 hears nothing for a while; a liar's snapshots are false, and the first to arrive."""

    def __init__(self, liar: int | None = None, **changes: Any) -> None:
        self.byzantine: frozenset[int] = frozenset() if liar is None else frozenset({liar})
        self.changes = changes
        self.keys: Any = None
        self.sent = 0

    def copies(self, tick: int, sender: int, receiver: int, message: Any) -> list[tuple[int, Any]]:
        """Lose what comes too early; change what a liar says."""
        if tick < 40 and receiver == 3:
            return []
        if not isinstance(message.payload, Snapshot):
            return [(tick + 1, message)]
        self.sent += 1
        if sender not in self.byzantine:
            return [(tick + 2, message)]
        false = replace(message.payload, **self.changes)
        return [(tick + 1, replace(message, payload=false,
                                   signature=self.keys.sign(sender, false.encoded)))]  # fmt: skip


def run(protocol: str, meddler: CutOff) -> Any:
    """Serve two clients; a checkpoint at every second request, and four kept below it."""
    terms = Terms(clients=2, timeout=2000, collector=4, interval=2, kept=4)
    service: Any = host(protocol)(protocol, 4, lambda: Market(GENESIS), terms, meddler)
    meddler.keys = service.keys
    for client in (4, 5):
        for request in requests(client, 14, 3):
            service.submit(client, request)
    service.run(190)
    return service


@protocols
def test_who_was_cut_off_for_long_takes_a_snapshot(protocol: str):
    """State, blocks, and clients' last requests are those of the others; old requests are not."""
    meddler = CutOff()
    service = run(protocol, meddler)
    assert service.served
    assert meddler.sent, "others had forgotten what node 3 missed"
    log = [record.sequence for record in service.executed(3)]
    assert not log or log[0] > 4 or len(log) < log[-1]
    assert not differences(service, [0, 1, 2, 3])
    ledgers = [service.replicas[node].ledger for node in range(4)]
    assert max(len(ledger.executed) for ledger in ledgers) <= 8, "the rest is forgotten"
    markets = [service.application(node) for node in (0, 3)]
    if ledgers[0].height == ledgers[3].height:
        assert markets[0].digest() == markets[1].digest()
        assert markets[0].blocks == markets[1].blocks
    for client in (4, 5):
        old = service.replicas[0].ledger._latest[client].request.payload
        assert ledgers[3].height < ledgers[0].height or ledgers[3].stale(old)


def test_requests_below_a_snapshot_do_not_come_back():
    """Node 3 is handed a deposit that it never executed itself: it is stale all the same."""
    service = run("pbft", CutOff())
    for number, operation in enumerate(requests(4, 4, 3), start=1):
        service.inject(4, number, operation, [3])
    service.run(3)
    assert not service.replicas[3].ledger.waiting


FORGERIES = [
    {"latest": ()},
    *(pytest.param(fields, marks=pytest.mark.slow) for fields in (
        {"application": b""}, {"reply": b"x"}, {"body": bytes(32)}, {"digest": bytes(32)}
    )),
]  # fmt: skip


@pytest.mark.parametrize("changes", FORGERIES, ids=str)
def test_a_liar_is_not_believed(changes: dict[str, Any]):
    """Two other nodes say the same; what node 2 says is dropped."""
    service = run("pbft", CutOff(2, **changes))
    assert len(service.executed(3)) < len(service.executed(0))
    assert service.replicas[3].ledger.base > 0
    assert not differences(service, [0, 1, 3])
    assert service.replicas[3].ledger._latest.keys() == {4, 5}


def gullible(self: Any) -> None:
    """Take a snapshot from one replica."""
    for offer in self._offers.values():
        fits = offer.sequence == self.checkpoints.stable > self.ledger.height
        if fits and (found := self.ledger.restored(self.view, offer, self.checkpoints.state)):
            self.ledger = found
            self._committed = {s: e for s, e in self._committed.items() if s > found.height}
            self.dropped["came back"] += not found.stale(OLD)


def test_one_replica_could_let_requests_come_back(monkeypatch: pytest.MonkeyPatch):
    """Mutant: the state is vouched for by its checkpoint, clients' last requests by nobody."""
    monkeypatch.setattr(RecoveringCore, "_take_snapshot", gullible)
    service = run("pbft", CutOff(2, latest=()))
    assert service.replicas[3].dropped["came back"], "the first request of client 4 is new again"


def packed() -> bytes:
    """Return a market with two blocks, as bytes."""
    market = Market(GENESIS)
    for client in (0, 1, 2):
        for number, request in enumerate(requests(client, 60, 0), start=1):
            market.apply(client, number, request)
    assert len(market.blocks) > 1
    return market.pack()


def test_blocks_are_checked_back_from_the_head():
    """Fewer blocks, none, another amount, another order, and no ledger at all."""
    data = packed()
    market = Market(GENESIS)
    good = market.unpack(data)
    assert good is not None
    assert good.pack() == data
    state, blocks = decode(data)
    height, previous, (first, *rest) = blocks[0]
    dearer = (height, previous, ((*first[:5], first[5] + 1, first[6]), *rest))
    for wrong in (blocks[:-1], (), (dearer, *blocks[1:]), blocks[::-1], (1,)):
        assert market.unpack(encode((state, wrong))) is None
    assert market.unpack(b"") is None
    assert market.unpack(encode((1, ()))) is None
    assert isinstance(good.blocks[0], Block)


def test_a_ledger_forgets_what_it_is_told_to():
    """Heights and states stay."""
    ledger = Ledger()
    for _ in range(5):
        ledger.execute(0, None)
    states = [item.state for item in ledger.executed]
    ledger.forget(3)
    assert (ledger.height, ledger.base, len(ledger.executed)) == (5, 3, 2)
    assert [ledger.before(4), ledger.before(5), ledger.state] == states[2:]
    ledger.forget(2)
    assert ledger.base == 3
    ledger.forget(5)
    assert (ledger.height, ledger.state) == (5, states[-1])
