"""Nodes that start again during a broadcast, drawn by chance: every optimum is exhaustion's."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.enumerate.broadcasts import best
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.question.files import parse_instance
from tests.agreeing import difference, hold
from tests.hgfrr.drawing import rings

KINDS = ("amnesia", "reloads")


def drawn(seed: int, kind: str) -> BroadcastInstance:
    """Draw a broadcast that exhaustion can do, in which one or two nodes start again."""
    random = Random(f"restarts {kind} {seed}")
    while True:
        crash, chosen = random.random() < 0.25, random.random() < 0.25
        contacts = random.choice([1, 2]) if chosen else random.choice([1, 1, 2, 2, 3])
        faults, again = random.choice([(0, 1), (0, 1), (0, 2), (1, 1)])
        most = {(0, 1): 12, (0, 2): 8, (1, 1): 7}[faults, again]
        n = random.randint(2, min(most, 5 if chosen and contacts > 1 else most))
        said = {
            **rings(random, n, contacts, base=4),
            "faults": min(faults, n - 1),
            "fault": "crash" if crash else "silent",
            "election": "chosen" if chosen else "drawn",
            "latency": random.choice([0, 0, 0, 2, 4]),
            "horizon": random.choice([None, None, random.randint(1, 6)]),
            "objective": random.choice(["coverage", "ticks", "messages", "faults_half"]),
            kind: min(again, n),
        }
        try:
            return BroadcastInstance.make(said)
        except InputError:
            continue


def agrees(seed: int, kind: str) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed, kind)
    return difference(instance, best(instance))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5])
def test_a_few_optima_with_restarts_are_those_of_exhaustion(seed: int, kind: str):
    """All nodes at all ticks, beside all faulty sets and elections."""
    assert agrees(seed, kind) == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_optima_with_restarts_are_those_of_exhaustion(block: int, kind: str):
    """The same for 500 instances of each kind."""
    hold(lambda seed: agrees(seed, kind), 100 + 25 * block, 25)


def test_names_with_restarts_are_read_back():
    """What is drawn can be asked for by name."""
    for seed in range(20):
        for kind in KINDS:
            instance = drawn(seed, kind)
            assert parse_instance(instance.name) == instance
