"""Tolerance: table 1.1 of the HGFRR report, and what the overlay leaves of it.

The report sets the share of nodes that a consensus algorithm tolerates against the robustness that
its network needs. Each row is taken at its word: that share of the contacts is silent, drawn by
chance, and the rest of the nodes, the share that the algorithm goes on with, must be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.consensus import all_late_decision
from milpbft.hgfrr.coverage import average
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.world import broadcast

if TYPE_CHECKING:
    from milpbft.hgfrr.sizes import Sizes
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

MOST = 300
"""Nodes of which all broadcast, message by message, for a confirmation."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A row of table 1.1.

    Parameters
    ----------
    name, examples
        As the report has them.
    percent
        Per cent of the nodes that may fail; the report says less than that.
    """

    name: str
    percent: float
    examples: str


TABLE = (
    Algorithm("Proof-of-Work", 25, "Bitcoin"),
    Algorithm("Proof-of-Stake", 51, "PeerCoin"),
    Algorithm("Practical BFT", 33.3, "HyperLedger Fabric"),
    Algorithm("Distributed PoS", 51, "Bitshares, EOS"),
    Algorithm("Ripple", 20, "Ripple"),
    Algorithm("Tendermint", 33.3, "Tendermint"),
)
"""Table 1.1: consensus algorithms and their tolerated percentages."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the overlay leaves of a row.

    Parameters
    ----------
    algorithm
        The row.
    silent, contacts
        Contact nodes that are silent, the most below the percentage, and all there are.
    percent
        Mean of the nodes that are reached, in per cent of the correct ones.
    error
        Standard error of the mean, in per cent.
    needed
        Per cent of the correct nodes that the algorithm goes on with.
    """

    algorithm: Algorithm
    silent: int
    contacts: int
    percent: float
    error: float
    needed: float

    @property
    def enough(self) -> bool:
        """Whether so many are reached."""
        return self.percent >= self.needed


def tolerances(topology: Topology, spread: Spread, *, runs: int = 200, seed: int = 0) -> list[Left]:
    """Silence as many contacts as each row tolerates, and look how many nodes are reached."""
    contacts, n = len(topology.contact_nodes), topology.n
    found = []
    for row in TABLE:
        silent = max(0, ceil(row.percent / 100 * contacts) - 1)
        mean = average(topology, spread, silent, runs=runs, seed=seed)
        needed = min(100.0, (100 - row.percent) * n / (n - silent))
        percents = 100 * mean.coverage, 100 * mean.error
        found.append(Left(row, silent, contacts, *percents, needed))
    return found


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a decision of PBFT or dBFT 2.0 takes without faults.

    Parameters
    ----------
    carrier
        ``mesh`` or ``hgfrr``.
    messages
        Messages on the wire, from point to point: a proposal and two rounds of all nodes.
    milliseconds
        From the proposal of node 0 to the last decision.
    """

    carrier: str
    messages: int
    milliseconds: int


def confirmations(n: int, sizes: Sizes, spread: Spread, unit: int) -> list[Confirmation]:
    """Time a decision over a full mesh and over the overlay.

    Delays are measured in runs of the reference, a tick being a millisecond: node by node,
    one broadcast each.

    Parameters
    ----------
    n
        Nodes, 4 to `MOST`.
    unit
        Milliseconds that a message takes across the side of the square, 1 or more.

    Raises
    ------
    InputError
        Where a number is out of range.
    """
    if not 4 <= n <= MOST:
        raise InputError("n", n, f"from 4 to {MOST} for a confirmation")
    if unit < 1:
        raise InputError("unit", unit, "1 millisecond or more")
    topology = topology_of(n, sizes, spread.seed)
    gaps = topology.positions[:, None] - topology.positions[None]
    direct = np.maximum(np.ceil(unit * np.hypot(gaps[..., 0], gaps[..., 1])), 1).astype(np.int64)
    np.fill_diagonal(direct, 0)
    relayed, sent = np.zeros((n, n), dtype=np.int64), []
    for source in range(n):
        run = broadcast(topology, source, spread, latency=unit)
        relayed[source] = [run.first[node] for node in range(n)]
        sent.append(run.messages)
    quorum = n - (n - 1) // 3
    # Node 0 proposes, the others prepare, all commit.
    counts = {"mesh": 2 * n * (n - 1), "hgfrr": 2 * sum(sent)}
    times = {"mesh": direct, "hgfrr": relayed}
    return [
        Confirmation(name, counts[name], all_late_decision(times[name], 2, quorum))
        for name in ("mesh", "hgfrr")
    ]
