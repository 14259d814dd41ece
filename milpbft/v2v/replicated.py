"""The market on replicas: an order of requests that a script chooses, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.sim.application import Terms, host
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.operations import NoOp
from milpbft.v2v.traffic import go_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.sim.application import Service
    from milpbft.v2v.market import OrderData
    from milpbft.v2v.reference.staged import Staged
    from milpbft.v2v.traffic import Again

STEPS = {"pbft": 3, "linear": 5, "sbft": 3}
"""Ticks from a proposal until all have executed it, without faults: a slot."""
NODES = 4


@dataclass(frozen=True)
class Script:
    """What a Byzantine primary does, and what replicas bear.

    Parameters
    ----------
    staged
        The market, its first client numbered :data:`NODES`.
    slots
        Orders by the slot in which they are executed, from 1 on.
    patience
        P: slots that a request which all know is held, beside the one in which it is executed.
    horizon
        Last slot.
    again
        Backups that start again.
    """

    staged: Staged
    slots: Mapping[int, OrderData]
    patience: int
    horizon: int
    again: Sequence[Again] = ()


@dataclass(frozen=True)
class Played:
    """What came of a script on the replicas of one protocol.

    Parameters
    ----------
    protocol
        Its name in the registry.
    market
        The market of a correct node that is no primary.
    orders
        Names of the orders that were executed, in turn.
    equal
        Whether all nodes that run their own code have equal states after every request.
    views
        The view of each node.
    """

    protocol: str
    market: Market
    orders: tuple[str, ...]
    equal: bool
    views: tuple[int, ...]


def play(protocol: str, script: Script, kind: type[Market] = Market) -> Played:
    """Run a script: request i reaches all nodes as slot a_i begins, slot k proposes its order.

    Secret orders, and no-ops for the idle slots that a batch counts, reach the primary alone as it
    proposes them. Nobody's timer expires unless a request is held for longer than `patience`.
    """
    steps = STEPS[protocol]
    terms = Terms(timeout=(script.patience + 1) * steps + 2, steered=True, collector=10**6)
    service = host(protocol)(protocol, NODES, lambda: script.staged.open(kind), terms)
    for slot in range(1, script.horizon + 1):
        _deliver(service, script, slot)
        go_on(service, steps, script.again)
    # A view change takes its time, and the successor serves what waits after it.
    go_on(service, 20 * (script.patience + 2) * steps + 40, script.again)
    return _outcome(protocol, service, script)


def _deliver(service: Service, script: Script, slot: int) -> None:
    """Hand out what arrives as a slot begins, and let the primary propose the slot's order."""
    data, everybody = script.staged.data, range(NODES)
    known = [order for order in data.orders if not order.secret]
    for order in known:
        number, operation = script.staged.id(order), script.staged.operation(order)
        if data.heard(order) == slot:
            service.inject(*number, operation, everybody)
        elif data.arrives(order) == slot:
            service.inject(*number, operation, [0])
    order_now = script.slots.get(slot)
    if order_now is not None:
        number, operation = script.staged.id(order_now), script.staged.operation(order_now)
        # Handing it to the primary once more changes nothing where it has it already.
        service.release(service.inject(*number, operation, [0]))
    elif script.staged.batch:
        colluder = NODES + len(data.owners)
        service.release(service.inject(colluder, slot, NoOp().to_bytes(), [0]))


def _outcome(protocol: str, service: Service, script: Script) -> Played:
    staged = script.staged
    names = {staged.id(order): order.name for order in staged.data.orders if not order.secret}
    secret = [order for order in script.slots.values() if order.secret]
    names |= {staged.id(order): order.name for order in secret}
    logs = [service.executed(node) for node in range(NODES)]
    done = [names.get((r.client, r.number)) for r in logs[1] if r.client is not None]
    states = {tuple(record.state for record in log) for log in logs}
    market = service.application(1)
    assert isinstance(market, Market), "every node was given a market"
    views = tuple(service.view(node) for node in range(NODES))
    executed = tuple(name for name in done if name is not None)
    return Played(protocol, market, executed, len(states) == 1, views)
