"""Best trees by exhaustion: all sets of calls, tick by tick."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.hgfrr.acquaintance import graph_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx

    from milpbft.hgfrr.instance import TreeInstance


def best_tree(instance: TreeInstance) -> int:
    """Return the fewest ticks until all hold the message; for up to some eight nodes.

    From each set of nodes that hold it, every set that one more tick can make of it is tried.
    """
    i = instance
    graph = graph_of(i.graph, i.n, i.k, i.ring, i.seed)
    reached, ticks = {frozenset({i.source})}, 0
    while not any(len(held) == i.n for held in reached):
        reached = {after for held in reached for after in _after(graph, held, i.ports)}
        ticks += 1
    return ticks


def _after(graph: nx.Graph, held: frozenset[int], ports: int) -> Iterator[frozenset[int]]:
    """Yield who holds it a tick later, whoever calls whom; who can call more does so."""
    calls = []
    for node in sorted(held):
        missing = sorted(set(graph[node]) - held)
        calls.append(list(combinations(missing, min(ports, len(missing)))))
    for chosen in product(*calls):
        yield held.union(*chosen)
