"""Best trees: closed forms, exhaustive search of small graphs, and the k-ary tree beside them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import networkx as nx
import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.acquaintance import graph_of
from milpbft.hgfrr.calls import replay_calls
from milpbft.hgfrr.instance import TreeInstance
from milpbft.hgfrr.model.besttree import TreeModel, greedy
from milpbft.hgfrr.reference.tree import children
from milpbft.hgfrr.reference.world import World
from milpbft.hgfrr.spread import Spread
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver
from milpbft.solve import solve
from solvers import solve as solve_problem
from tests.hgfrr.overlays import flat


def solved(name: str) -> int:
    """Solve to optimality, with its calls made one by one, and return the value."""
    result = solve(parse_instance(name))
    assert result.solution.status == "optimal"
    replayed = result.verdict("replay")
    assert replayed, replayed
    assert result.solution.objective is not None
    return result.solution.objective


def powers(n: int, ports: int) -> int:
    """Ticks in which a number that grows s + 1 times per tick gets to n."""
    ticks, held = 0, 1
    while held < n:
        ticks, held = ticks + 1, held * (ports + 1)
    return ticks


@pytest.mark.parametrize("ports", [1, 2, 3])
@pytest.mark.parametrize("n", [2, 4, 5, 9, 10, 17])
def test_complete_graphs_take_the_logarithm(n: int, ports: int):
    """Everybody who holds the message reaches s others per tick: ceil(log_{s+1} n)."""
    assert solved(f"besttree-n{n}-p{ports}-ticks") == powers(n, ports)


@pytest.mark.parametrize("n", [3, 4, 7, 8])
def test_cycles_take_half(n: int):
    """Two ends grow by one each: ceil(n / 2) with one port, floor(n / 2) with two."""
    assert solved(f"besttree-n{n}-p1-ticks-cycle") == (n + 1) // 2
    assert solved(f"besttree-n{n}-p2-ticks-cycle") == n // 2


def test_hypercubes_take_their_dimension():
    """One dimension after the other."""
    assert solved("besttree-n16-p1-ticks-hypercube") == 4


def search(graph: nx.Graph, source: int, ports: int) -> int:
    """Try all calls, tick by tick, on sets of nodes that hold the message."""
    sets, ticks = {frozenset({source})}, 0
    while not any(len(held) == len(graph) for held in sets):
        sets = {new for held in sets for new in _grow(graph, held, ports)}
        ticks += 1
    return ticks


def _grow(graph: nx.Graph, held: frozenset[int], ports: int) -> set[frozenset[int]]:
    found = {frozenset()}
    for node in held:
        missing = [i for i in graph[node] if i not in held]
        calls = combinations(missing, min(ports, len(missing)))
        found = {new | set(call) for call in calls for new in found} or found
    return {held | new for new in found}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ports", [1, 2])
def test_random_graphs_agree_with_a_search(seed: int, ports: int):
    """Connected graphs of eight nodes; greedy calls are no better."""
    random = Random(seed)
    graph = nx.Graph((random.randrange(i), i) for i in range(1, 8))
    graph.add_edges_from(random.sample(sorted(combinations(range(8), 2)), 3))
    instance = TreeInstance.parse(f"besttree-n8-p{ports}-ticks")
    model = TreeModel(instance, graph)
    solution = solve_problem(model.problem, "highs")
    assert solution.status == "optimal"
    assert solution.values is not None
    assert solution.objective == search(graph, 0, ports) <= len(greedy(graph, 0, ports))
    assert replay_calls(model.schedule(solution.values, "test"), graph, ports)


def along(size: int, k: int, ports: int) -> int:
    """Fewest ticks along the k-ary tree: each node calls its slowest children first."""
    below = children(size, k)

    def ticks(node: int) -> int:
        times = sorted((ticks(child) for child in below[node]), reverse=True)
        return max((i // ports + 1 + time for i, time in enumerate(times)), default=0)

    return ticks(0)


@pytest.mark.parametrize(
    ("n", "k", "ports"), [(10, 2, 1), (16, 2, 1), (16, 2, 2), (10, 3, 1), (13, 4, 1), (13, 3, 2)]
)
def test_the_kary_tree_beside_the_best(n: int, k: int, ports: int):
    """Slowest children first is best along a tree, and nodes that send in order are no faster."""
    said = f"besttree-n{n}-p{ports}{f'-k{k}' if k > 2 else ''}-ticks-kary"
    best = solved(said)
    assert best == along(n, k, ports)
    run = World(flat(n), 0, Spread(k), ports=ports).run()
    assert powers(n, ports) <= best <= run.ticks


def test_binary_trees_are_best_for_one_port():
    """With k = 2 and one port, HGFRR's own order of sending takes ceil(log2 n) for any n."""
    for n in range(2, 200):
        assert World(flat(n), 0, Spread(2), ports=1).run().ticks == powers(n, 1)


@pytest.mark.parametrize("name", ["besttree-n9-p1-r4-ticks-rings", "besttree-n10-p2-ticks"])
def test_calls_that_cannot_be_made_are_refuted(name: str):
    """A call less, earlier, more than there are ports, or to a stranger."""
    instance = parse_instance(name)
    assert isinstance(instance, TreeInstance)
    result = solve(instance)
    schedule = result.schedule
    assert schedule is not None
    graph = graph_of(instance.graph, instance.n, instance.k, instance.ring, instance.seed)
    calls = [event for event in schedule.events if isinstance(event, Deliver)]
    last = calls[-1]
    events = [event for event in schedule.events if event is not last]
    less = replace(schedule, events=tuple(events))
    assert not replay_calls(less, graph, instance.ports)
    for tick in range(1, last.tick):
        early = replace(schedule, events=(*events, replace(last, tick=tick)))
        assert not replay_calls(early, graph, instance.ports)
    assert not replay_calls(schedule, graph, instance.ports - 1)
    with pytest.raises(InputError, match="the source alone"):
        replay_calls(replace(schedule, primaries=()), graph, instance.ports)
    known = nx.subgraph_view(graph, filter_edge=lambda u, v: {u, v} != {last.node, last.sender})
    assert "does not know" in replay_calls(schedule, known, instance.ports).reason
