"""Study: series of numbers over sizes and failures, for the overlay and for baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.coverage import (
    BASELINES,
    average,
    average_baseline,
    baseline,
    seedless,
)
from milpbft.hgfrr.formulas import messages_most, ticks_most
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.coverage import Estimate, Runner
    from milpbft.hgfrr.sizes import Sizes
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

SIZES = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
"""Numbers of nodes that :func:`scale` takes by default."""

NAME = "HGFRR"


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a picture.

    Parameters
    ----------
    name
        Of the line.
    x, y
        Its points.
    error
        Standard error per point; empty where there is none.
    bound
        Whether it is a proven bound and not a measurement.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    error: tuple[float, ...] = ()
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Ticks until the last node is reached, and messages, against the number of nodes."""

    ticks: tuple[Series, ...]
    messages: tuple[Series, ...]


def scale(
    sizes: Sizes,
    spread: Spread,
    *,
    ns: Sequence[int] = SIZES,
    degree: int = 8,
    runs: int = 5,
    seed: int = 0,
) -> Scale:
    """Broadcast without failures in networks of growing size.

    Parameters
    ----------
    sizes, spread
        Of the overlay.
    ns
        Numbers of nodes, 2 or more each.
    degree
        Connections that a node opens when flooding, and the fanout of gossip.
    runs
        Broadcasts per point, each from another source; a point is their mean.
    seed
        Of positions, elections, graphs and sources.

    Raises
    ------
    InputError
        Where a number of nodes is below 2.
    """
    if not ns or min(ns) < 2:
        raise InputError("ns", tuple(ns), "numbers of nodes from 2 on")
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in (NAME, *BASELINES)}
    bounds: list[tuple[int, int]] = []
    for n in ns:
        topology = topology_of(n, sizes, seed)
        largest = int(topology.sizes.max())
        most = ticks_most(topology.levels, largest, spread.k, spread.k_most)
        bounds.append((most, messages_most(n, sizes, spread.serving)))
        engine = Engine(topology, spread)
        found[NAME].append(_mean(seedless(engine), n, runs, seed))
        for name in BASELINES:
            run = baseline(name, n, degree=degree, seed=seed)
            found[name].append(_mean(run, n, runs, seed))
    x = tuple(map(float, ns))
    named = {name: tuple(zip(*points, strict=True)) for name, points in found.items()}
    bound = f"{NAME}, bound"
    most_ticks, most_messages = zip(*bounds, strict=True)
    return Scale(
        (
            *(Series(label(name, degree), x, y) for name, (y, _) in named.items()),
            Series(bound, x, most_ticks, bound=True),
        ),
        (
            *(Series(label(name, degree), x, y) for name, (_, y) in named.items()),
            Series(bound, x, most_messages, bound=True),
        ),
    )


def _mean(run: Runner, n: int, runs: int, seed: int) -> tuple[float, float]:
    random = np.random.default_rng(seed)
    found = [run(int(random.integers(n)), [], int(random.integers(1 << 32))) for _ in range(runs)]
    ticks = float(np.mean([reach.ticks for reach in found]))
    return ticks, float(np.mean([reach.messages for reach in found]))


def coverages(
    topology: Topology,
    spread: Spread,
    failures: Sequence[int],
    *,
    among: Literal["contacts", "nodes"] = "contacts",
    name: str = NAME,
    runs: int = 200,
    seed: int = 0,
) -> Series:
    """Return the mean coverage of the overlay against the number of silent nodes."""
    points = [average(topology, spread, b, runs=runs, seed=seed, among=among) for b in failures]
    return _coverage(f"{name}, {'contacts' if among == 'contacts' else 'any nodes'} silent", points)


def baseline_coverages(
    name: str, n: int, failures: Sequence[int], *, degree: int = 8, runs: int = 200, seed: int = 0
) -> Series:
    """Return the mean coverage of a baseline against the number of silent nodes."""
    points = [average_baseline(name, n, b, degree=degree, runs=runs, seed=seed) for b in failures]
    return _coverage(label(name, degree), points)


def _coverage(name: str, points: Sequence[Estimate]) -> Series:
    return Series(
        name,
        tuple(float(point.failures) for point in points),
        tuple(point.coverage for point in points),
        tuple(point.error for point in points),
    )


def label(name: str, degree: int) -> str:
    """Return the name of a line, with the parameter that it depends on."""
    names = {
        "flooding": f"flooding, {degree} connections opened",
        "gossip": f"gossip, fanout {degree}",
        "kademlia": "Kademlia",
    }
    return names.get(name, name)
