"""Many requests: order, checkpoints, forgetting, catching up, lost primaries, clients."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.reference import FamilyReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftReference
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from tests.pbft.reference.cluster import Cluster

Case = tuple[type[FamilyReference[Any]], Rules]
SHORT = {"window": 4, "interval": 2}
FAMILY: list[Case] = [
    (PbftReference, Rules.of(4, **SHORT)),
    (LinearReference, Rules.of(4, **SHORT)),
    (SbftReference, Rules.sbft(4, **SHORT)),
    (SbftReference, Rules.sbft(6, 1, **SHORT)),
]
NAMES = ["pbft", "linear", "sbft", "sbft, c=1"]
family = pytest.mark.parametrize(("reference", "rules"), FAMILY, ids=NAMES)


def agreed(cluster: Cluster, nodes: list[int], requests: int) -> None:
    """All executed the same distinct requests, and the clients know what they led to."""
    orders = {tuple(block for block in cluster.executed(i) if any(block)) for i in nodes}
    assert len(orders) == 1
    order = next(iter(orders))
    assert len(order) == len(set(order)) == requests
    states = {item.state for item in cluster.replicas[nodes[0]].ledger.executed}
    for client in cluster.clients.values():
        assert not client.waits
        assert set(client.accepted) <= states


@family
def test_requests_are_executed_in_one_order(reference: type[FamilyReference[Any]], rules: Rules):
    """Two clients with five requests each; nobody times out."""
    cluster = Cluster(reference, rules, clients=2)
    cluster.run(80)
    agreed(cluster, list(cluster.replicas), 10)
    assert all(replica.view == 0 for replica in cluster.replicas.values())


@family
def test_a_stable_checkpoint_forgets_what_is_below(
    reference: type[FamilyReference[Any]], rules: Rules
):
    """After ten requests with a checkpoint every second, the logs are empty."""
    cluster = Cluster(reference, rules, clients=2)
    cluster.run(80)
    for replica in cluster.replicas.values():
        assert replica.checkpoints.stable == 10
        assert len(replica.checkpoints.proof) >= rules.checkpoint_quorum
        assert len(replica.log) == 0
        assert not replica.claims


@family
def test_a_lost_primary_is_replaced(reference: type[FamilyReference[Any]], rules: Rules):
    """Node 0 falls silent in the middle; what was executed stays, the rest follows in view 1."""
    cluster = Cluster(
        reference, rules, clients=2, loses=lambda tick, sender, receiver: sender == 0 and tick > 9
    )
    cluster.run(250)
    others = [node for node in cluster.replicas if node != 0]
    agreed(cluster, others, 10)
    assert {cluster.replicas[node].view for node in others} == {1}


@family
def test_a_node_that_was_away_catches_up(reference: type[FamilyReference[Any]], rules: Rules):
    """The last node hears nothing for 60 ticks, and fetches what a checkpoint says it missed."""
    last = rules.n - 1
    cluster = Cluster(
        reference,
        rules,
        operations=14,
        loses=lambda tick, sender, receiver: receiver == last and tick < 60,
    )
    cluster.run(200)
    agreed(cluster, list(cluster.replicas), 14)
    assert cluster.sent["State"] > 0


def test_two_primaries_in_a_row_may_be_silent():
    """With f = 2, views 0 and 1 pass; the timeout of each view is twice that of the one before."""
    cluster = Cluster(
        PbftReference,
        Rules.of(7, **SHORT),
        loses=lambda tick, sender, receiver: sender in (0, 1),
    )
    cluster.run(400)
    agreed(cluster, list(range(2, 7)), 5)
    assert {cluster.replicas[node].view for node in range(2, 7)} == {2}


def test_sbft_with_a_silent_node_takes_the_slow_path():
    """With c = 0 one silent node is one too many for the fast path; with c = 1 it is not."""
    for n, c, slow in ((4, 0, True), (6, 1, False)):
        rules = Rules.sbft(n, c, **SHORT)
        last = n - 1
        cluster = Cluster(SbftReference, rules, loses=lambda t, s, r, silent=last: s == silent)
        cluster.run(120)
        agreed(cluster, list(range(last)), 5)
        assert bool(cluster.sent["FullCommitProof"]) is not slow
        assert bool(cluster.sent["CommitCertificate"]) is slow


@pytest.mark.parametrize(("f", "c"), [(1, 1), (2, 1), (1, 2)])
def test_sbft_goes_past_its_window_with_f_and_c_silent_nodes(f: int, c: int):
    """Checkpoints need no more nodes than the slow path, or the watermarks would stop it."""
    n = 3 * f + 2 * c + 1
    silent = set(range(n - f - c, n))
    rules = Rules.sbft(n, c, **SHORT)
    cluster = Cluster(SbftReference, rules, operations=10, loses=lambda t, s, r: s in silent)
    cluster.run(200)
    correct = [node for node in cluster.replicas if node not in silent]
    agreed(cluster, correct, 10)
    assert {cluster.replicas[node].view for node in correct} == {0}
    assert {cluster.replicas[node].checkpoints.stable for node in correct} == {10}


def test_sbft_clients_need_one_proof_and_no_replies():
    """The collector's acknowledgement carries f + 1 shares of the state."""
    cluster = Cluster(SbftReference, Rules.sbft(4, **SHORT))
    cluster.run(60)
    agreed(cluster, list(cluster.replicas), 5)
    for replica in cluster.replicas.values():
        assert set(replica.executions) == {1, 2, 3, 4, 5}


@family
def test_random_delays_keep_one_order(reference: type[FamilyReference[Any]], rules: Rules):
    """Six requests known to all, random delays and timers, one silent node: prefixes of one."""
    progress = 0
    for seed in range(12):
        adversary = RandomAdversary(seed, expire=0.02, forge=0, propose=0.2)
        silent = Faults(frozenset({seed % rules.n}))
        run = World(reference(rules, sequences=6), adversary, 120, faults=silent).run()
        orders = sorted(([d.block for d in taken] for taken in run.decisions.values()), key=len)
        longest = orders[-1]
        assert all(order == longest[: len(order)] for order in orders)
        progress += bool(longest)
    assert progress >= 9


def inside(cluster: Cluster) -> None:
    """Replicas keep what is between their watermarks, and executed prefixes of one order."""
    for replica in cluster.replicas.values():
        low, high = replica.checkpoints.stable, replica.checkpoints.high
        assert all(low < sequence <= high for _, sequence in replica.log.accepted)
        assert all(low < sequence <= high for sequence in replica.claims)
        assert replica.ledger.height <= high
    orders = sorted(map(cluster.executed, cluster.replicas), key=len)
    assert all(order == orders[-1][: len(order)] for order in orders)


@family
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 999), late=st.sampled_from([0.0, 0.3, 0.6, 0.9]), data=st.data())
def test_clients_are_served_after_any_delays(
    reference: type[FamilyReference[Any]], rules: Rules, seed: int, late: float, data: st.DataObject
):
    """For 60 ticks messages arrive when they like, and one node is silent or none."""
    silent = data.draw(st.integers(0, rules.n))
    random = Random(seed)
    cluster = Cluster(
        reference,
        rules,
        clients=2,
        operations=4,
        loses=lambda tick, sender, receiver: sender == silent < rules.n,
        delays=lambda tick, sender, receiver: tick < 60 and random.random() < late,
    )
    while not cluster.served and cluster.tick < 3000:
        cluster.run(1)
        inside(cluster)
    assert cluster.served


def test_unlimited_windows_need_no_checkpoints():
    """Without an interval nothing is forgotten, and requests beyond the window wait."""
    cluster = Cluster(PbftReference, replace(Rules.of(4), window=3, interval=0))
    cluster.run(80)
    assert [len(cluster.executed(node)) for node in cluster.replicas] == [3, 3, 3, 3]
    assert len(cluster.replicas[0].log) > 0
