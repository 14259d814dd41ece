"""Enumeration: the worst silent nodes of a small network, by trying them all on the reference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Literal

from milpbft.errors import InputError
from milpbft.hgfrr.reference.engine import Engine

if TYPE_CHECKING:
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

MOST = 200_000
"""Broadcasts that an enumeration may take."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst that silent nodes can do.

    Parameters
    ----------
    silent
        The first set, in lexicographic order, that does it.
    reached
        Correct nodes that hold the message, the source included.
    correct
        Correct nodes.
    ticks
        Tick at which the last of those reached first held it.
    """

    silent: tuple[int, ...]
    reached: int
    correct: int
    ticks: int

    @property
    def coverage(self) -> float:
        """Share of the correct nodes that hold the message."""
        return self.reached / self.correct


def worst(
    topology: Topology,
    spread: Spread,
    source: int,
    failures: int,
    *,
    among: Literal["contacts", "nodes"] = "nodes",
    objective: Literal["coverage", "ticks"] = "coverage",
) -> Worst:
    """Try all sets of silent nodes, the source not among them.

    Parameters
    ----------
    topology, spread, source
        The broadcast.
    failures
        Silent nodes, exactly so many.
    among
        Whether only contact nodes may be silent, or any.
    objective
        ``coverage``: reach the fewest correct nodes. ``ticks``: reach the last of them the latest.

    Raises
    ------
    InputError
        Where there are not so many nodes, or more than `MOST` sets of them.
    """
    pool = topology.contact_nodes if among == "contacts" else tuple(topology.nodes.tolist())
    pool = tuple(node for node in pool if node != source)
    if not 0 <= failures <= len(pool):
        raise InputError("failures", failures, f"from 0 to {len(pool)}")
    if comb(len(pool), failures) > MOST:
        raise InputError("failures", failures, f"so few that there are at most {MOST} sets")
    engine = Engine(topology, spread)
    found: list[Worst] = []
    for silent in combinations(pool, failures):
        reach = engine.run(source, silent)
        held = int((reach.first[reach.correct] >= 0).sum())
        found.append(Worst(silent, held, int(reach.correct.sum()), reach.ticks))
    if objective == "coverage":
        return min(found, key=lambda each: each.reached)
    return max(found, key=lambda each: each.ticks)
