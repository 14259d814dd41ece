"""The broadcast's MILP: its optimum is that of enumeration, and its schedule happens on nodes."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest

from milpbft.hgfrr.elections import elect
from milpbft.hgfrr.enumerate.coverage import worst
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.replay import replay
from milpbft.hgfrr.reference.world import Failures, broadcast
from milpbft.hgfrr.room import topology_of
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from tests.hgfrr.reference.test_overlay_replay import ForwardsTwice, OffByOne

if TYPE_CHECKING:
    from milpbft.hgfrr.reference.node import Node

SILENT = [
    "hgfrr-n9-r4-k2-s0-b1",
    "hgfrr-n12-r4-k2-s1-src5-b2",
    "hgfrr-n20-r5-k3-s2-src3-b2",
    "hgfrr-n20-r6-k2-c2-w2-s0-b2",
    "hgfrr-n24-r6-k2-c2-s1-src7-b2",
    pytest.param("hgfrr-n30-r9-k2-c3-w2-s4-src1-b3", marks=pytest.mark.slow),
    "hgfrr-n26-r6-k2-km5-c2-w2-s3-src2-b2",
]
CHOSEN = [
    "hgfrr-n9-r4-k2-s0",
    "hgfrr-n10-r4-k3-s1-src4",
    "hgfrr-n13-r4-k2-s5-src2",
    "hgfrr-n9-r4-k2-s0-src1-b1",
    "hgfrr-n12-r4-k2-s2-b1",
]


def solved(name: str) -> int:
    """Solve to optimality, with a replay, and return the value."""
    result = solve(parse_instance(name))
    assert result.solution.status == "optimal"
    replayed = result.verdict("replay")
    assert replayed, replayed
    assert result.solution.objective is not None
    return result.solution.objective


def rings(name: str):
    """Return an instance, without an objective of its own, and its topology."""
    instance = BroadcastInstance.parse(f"{name}-coverage")
    return instance, topology_of(instance.n, instance.limits, instance.seed)


@pytest.mark.parametrize("name", SILENT)
def test_optima_are_those_of_enumeration(name: str):
    """All sets of silent nodes on the reference reach nothing worse, and one reaches it."""
    instance, topology = rings(name)
    spread, source, faults = instance.spread, instance.source, instance.faults
    found = worst(topology, spread, source, faults, objective="coverage")
    assert solved(f"{name}-coverage") == found.reached
    found = worst(topology, spread, source, faults, objective="ticks")
    assert solved(f"{name}-ticks") == found.ticks


@pytest.mark.parametrize("name", SILENT[:4])
def test_crashes_are_worth_as_much(name: str):
    """Enumeration of crashes, at tick 0 or at 1, says the same of coverage and of ticks."""
    instance, topology = rings(name)
    others = [node for node in topology.nodes.tolist() if node != instance.source]
    runs = []
    for nodes in combinations(others, instance.faults):
        for since in product((0, 1, 2, 50), repeat=len(nodes)):
            if instance.faults == 2 and since not in {(0, 0), (0, 2), (2, 1), (50, 0), (50, 50)}:
                continue
            crashes = Failures(dict(zip(nodes, since, strict=True)))
            run = broadcast(topology, instance.source, instance.spread, failures=crashes)
            runs.append((len(run.correct) - len(run.missed), run.ticks))
    assert solved(f"{name}-coverage-crash") == min(reached for reached, _ in runs)
    assert solved(f"{name}-ticks-crash") >= max(ticks for _, ticks in runs)


@pytest.mark.parametrize("name", CHOSEN)
def test_the_worst_election_is_that_of_enumeration(name: str):
    """All elections, with all sets of silent nodes, on the reference."""
    instance, topology = rings(name)
    sizes = [range(len(ring.members)) for ring in topology.rings]
    others = [node for node in topology.nodes.tolist() if node != instance.source]
    low, late, most = instance.n, 0, 0
    for places in product(*sizes):
        engine = Engine(elect(topology, [(place,) for place in places]), instance.spread)
        for silent in combinations(others, instance.faults):
            reach = engine.run(instance.source, silent)
            low = min(low, int((reach.first[reach.correct] >= 0).sum()))
            late, most = max(late, reach.ticks), max(most, reach.messages)
    assert solved(f"{name}-coverage-chosen") == low
    assert solved(f"{name}-ticks-chosen") == late
    assert solved(f"{name}-messages-chosen") == most


@pytest.mark.parametrize("name", SILENT)
def test_messages_are_counted_as_on_the_wire(name: str):
    """Most messages under silent nodes, by enumeration."""
    instance, topology = rings(name)
    engine = Engine(topology, instance.spread)
    others = [node for node in topology.nodes.tolist() if node != instance.source]
    most = max(
        engine.run(instance.source, silent).messages
        for silent in combinations(others, instance.faults)
    )
    assert solved(f"{name}-messages") == most


@pytest.mark.parametrize("name", SILENT)
def test_fewest_silent_nodes_that_leave_half(name: str):
    """Enumeration by number of silent nodes finds the first that suffices."""
    instance, topology = rings(name)
    least = next(
        faults
        for faults in range(1, 4)
        if 2 * (found := worst(topology, instance.spread, instance.source, faults)).reached
        <= found.correct
    )
    name = name.replace(f"-b{instance.faults}", "-b3")
    assert solved(f"{name}-faults_half") == least


def test_a_horizon_counts_what_is_there_by_then():
    """Fewer hold the message at tick 2 than in the end, and that is what silent nodes leave."""
    instance, topology = rings("hgfrr-n12-r4-k2-s0")
    run = broadcast(topology, instance.source, instance.spread)
    early = sum(tick <= 2 for tick in run.first.values())
    assert early < len(run.first) == 12
    assert solved("hgfrr-n12-r4-k2-s0-t2-coverage") == early
    assert solved("hgfrr-n12-r4-k2-s0-coverage") == 12


def test_a_chosen_contact_that_is_alone_sends_nothing():
    """One node is its own contact: nobody is asked, and nobody told."""
    assert solved("hgfrr-n1-r4-k2-s0-messages-chosen") == 0


@pytest.mark.parametrize("mutant", [ForwardsTwice, OffByOne])
def test_mutants_do_not_do_what_the_model_says(mutant: type[Node]):
    """Nodes that forward twice, or to the next place of the ring, refute the MILP's schedule."""
    instance, topology = rings("hgfrr-n12-r4-k2-s0")
    schedule = solve(parse_instance("hgfrr-n12-r4-k2-s0-ticks")).schedule
    assert schedule is not None
    assert replay(schedule, topology, instance.spread)
    assert replay(schedule, topology, instance.spread, node=mutant).status == "refuted"


@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_other_solvers_say_the_same(solver: str):
    """An election and a silent node, chosen together."""
    for name in ("hgfrr-n12-r4-k2-s2-b1-ticks-chosen", "hgfrr-n20-r6-k2-c2-w2-s0-b2-coverage"):
        assert solve(parse_instance(name), solver).solution.objective == solved(name)
