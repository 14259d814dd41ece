"""Flooding, gossip and Kademlia on the same nodes."""

from __future__ import annotations

from math import exp

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.flooding import connect, draw_others, flood
from milpbft.hgfrr.reference.gossip import gossip
from milpbft.hgfrr.reference.kademlia import Kademlia


@settings(deadline=None)
@given(st.integers(2, 80), st.integers(1, 8), st.integers(0, 1000), st.integers(0, 1000))
def test_flooding_takes_shortest_paths(n: int, degree: int, seed: int, who: int):
    """Ticks are distances that NetworkX finds, through correct nodes; messages are exact."""
    table = connect(n, min(degree, n - 1), seed)
    graph, source = table.graph(), who % n
    reach = flood(table, source)
    found = {node: int(t) for node, t in enumerate(reach.first) if t >= 0}
    assert found == dict(nx.single_source_shortest_path_length(graph, source))
    assert reach.messages == sum(graph.degree(node) for node in found) - (len(found) - 1)
    silent = {(who + 1) % n} - {source}
    muted = flood(table, source, silent)
    # A silent node receives, so it is an end of paths and never inside one.
    ends = {node for node in silent if any(muted.first[i] >= 0 for i in graph[node])}
    kept = graph.subgraph(set(graph) - silent)
    assert set(np.nonzero(muted.first >= 0)[0]) - silent == set(
        nx.single_source_shortest_path_length(kept, source)
    )
    assert ends >= {node for node in silent if muted.first[node] >= 0}


def test_each_node_opens_connections_to_different_others():
    """Rows of draws have no repetition and never the drawer; all are about equally likely."""
    nodes = np.arange(20)
    rows = np.concatenate([draw_others(nodes, 20, 5, np.random.default_rng(s)) for s in range(300)])
    assert all(len(set(row)) == 5 for row in rows.tolist())
    assert all(i % 20 not in row for i, row in enumerate(rows.tolist()))
    counts = np.bincount(rows.ravel(), minlength=20)
    # 30 000 draws, 1500 per node, standard deviation 33.
    assert (np.abs(counts - 1500) < 200).all()
    assert sorted(draw_others(np.array([2]), 4, 3, np.random.default_rng(0))[0]) == [0, 1, 3]


@pytest.mark.parametrize("fanout", [1, 2, 4])
def test_gossip_reaches_its_fixed_point(fanout: int):
    """The share that is reached solves p = 1 - exp(-f p); each of those sends `fanout` messages."""
    n = 30_000
    shares = []
    for seed in range(10):
        reach = gossip(n, fanout, 0, seed=seed)
        assert reach.messages == fanout * int((reach.first >= 0).sum())
        shares.append(reach.coverage)
    share = 1.0
    for _ in range(2000):
        share = 1 - exp(-fanout * share)
    # With fanout 1 the fixed point is 0, and the message dies out.
    lasting = [s for s in shares if s > 0.05]
    assert len(lasting) == (0 if fanout == 1 else 10)
    assert lasting == pytest.approx([share] * len(lasting), abs=0.02)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(0, 1000), st.integers(0, 1000))
def test_kademlia_tells_everyone_once(n: int, seed: int, who: int):
    """It takes n - 1 messages, and no more ticks than there are bits to tell nodes apart."""
    reach = Kademlia(n, seed).run(who % n, seed=seed)
    assert (reach.coverage, reach.messages) == (1, n - 1)
    assert reach.ticks <= 52
    if n > 1:
        silent = (who + 1) % n
        muted = Kademlia(n, seed).run(who % n, [silent], seed)
        # The same draws, as far as they are made: nobody is told who was not told before.
        assert muted.messages == int((muted.first >= 0).sum()) - 1


def test_kademlia_is_logarithmic():
    """A thousand nodes take about 10 ticks: at least log2 log2, at most a few more than log2."""
    ticks = [Kademlia(1024, seed).run(0, seed=seed).ticks for seed in range(20)]
    assert min(ticks) >= 6
    assert max(ticks) <= 16


@pytest.mark.parametrize(
    "run",
    [
        lambda: connect(5, 5),
        lambda: flood(connect(5, 2), 5),
        lambda: gossip(5, 5, 0),
        lambda: gossip(5, 2, -1),
        lambda: Kademlia(5).run(5),
    ],
)
def test_unusable_input(run):
    """Degrees and sources out of range."""
    with pytest.raises(InputError):
        run()


def test_a_single_node_needs_nobody():
    """One node: covered at tick 0 without a message."""
    for reach in (flood(connect(1, 1), 0), gossip(1, 1, 0), Kademlia(1).run(0)):
        assert (reach.coverage, reach.ticks, reach.messages) == (1, 0, 0)


def test_a_silent_source_covers_nobody():
    """It never sends, and is no correct node itself."""
    for reach in (flood(connect(9, 2), 0, [0]), gossip(9, 2, 0, [0]), Kademlia(9).run(0, [0])):
        assert (reach.coverage, reach.messages) == (0, 0)
