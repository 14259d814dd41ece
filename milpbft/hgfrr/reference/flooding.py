"""Flooding: every node passes a message on to all its neighbours, as in Gnutella or Bitcoin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.reference.engine import Reach, at_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Neighbours:
    """An undirected graph as arrays; node i has the neighbours ``other[start[i]:start[i + 1]]``."""

    start: NDArray[np.int64]
    other: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.start) - 1

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Neighbours per node."""
        return np.diff(self.start)

    def graph(self) -> nx.Graph:
        """Return it for NetworkX."""
        graph = nx.empty_graph(self.n)
        ends = zip(np.repeat(np.arange(self.n), self.degrees), self.other, strict=True)
        graph.add_edges_from((int(one), int(other)) for one, other in ends)
        return graph


def connect(n: int, degree: int, seed: int = 0) -> Neighbours:
    """Have each of `n` nodes open connections to `degree` others, drawn by chance.

    Connections serve both ways, so nodes have about twice as many neighbours.

    Raises
    ------
    InputError
        Where the degree is not from 1 to n - 1; a single node has none.
    """
    if n > 1 and not 1 <= degree <= n - 1:
        raise InputError("degree", degree, f"from 1 to {n - 1} with {n} nodes")
    random = np.random.default_rng(seed)
    opened = draw_others(np.arange(n), n, degree, random) if n > 1 else np.empty((1, 0), np.int64)
    one = np.repeat(np.arange(n), opened.shape[1])
    ends = np.concatenate([one * n + opened.ravel(), opened.ravel() * n + one])
    pairs = np.unique(ends)
    start = np.searchsorted(pairs, np.arange(n + 1) * n)
    return Neighbours(start.astype(np.int64), pairs % n)


def draw_others(
    nodes: NDArray[np.int64], n: int, count: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw `count` different nodes for each of `nodes`, never itself: shape (nodes, count).

    Floyd's way: draw from 0 to j for the last `count` j, and take j where the draw was taken.
    """
    drawn = np.empty((len(nodes), count), dtype=np.int64)
    for column in range(count):
        most = n - 1 - count + column
        pick = random.integers(0, most, size=len(nodes), endpoint=True)
        taken = (drawn[:, :column] == pick[:, None]).any(axis=1)
        drawn[:, column] = np.where(taken, most, pick)
    return drawn + (drawn >= nodes[:, None])


def flood(neighbours: Neighbours, source: int, silent: Iterable[int] = ()) -> Reach:
    """Flood from `source`: a node sends to all neighbours but the one it first had it from.

    Without failures, in a connected graph, that takes the sum of degrees less n - 1 messages.

    Raises
    ------
    InputError
        Where there is no such source.
    """
    n = neighbours.n
    first, correct = at_start(n, source, silent)
    frontier, tick, messages = np.array([source]), 0, 1
    while len(frontier := frontier[correct[frontier]]):
        degrees = neighbours.degrees[frontier]
        messages += int((degrees - 1).sum())
        # Concatenated ranges: the places in `other` of all neighbours of the frontier.
        ends = np.cumsum(degrees)
        places = np.arange(ends[-1]) + np.repeat(
            neighbours.start[frontier] - ends + degrees, degrees
        )
        reached = np.unique(neighbours.other[places])
        frontier = reached[first[reached] < 0]
        tick += 1
        first[frontier] = tick
    return Reach(first, correct, messages if correct[source] else 0)
