"""The MILP of a repair: optima by enumeration of crashes and elections on the reference."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.hgfrr.model.repair import queries
from milpbft.hgfrr.reference.heartbeat import beat
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import Failures
from milpbft.hgfrr.room import HGFRR, topology_of
from milpbft.hgfrr.scripted import scripted
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import solve
from tests.hgfrr.overlays import flat

NAMES = [
    "hgfrr-n12-r8-k2-s0-b1",
    "hgfrr-n12-r8-k3-s1-src5-b2",
    "hgfrr-n7-r8-k2-s2-src3-b2",
    "hgfrr-n18-r8-k2-s0-b2",
    "hgfrr-n17-r8-k2-s4-src2-b1",
]
TICK = 30


def elections(topology, crashed: frozenset[int]):
    """Yield, level by level from below, all sets of nodes that a repair may elect."""
    rings = list(enumerate(topology.rings))
    below: list[dict[int, tuple[int, ...]]] = [{}]
    for i, ring in rings:
        grown = []
        for chosen in below:
            members = ring.members
            if ring.level:
                members = [node for child in topology.children(i) for node in chosen[child]]
            stays = [node for node in ring.contacts if node not in crashed]
            free = [node for node in members if node not in crashed]
            grown += [{**chosen, i: (node,)} for node in stays or free]
        below = grown
    for chosen in below:
        yield {(topology.rings[i].level, node) for i, (node,) in chosen.items()}


def enumerate_runs(name: str):
    """Yield every repair of an instance: who crashes, never too late, and who is elected."""
    instance = BroadcastInstance.parse(f"{name}-coverage-crash")
    topology = topology_of(instance.n, instance.limits, instance.seed)
    others = [node for node in topology.nodes.tolist() if node != instance.source]
    for nodes in combinations(others, instance.faults):
        for since in product((0, TICK - 1), repeat=len(nodes)):
            failures = Failures(dict(zip(nodes, since, strict=True)))
            for wanted in elections(topology, frozenset(nodes)):
                yield repair(
                    topology,
                    instance.source,
                    instance.spread,
                    failures=failures,
                    tick=TICK,
                    sizes=instance.limits,
                    overlay=scripted(wanted, set(nodes)),
                )


def solved(name: str) -> int:
    """Solve to optimality, with a replay, and return the value."""
    result = solve(parse_instance(name))
    assert result.solution.status == "optimal"
    replayed = result.verdict("replay")
    assert replayed, replayed
    assert result.solution.objective is not None
    return result.solution.objective


@pytest.mark.parametrize("name", NAMES)
def test_optima_are_those_of_enumeration(name: str):
    """Coverage, ticks and cost of all crashes and all elections."""
    runs = list(enumerate_runs(name))
    reached = min(sum(i in run.held for i in run.first.correct) for run in runs)
    assert solved(f"{name}-coverage-crash-repair{TICK}") == reached
    assert solved(f"{name}-ticks-crash-repair{TICK}") == max(run.ticks for run in runs)
    assert solved(f"{name}-cost-crash-repair{TICK}") == max(run.cost.messages for run in runs)
    assert all(run.coverage == 1 for run in runs)


@pytest.mark.parametrize("size", range(3, 9))
def test_queries_are_those_of_heartbeats(size: int):
    """One or two members of a ring are gone, wherever they stand."""
    for count in (1, 2):
        for gone in combinations(range(size), count):
            assert queries(size, frozenset(gone)) == beat(flat(size), set(gone)).queries


def test_other_elections_are_refuted():
    """A schedule whose settings name another new contact does not happen."""
    result = solve(parse_instance(f"{NAMES[0]}-ticks-crash-repair{TICK}"))
    schedule = result.schedule
    assert schedule is not None
    crashed = next(event.node for event in schedule.events if isinstance(event, Fault))
    instance = BroadcastInstance.parse(f"{NAMES[0]}-coverage-crash")
    topology = topology_of(instance.n, instance.limits, instance.seed)
    verdicts = set()
    for wanted in elections(topology, frozenset({crashed})):
        text = ",".join(f"{level}:{node}" for level, node in sorted(wanted))
        other = replace(schedule, settings={**schedule.settings, "re_elected": text})
        verdicts.add(HGFRR.replay(other).status)
    assert verdicts == {"confirmed", "refuted"}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("hgfrr-n12-r8-k2-s0-b1-coverage-repair30", "repair"),
        ("hgfrr-n12-r8-k2-s0-b3-coverage-crash-repair30", "faults"),
        ("hgfrr-n12-r8-k2-s0-b1-cost-crash", "repair"),
        ("hgfrr-n12-r8-k2-s0-b1-faults_half-crash-repair30", "objective"),
    ],
)
def test_repairs_that_are_not_modelled_are_refused(name: str, field: str):
    """Silent relays are never found, and three crashes could hide each other."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("hgfrr-n12-r8-k2-s0-b1-coverage-crash-repair2", "repair"),
        ("hgfrr-n10-r4-k2-s0-b2-coverage-crash-repair30", "faults"),
    ],
)
def test_repairs_that_would_go_on_or_merge_are_refused(name: str, field: str):
    """The first broadcast has ended, and rings keep their limits."""
    with pytest.raises(InputError) as error:
        _ = HGFRR.model(parse_instance(name)).problem
    assert error.value.field == field
