"""Consensus on top of the overlay: closed forms of its delay, and its messages on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.gossip import gossip
from milpbft.schedule import Send

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from milpbft.hgfrr.wiring import Wiring
    from milpbft.schedule import Schedule

Carrier = Literal["mesh", "gossip", "hgfrr"]
CARRIERS: tuple[Carrier, ...] = ("mesh", "gossip", "hgfrr")


def all_late_decision(
    hops: NDArray[np.int64], rounds: int, quorum: int, *, proposed: int = 0, delta: int = 1
) -> int:
    """Return the tick of the last decision where every message is as late as it may be.

    Without faults and timeouts, each message taking ``hops * delta`` ticks: node i prepares when
    the proposal arrives, enters the next round with its `quorum`-th message of the round before,
    and decides with that of the last round. The primary counts as one of the first round.

    This run exists, so the latest decision is at least as late. It can be later: who is shown a
    quorum early decides without sending its own message of the last round, and others wait for a
    later one.

    Parameters
    ----------
    hops
        Shape (n, n): from sender to receiver, 0 on the diagonal; all 1 otherwise in a full mesh.
    rounds
        Rounds of messages after the proposal: 2 for dBFT 2.0 and PBFT, with quorums of n - f in
        each, the proposal counting as the primary's message of the first.
    quorum
        Messages that a round takes, a node's own included.
    proposed
        Tick of the proposal, by node 0.
    delta
        Delay bound of a hop, in ticks.
    """
    delay = delta * hops
    ready: NDArray[np.int64] = proposed + delay[0]
    for _ in range(rounds):
        arrivals = np.sort(ready[:, None] + delay, axis=0)
        # The proposal must be there as well, which may be later than the quorum.
        ready = np.maximum(ready, arrivals[quorum - 1])
    return int(ready.max())


def mesh(n: int) -> NDArray[np.int64]:
    """Return the hops of a full mesh."""
    return 1 - np.eye(n, dtype=np.int64)


def overlay_hops(n: int, wiring: Wiring) -> NDArray[np.int64]:
    """Return the hops of an overlay, as its reference takes them: shape (n, n), sender first."""
    engine = _engine(n, wiring)
    return np.array([engine.run(source).first for source in range(n)])


def wire_messages(
    schedule: Schedule, carrier: Carrier, wiring: Wiring, *, fanout: int = 8, seed: int = 0
) -> int:
    """Count the messages on the wire of a run in which nobody is faulty.

    Every broadcast of a node is carried to all others: by n - 1 messages in a full mesh, by push
    gossip, or by the overlay.

    Parameters
    ----------
    schedule
        The run; its broadcasts are counted, and what carries them is not looked at.
    carrier
        ``mesh``, ``gossip`` with a fanout, or ``hgfrr``.
    wiring
        Of the overlay.
    fanout, seed
        Of gossip.

    Raises
    ------
    InputError
        For any other carrier.
    """
    senders = [event.node for event in schedule.events if isinstance(event, Send)]
    costs = broadcast_messages(schedule.n, carrier, wiring, fanout=fanout, seed=seed)
    return sum(costs[node] for node in senders)


def broadcast_messages(
    n: int, carrier: Carrier, wiring: Wiring, *, fanout: int = 8, seed: int = 0
) -> Mapping[int, int]:
    """Return per node the messages of one broadcast of its own; parameters as above."""
    match carrier:
        case "mesh":
            return dict.fromkeys(range(n), n - 1)
        case "gossip":
            most = min(fanout, n - 1)
            return {i: gossip(n, most, i, (), seed + i).messages for i in range(n)}
        case "hgfrr":
            engine = _engine(n, wiring)
            return {i: engine.run(i).messages for i in range(n)}
    raise InputError("carrier", carrier, f"one of {', '.join(CARRIERS)}")


def _engine(n: int, wiring: Wiring) -> Engine:
    topology = topology_of(n, wiring.limits, wiring.seed)
    return Engine(topology, wiring.spread)
