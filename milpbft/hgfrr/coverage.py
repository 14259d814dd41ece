"""Coverage on average: broadcasts in which randomly chosen nodes are silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.flooding import connect, flood
from milpbft.hgfrr.reference.gossip import gossip
from milpbft.hgfrr.reference.kademlia import Kademlia

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from milpbft.hgfrr.reference.engine import Reach
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

Runner: TypeAlias = "Callable[[int, list[int], int], Reach]"
"""A way to broadcast: given the source, silent nodes, and a seed."""

BASELINES = ("flooding", "gossip", "kademlia")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What `runs` seeded broadcasts gave.

    Parameters
    ----------
    failures
        Silent nodes per run.
    runs
        Number of runs.
    coverage
        Mean share of the correct nodes that held the message.
    error
        Standard error of that mean: the sample's standard deviation over the root of `runs`.
    worst
        Least coverage of a run; a worst case that was met, and not a bound.
    ticks
        Mean tick of the last receipt.
    messages
        Mean number of messages.
    """

    failures: int
    runs: int
    coverage: float
    error: float
    worst: float
    ticks: float
    messages: float


def average(
    topology: Topology,
    spread: Spread,
    failures: int,
    *,
    runs: int = 200,
    seed: int = 0,
    among: Literal["contacts", "nodes"] = "contacts",
) -> Estimate:
    """Broadcast `runs` times, each from another source with other silent nodes.

    The source is drawn from the nodes that were not drawn as faulty: a silent source covers nobody,
    which says nothing of an overlay.

    Parameters
    ----------
    topology, spread
        The network.
    failures
        How many nodes are silent from the start, 0 or more.
    runs
        1 or more.
    seed
        Of sources and silent nodes.
    among
        ``contacts``: silent nodes are drawn from the contact nodes of all rings; ``nodes``: from
        all nodes.

    Raises
    ------
    InputError
        Where there are not so many nodes to draw from, with a source left.
    """
    pool = np.array(topology.contact_nodes) if among == "contacts" else topology.nodes
    run = seedless(Engine(topology, spread))
    return _estimate(run, topology.nodes, pool, failures=failures, runs=runs, seed=seed)


def seedless(engine: Engine) -> Runner:
    """Return an engine as a runner: bases are drawn once per network, so it needs no seed."""
    return lambda source, silent, _: engine.run(source, silent)


def average_baseline(
    name: str, n: int, failures: int, *, degree: int = 8, runs: int = 200, seed: int = 0
) -> Estimate:
    """Return the same for a baseline on `n` nodes, silent ones drawn from all.

    Parameters
    ----------
    name
        ``flooding`` on a graph in which each node opens `degree` connections; ``gossip`` with the
        fanout `degree`; ``kademlia``.

    Raises
    ------
    InputError
        As :func:`average` does, and for any other name.
    """
    run = baseline(name, n, degree=degree, seed=seed)
    nodes = np.arange(n)
    return _estimate(run, nodes, nodes, failures=failures, runs=runs, seed=seed)


def baseline(name: str, n: int, *, degree: int = 8, seed: int = 0) -> Runner:
    """Return a baseline as a function of source, silent nodes, and seed; see above."""
    degree = min(degree, max(n - 1, 1))
    match name:
        case "flooding":
            graph = connect(n, degree, seed)
            return lambda source, silent, _: flood(graph, source, silent)
        case "gossip":
            return lambda source, silent, run: gossip(n, degree, source, silent, run)
        case "kademlia":
            return Kademlia(n, seed).run
    raise InputError("baseline", name, f"one of {', '.join(BASELINES)}")


def _estimate(
    run: Runner,
    nodes: NDArray[np.int64],
    pool: NDArray[np.int64],
    *,
    failures: int,
    runs: int,
    seed: int,
) -> Estimate:
    most = min(len(pool), len(nodes) - 1)
    if not 0 <= failures <= most:
        raise InputError("failures", failures, f"from 0 to {most}")
    if runs < 1:
        raise InputError("runs", runs, "1 or more")
    random = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        silent = random.choice(pool, failures, replace=False)
        source = int(random.choice(np.setdiff1d(nodes, silent)))
        found.append(run(source, silent.tolist(), int(random.integers(1 << 32))))
    coverage = np.array([reach.coverage for reach in found])
    return Estimate(
        failures,
        runs,
        float(coverage.mean()),
        float(coverage.std(ddof=1) / np.sqrt(runs)) if runs > 1 else 0.0,
        float(coverage.min()),
        float(np.mean([reach.ticks for reach in found])),
        float(np.mean([reach.messages for reach in found])),
    )
