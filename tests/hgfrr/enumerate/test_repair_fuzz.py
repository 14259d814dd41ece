"""Repairs drawn by chance: every optimum is that of exhaustion, whenever who crashes."""

from __future__ import annotations

from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.enumerate.branching import every
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import Failures, broadcast
from milpbft.hgfrr.room import HGFRR, topology_of
from tests.agreeing import difference
from tests.hgfrr.model.test_repair_model import TICK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.hgfrr.reference.repair import Repaired


def drawn(seed: int, *, several: bool = False) -> BroadcastInstance:
    """Draw a repair that exhaustion can do, and that the model takes; maybe of several contacts."""
    random = Random(f"repair {seed}{' several' * several}")
    while True:
        faults = random.choice([1, 1, 2])
        contacts = random.choice([2, 2, 3]) if several else 1
        n = random.randint(3 + contacts, 8 if faults > 1 else 12 if contacts < 3 else 11)
        said = {
            "protocol": "hgfrr",
            "n": n,
            "ring": random.randint(max(4, 3 * contacts), 8 + (contacts > 2)),
            "contacts": contacts,
            "serving": random.randint(1, contacts),
            "k": random.randint(2, 4),
            "k_most": random.choice([0, 0, 6]),
            "seed": random.randint(0, 99),
            "source": random.randrange(n),
            "faults": faults,
            "fault": "crash",
            "repair": TICK,
            "objective": random.choice(["coverage", "ticks", "cost"]),
        }
        try:
            instance = BroadcastInstance.make(said)
            _ = HGFRR.model(instance).problem
        except InputError:
            continue
        return instance


def runs(i: BroadcastInstance) -> Iterator[Repaired]:
    """Yield every repair: who crashes and when, up to the tick before it, and who is elected."""
    topology = topology_of(i.n, i.limits, i.seed)
    others = [node for node in topology.nodes.tolist() if node != i.source]
    end = broadcast(topology, i.source, i.spread).ticks + 1
    for nodes in combinations(others, i.faults):
        for since in product((*range(end + 1), TICK - 1), repeat=len(nodes)):
            failures = Failures(dict(zip(nodes, since, strict=True)))
            yield from every(
                lambda overlay, failures=failures: repair(
                    topology, i.source, i.spread, failures=failures, tick=TICK, sizes=i.limits,
                    overlay=overlay,
                )
            )  # fmt: skip


def best(i: BroadcastInstance) -> int:
    """Return the optimum."""
    match i.objective.name:
        case "coverage":
            return min(sum(node in run.held for node in run.first.correct) for run in runs(i))
        case "ticks":
            return max(run.ticks for run in runs(i))
    return max(run.cost.messages for run in runs(i))


def agrees(seed: int, *, several: bool = False) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed, several=several)
    return difference(instance, best(instance))


@pytest.mark.parametrize("seed", range(2))
def test_a_few_repairs_are_those_of_exhaustion(seed: int):
    """All crashes at all ticks, and all elections."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_repairs_are_those_of_exhaustion(block: int):
    """The same for 500 instances."""
    found = [agrees(seed) for seed in range(100 + 25 * block, 125 + 25 * block)]
    assert not [words for words in found if words]


@pytest.mark.parametrize("seed", [0, 3])
def test_a_few_repairs_of_several_contacts_are_those_of_exhaustion(seed: int):
    """Contacts that stay move up, and who fills the last places is anybody's choice."""
    assert agrees(seed, several=True) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_repairs_of_several_contacts_are_those_of_exhaustion(block: int):
    """The same for 500 instances."""
    seeds = range(100 + 25 * block, 125 + 25 * block)
    found = [agrees(seed, several=True) for seed in seeds]
    assert not [words for words in found if words]
