"""Random requests of many clients, the same for the same seed, and services that execute them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from milpbft.sim.application import Terms, host
from milpbft.sim.meddling import RandomMeddler
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference.genesis import Genesis
from milpbft.v2v.reference.machine import Market

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.sim.application import Service

GENESIS = Genesis(((2000, 2000), (5000, 8000), (8000, 3000)), fee=2, block_size=4)


def requests(client: int, count: int, seed: int, padding: int = 0) -> list[bytes]:
    """Return the requests of a client: registration, vehicle, deposit, then orders by chance.

    Parameters
    ----------
    count
        How many in all, 3 or more.
    padding
        Bytes that each is padded with.
    """
    r = Random(seed * 1009 + client)
    where = r.randint(0, 10_000), r.randint(0, 10_000)
    use, paid = r.randint(120, 220), r.randint(10, 30)
    wanted: list[ask.Operation] = [
        ask.Register(f"client {client}"),
        ask.Link(1_000_000, use, paid, *where),
        ask.Deposit(r.randint(100, 20_000)),
    ]
    for number in range(4, count + 1):
        quantity = 1000 * r.randint(5, 20)
        wanted.append(
            r.choice((
                ask.Buy(quantity, 60, use, paid, *where),
                ask.Sell(quantity, r.randint(20, 60), use, paid, *where),
                ask.Buy(quantity, 60, use, paid, *where),
                ask.Sell(quantity, r.randint(20, 60), use, paid, *where),
                ask.Cancel(client, r.randint(4, number)),
                ask.Deposit(r.randint(1, 500)),
                ask.Withdraw(r.randint(1, 500)),
            ))
        )  # fmt: skip
    return [one.to_bytes(padding) for one in wanted[:count]]


class Again(NamedTuple):
    """A node that starts again: when, and whether it has a log of what it was told and said."""

    node: int
    tick: int
    log: bool = False


def served(
    protocol: str,
    seed: int,
    *,
    n: int = 4,
    clients: int = 2,
    count: int = 6,
    byzantine: frozenset[int] = frozenset(),
    cut: frozenset[int] = frozenset(),
    ticks: int = 600,
    kind: type[Market] = Market,
    again: Sequence[Again] = (),
) -> Service:
    """Run clients on replicas under a random adversary, until all are served or ticks are over.

    Who starts `again` does so at the beginning of its tick.
    """
    meddler = RandomMeddler(seed, byzantine, cut=cut, until=40 if cut else 0)
    terms = Terms(clients=clients, timeout=24, collector=8, interval=4)
    service = host(protocol)(protocol, n, lambda: kind(GENESIS), terms, meddler)
    meddler.keys = service.keys
    for client in range(n, n + clients):
        for request in requests(client, count, seed):
            service.submit(client, request)
    while not service.served and service.tick < ticks:
        go_on(service, 1, again)
    go_on(service, 40, again)
    return service


def go_on(service: Service, ticks: int, again: Sequence[Again]) -> None:
    """Run a service for so many ticks; who starts `again` does so as its tick begins."""
    for _ in range(ticks):
        for one in again:
            if one.tick == service.tick:
                (service.reload if one.log else service.restart)(one.node)
        service.run(1)


def differences(service: Service, correct: list[int]) -> str:
    """Say where correct replicas disagree, or break the market's books; nothing where they do not.

    States are compared after every request, as far as each came.
    """
    states: dict[int, bytes] = {}
    for node in sorted(correct, key=lambda node: -len(service.executed(node))):
        for record in service.executed(node):
            if states.setdefault(record.sequence, record.state) != record.state:
                return f"node {node} executed otherwise"
    for node in correct:
        market = service.application(node)
        assert isinstance(market, Market)
        if market.state.money != market.state.backing:
            return f"node {node} made or lost money"
        if any(account.balance < 0 for account in market.state.accounts.values()):
            return f"node {node} overdrew an account"
    return ""
