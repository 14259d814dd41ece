"""The spanning tree within a ring."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.hgfrr.reference.tree import children, own_children, parents


def test_the_papers_figure():
    """Figure 3.3: ten nodes, k = 2."""
    assert dict(enumerate(children(10, 2))) == {
        0: [1, 2, 4, 8],
        1: [3, 5, 9],
        2: [6],
        3: [7],
        **{node: [] for node in range(4, 10)},
    }


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(2, 40))
def test_the_tree_is_one_of_shortest_paths(size: int, k: int):
    """Depths are distances in the graph of all steps i to i + k^e, found by NetworkX."""
    graph = nx.empty_graph(size, create_using=nx.DiGraph)
    steps = [k**e for e in range(9) if k**e < size]
    graph.add_edges_from((i, i + step) for i in range(size) for step in steps if i + step < size)
    distance = nx.single_source_shortest_path_length(graph, 0)
    depth = [0] * size
    for node, parent in enumerate(parents(size, k)):
        if node:
            assert graph.has_edge(parent, node)
            depth[node] = depth[parent] + 1
    assert dict(enumerate(depth)) == distance


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(2, 40))
def test_ascending_order_gives_the_same_tree(size: int, k: int):
    """The paper leaves open in which order nodes take children; the two natural ones agree."""
    taken: dict[int, int] = {}
    for node in range(size):
        step = 1
        while node + step < size:
            taken.setdefault(node + step, node)
            step *= k
    assert parents(size, k) == [-1, *(taken[node] for node in range(1, size))]


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(2, 40))
def test_a_node_knows_its_own_children(size: int, k: int):
    """What a node works out alone is what the whole tree says."""
    assert [own_children(node, size, k) for node in range(size)] == children(size, k)
