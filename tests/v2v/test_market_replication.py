"""The market on replicas: equal states, clients, a replica that was cut off, reads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from milpbft.pbft.normal import decide_normally
from milpbft.registry import hosts
from milpbft.schedule import Schedule, Send
from milpbft.sim.application import Terms, host
from milpbft.sim.meddling import RandomMeddler
from milpbft.v2v.clock import Simulation, measure
from milpbft.v2v.evidence.protocol import forks
from milpbft.v2v.load import Load
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference import queries
from milpbft.v2v.reference.codec import decode
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.replay import replay
from milpbft.v2v.traffic import GENESIS, differences, requests, served

protocols = pytest.mark.parametrize("protocol", hosts())


def check(protocol: str, seed: int) -> None:
    """One random run: correct nodes agree after every request, and clients believe no lie."""
    liar = frozenset({seed % 4}) if seed % 3 else frozenset[int]()
    cut = frozenset({3}) if not liar else frozenset[int]()
    service = served(protocol, seed, byzantine=liar, cut=cut, count=5)
    correct = [node for node in range(4) if node not in liar]
    assert not differences(service, correct)
    longest = max((service.executed(node) for node in correct), key=len)
    states = {record.state for record in longest}
    alone = Market(GENESIS)
    replies = {4: [], 5: []}
    by_client = {client: requests(client, 5, seed) for client in (4, 5)}
    for record in longest:
        if record.client is None or record.number <= len(replies[record.client]):
            alone.idle()
            continue
        operation = by_client[record.client][record.number - 1]
        replies[record.client].append(alone.apply(record.client, record.number, operation))
    for client in (4, 5):
        assert set(service.accepted(client)) <= states
        assert list(service.replies(client)) == replies[client][: len(service.replies(client))]


@protocols
@pytest.mark.parametrize("seed", range(4))
def test_random_adversaries(protocol: str, seed: int):
    """Delays, a node that lies, or one that was cut off; the market is one machine to clients."""
    check(protocol, seed)


@pytest.mark.slow
@protocols
@pytest.mark.parametrize("part", range(10))
def test_a_thousand_random_adversaries(protocol: str, part: int):
    """34 x 10 x 3 = 1020 more runs."""
    for seed in range(1000 + 34 * part, 1034 + 34 * part):
        check(protocol, seed)


@protocols
def test_a_replica_that_was_cut_off_gets_the_state(protocol: str):
    """Node 3 hears nothing for 40 ticks; in the end it has the others' state."""
    service = served(protocol, 3, cut=frozenset({3}), count=12, ticks=900)
    assert service.served
    assert len({service.application(node).digest() for node in range(3)}) == 1
    height = len(service.executed(3))
    assert height >= 20, "the last checkpoint at least"
    assert service.executed(3)[-1].state == service.executed(0)[height - 1].state


@protocols
def test_a_second_submission_is_executed_once(protocol: str):
    """A deposit reaches all nodes three times, and counts once."""
    service = host(protocol)(protocol, 4, lambda: Market(GENESIS), Terms())
    for number, op in enumerate((ask.Register("ann"), ask.Deposit(5)), start=1):
        for _ in range(3):
            service.inject(4, number, op.to_bytes(), range(4))
            service.run(8)
    for node in range(4):
        market = service.application(node)
        assert isinstance(market, Market)
        assert market.state.balance(4) == 5
        assert len(service.executed(node)) == 2


def test_what_no_market_takes_is_not_proposed():
    """Static validation: garbage is refused at admission, by all alike."""
    service = host("pbft")("pbft", 4, lambda: Market(GENESIS), Terms())
    service.inject(4, 1, b"garbage", range(4))
    service.run(10)
    assert not any(service.executed(node) for node in range(4))


def test_unordered_requests_skip_consensus():
    """An answer comes after two ticks, believed at as many equal ones as were asked for."""
    service = host("pbft")("pbft", 4, lambda: Market(GENESIS), Terms(clients=1))
    service.submit(4, ask.Register("ann").to_bytes())
    service.run(20)
    height = len(service.executed(0))
    service.ask(4, queries.login("ann"), 4)
    service.run(3)
    learnt = service.learnt(4)
    assert learnt is not None
    assert decode(learnt) == ("ok", 4)
    assert len(service.executed(0)) == height


def test_a_lying_answer_is_not_believed():
    """Node 3 changes what it answers; three equal answers of others are."""
    meddler = RandomMeddler(0, frozenset({3}), delay=1, lies=1.0)
    service = host("pbft")("pbft", 4, lambda: Market(GENESIS), Terms(clients=1), meddler)
    meddler.keys = service.keys
    service.submit(4, ask.Register("ann").to_bytes())
    service.run(30)
    service.ask(4, queries.login("ann"), 3)
    service.run(4)
    learnt = service.learnt(4)
    assert learnt is not None
    assert decode(learnt) == ("ok", 4)


def test_hashes_do_not_depend_on_the_hash_seed():
    """PYTHONHASHSEED changes the order of sets of strings, and no state."""
    code = (
        "from milpbft.v2v.traffic import GENESIS, requests\n"
        "from milpbft.v2v.reference.machine import Market\n"
        "m = Market(GENESIS)\n"
        "for c in (1, 2, 3):\n"
        "    for k, r in enumerate(requests(c, 40, 0), 1): m.apply(c, k, r)\n"
        "print(m.digest().hex())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(found) == 1


def test_quorums_of_2f_1_fork_at_eight():
    """At 4 they are n - f; at 8 two of them share f nodes."""
    assert [n for n in (4, 8) if forks(n)] == [8]


@pytest.mark.parametrize("n", [4, 7])
@protocols
def test_the_clock_counts_the_messages_of_replicas(protocol: str, n: int):
    """Messages between nodes per decision, each counted where it is sent and where it arrives."""
    load = Load(protocol, n, requests=2, clients=1)
    assert measure(load).handled == 2 * decide_normally(protocol, n).messages


def test_clients_that_wait_keep_littles_law():
    """Throughput times latency is the number of clients, in any protocol."""
    for protocol in ("pbft", "linear", "sbft"):
        found = Simulation(Load(protocol, 4, requests=20)).run()
        assert found.throughput * found.latency == pytest.approx(10, rel=0.05)


def test_a_silent_node_costs_sbft_its_timer():
    """The fast path waits for all; the others do not wait for anybody."""
    slow = measure(Load("sbft", 4, requests=5, silent=1)).latency
    assert slow > measure(Load("sbft", 4, requests=5)).latency + 0.02
    assert measure(Load("pbft", 4, requests=5, silent=1)).latency < 0.01


def witness() -> Schedule:
    """s1 is held until b has bought from s2."""
    from milpbft.question.files import parse_instance
    from milpbft.v2v.model.witness import ordering

    question = parse_instance("v2vorder-p3-victim-c1")
    slots = [(2, "s2"), (3, "b"), (4, "s1")]
    return ordering(question, slots, unit=10**6, value=20, source="by hand", horizon=4)


def changed(schedule: Schedule, **settings: str) -> Schedule:
    """Change settings of a witness."""
    return Schedule(
        schedule.protocol, schedule.n, (), (0,), schedule.events, schedule.horizon,
        settings=schedule.settings | settings,
    )  # fmt: skip


def test_replay_confirms_what_happens_and_refutes_the_rest():
    """The value, the patience of replicas, and the order of execution."""
    good = witness()
    assert replay(good)
    assert "30000000 in the model" in replay(changed(good, value="30")).reason
    assert "held for more than 2 slots" in replay(changed(good, patience="2")).reason
    late = Schedule(
        good.protocol, 4, (), (0,),
        tuple(Send(e.tick + (e.kind == "s1"), 0, e.kind, 0) for e in good.events
              if isinstance(e, Send)), 5, settings=good.settings,
    )  # fmt: skip
    assert not replay(late)


def test_a_matching_that_overdraws_is_refuted():
    """A4 without its budget row: two pairs, and the account is at -10."""
    from milpbft.question.files import parse_instance
    from milpbft.v2v.model.witness import matching

    question = parse_instance("v2vmatch-matched-a4")
    both = [("b1", "s1", 0), ("b2", "s2", 0)]
    assert replay(matching(question, both[:1], 1, 1, "by hand"))
    assert "account at -10" in replay(matching(question, both, 1, 2, "by hand")).reason
    twice = [("b1", "s1", 0), ("b1", "s1", 0)]
    assert not replay(matching(question, twice, 1, 2, "by hand"))
