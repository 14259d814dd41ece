"""The market at scale: open orders, a large matching, and requests through one replica.

Processor seconds, and the same as multiples of Ed25519 verifications on the same processor.
"""

from __future__ import annotations

from random import Random
from time import process_time
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.table import Table
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.pbft.reference.messages import Answered, Request, seal
from milpbft.sim.signatures import KeyRing
from milpbft.v2v.catalogue import random_market
from milpbft.v2v.instance import MatchInstance
from milpbft.v2v.model import matching
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.traffic import GENESIS, requests
from solvers import Limits, solve

CLIENTS = 20


def verification() -> float:
    """Return the seconds of one Ed25519 verification, of 300."""
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key(), key.sign(b"request")
    begin = process_time()
    for _ in range(300):
        public.verify(signature, b"request")
    return (process_time() - begin) / 300


def measure(orders: int, side: int, count: int, seconds: float) -> Table:
    """Match open orders as they come, prove a matching, and execute requests on one replica.

    Parameters
    ----------
    orders
        How many, of both sides together.
    side
        Of the matching: buys, and sells.
    count
        Requests.
    seconds
        Limit of each proof; without duals it may be reached.
    """
    table = Table("The market at scale", ("what", "size", "result", "seconds", "verifications"))
    unit = verification()

    def add(what: str, size: int, result: object, took: float) -> None:
        table.add(what, size, result, round(took, 2), round(took / unit))

    for first in ("mixed", "sells"):
        found, took = arrivals(orders, first)
        add(f"orders as they come, {first}", orders, f"{found} matched", took)
    for objective in ("welfare", "cost"):
        for name, large in (("by duals", 1), ("whole", 10**9)):
            with patch.object(matching, "LARGE", large):
                status, took = proof(side, objective, seconds)
            add(f"best {objective}, {name}", side, status, took)
    add("requests through a replica", count, "executed", replica(count))
    return table


def arrivals(count: int, first: str) -> tuple[int, float]:
    """Return pairs matched and seconds, with the hash of the state after each order."""
    data = random_market(count // 2, count // 2, 10, 0)
    staged = Staged(data)
    market = staged.open()
    orders = data.incoming if first == "mixed" else (*data.sells, *data.buys)
    wanted = [(*staged.id(order), staged.operation(order)) for order in orders]
    begin = process_time()
    for request in wanted:
        market.apply(*request)
        market.digest()
    took = process_time() - begin
    return sum(len(b.transactions) for b in market.blocks) + len(market.state.waiting), took


def proof(side: int, objective: str, seconds: float) -> tuple[str, float]:
    """Return the status that CP-SAT ends with and its seconds, building included."""
    question = MatchInstance.make(
        {"protocol": "v2vmatch", "market": random_market(side, side, 10, 0), "objective": objective}
    )
    begin = process_time()
    problem = matching.MatchModel(question).problem
    built = process_time() - begin
    solution = solve(problem, "cpsat", Limits(seconds=seconds))
    return solution.status, built + solution.seconds


def replica(count: int) -> float:
    """Return the seconds in which a replica verifies, admits, executes and answers requests."""
    keys = KeyRing(4 + CLIENTS)
    rules = rules_of("pbft", 4)
    reference = REFERENCES["pbft"](rules, keys=keys)
    node = reference.correct(1, rules, keys, reference.threshold, application=Market(GENESIS))
    asked = [
        (number, client, operation)
        for client in range(4, 4 + CLIENTS)
        for number, operation in enumerate(requests(client, count // CLIENTS, 0), start=1)
    ]
    Random(0).shuffle(asked)
    asked.sort(key=lambda request: request[0])
    envelopes = [seal(Request(client, n, operation), keys) for n, client, operation in asked]
    begin = process_time()
    for (number, client, _), envelope in zip(asked, envelopes, strict=True):
        node.on_message(envelope)
        node.ledger.execute(0, envelope)
        done = node.ledger.executed[-1]
        seal(Answered(1, 0, client, number, done.state, done.reply), keys)
        node.outbox.clear()
    took = process_time() - begin
    assert node.ledger.height == len(envelopes), "every request was executed"
    return took
