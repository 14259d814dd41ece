"""Simulated time against the replicas: sizes of messages; and faulty nodes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from milpbft.errors import InputError
from milpbft.registry import hosts
from milpbft.sim.application import Terms, host
from milpbft.v2v import load as sizes
from milpbft.v2v.clock import measure
from milpbft.v2v.load import Costs, Load
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.traffic import GENESIS, requests


class Tap:
    """Notes how long messages are."""

    byzantine: frozenset[int] = frozenset()

    def __init__(self) -> None:
        self.found: defaultdict[str, list[int]] = defaultdict(list)

    def copies(self, tick: int, _: int, __: int, message: Any) -> list[tuple[int, Any]]:
        """Let everything pass."""
        length = len(message.payload.encoded) + len(message.signature)
        self.found[message.payload.kind].append(length)
        return [(tick + 1, message)]


KINDS = {
    "Request": sizes.REQUEST, "PrePrepare": sizes.VOTE, "Prepare": sizes.VOTE,
    "Commit": sizes.VOTE, "PrepareShare": sizes.PREPARE, "CommitShare": sizes.COMMIT,
    "PrepareCertificate": sizes.CERTIFICATE, "CommitCertificate": sizes.CERTIFICATE,
    "SignShare": sizes.SIGN, "FullCommitProof": sizes.PROOF,
}  # fmt: skip


@pytest.mark.parametrize("protocol", hosts())
def test_sizes_are_those_of_the_real_encoding(protocol: str):
    """Within 25 bytes: names of views and clients are of different lengths, requests differ."""
    tap = Tap()
    service = host(protocol)(protocol, 4, lambda: Market(GENESIS), Terms(clients=1), tap)
    for request in requests(4, 5, 0):
        service.submit(4, request)
    service.run(50)
    known = {kind: lengths for kind, lengths in tap.found.items() if kind in KINDS}
    assert len(known) >= 4
    for kind, lengths in known.items():
        assert all(abs(length - KINDS[kind]) <= 25 for length in lengths), (kind, lengths)


def latency(protocol: Any, **facts: Any) -> float:
    """Return the mean latency of seven nodes, in ms."""
    return measure(Load(protocol, 7, requests=5, **facts)).latency * 1000


@pytest.mark.parametrize("protocol", hosts())
def test_liars_cost_little_and_a_silent_primary_its_timer(protocol: str):
    """Whoever lies to clients is outvoted; a view change is paid for once, of five requests.

    SBFT pays its collector's timer of 20 ms besides, as with any silent node.
    """
    plain = latency(protocol)
    assert plain <= latency(protocol, lying=2) < plain + 1
    once = latency(protocol, down=True, patience=0.5)
    slow = 20 * (protocol == "sbft")
    assert 500 / 5 + slow - 5 < once - plain < 500 / 5 + slow + 10


def test_redundant_nodes_keep_sbft_on_its_fast_path():
    """With c redundant nodes, c may be silent; one more, and the collector's timer runs out."""
    fast = latency("sbft", redundant=1)
    assert latency("sbft", redundant=1, silent=1) < fast + 1
    assert latency("sbft", silent=1) > fast + 15


def test_shares_alone_are_cheaper():
    """Who need not verify a signature besides a share is done earlier; PBFT has no shares."""
    alone = Costs(signed=False)
    for protocol, least in (("pbft", 0.0), ("linear", 0.1), ("sbft", 0.1)):
        load = Load(protocol, 7, requests=5)
        saved = measure(load).latency - measure(load, alone).latency
        assert saved * 1000 >= least
        assert saved == 0 or protocol != "pbft"


@pytest.mark.parametrize(("field", "facts"), [
    ("silent", {"silent": 2, "lying": 1}), ("lying", {"lying": 3}), ("silent", {"silent": -1}),
    ("redundant", {"redundant": 1}), ("silent", {"silent": 2, "down": True}),
    ("batch", {"batch": 0}),
])  # fmt: skip
def test_loads_that_are_none(field: str, facts: dict[str, Any]):
    """More faulty nodes than the protocol bears; redundant nodes outside SBFT."""
    with pytest.raises(InputError, match=field):
        Load("pbft", 7, **facts)
