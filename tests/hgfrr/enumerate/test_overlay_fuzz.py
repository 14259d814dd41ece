"""Instances drawn by chance: every optimum is that of exhaustion on the reference."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.enumerate.broadcasts import best
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.question.files import parse_instance
from tests.agreeing import difference
from tests.hgfrr.drawing import rings


def drawn(seed: int, *, linked: bool = False, several: bool = False) -> BroadcastInstance:
    """Draw a broadcast that exhaustion can do; where `linked`, with lengths of links or ports.

    Where `several`, the adversary picks two or three contacts per ring.
    """
    random = Random(f"broadcast {seed}{' linked' if linked else ''}{' several' * several}")
    while True:
        crash, chosen = random.random() < 0.4, several or random.random() < 0.25
        contacts = random.choice([2, 2, 3]) if several else 1 if chosen else random.randint(1, 2)
        n, faults = random.randint(2, 9 if chosen or crash else 14), random.randint(0, 2)
        if several:
            n, faults = random.randint(2, 6 if contacts > 2 else 7), random.randint(0, 1)
        said = {
            **rings(random, n, contacts, base=5),
            "faults": min(faults, n - 1, 1 if chosen and n > 7 else 2),
            "fault": "crash" if crash else "silent",
            "election": "chosen" if chosen else "drawn",
            "horizon": random.choice([None, None, random.randint(1, 6)]),
            "objective": random.choice(["coverage", "ticks", "messages", "faults_half"]),
        }
        if linked:
            said["latency"] = random.choice([0, 1, 3, 5])
            said["ports"] = random.choice([0, 1, 2])
        try:
            return BroadcastInstance.make(said)
        except InputError:
            continue


def agrees(seed: int, *, linked: bool = False, several: bool = False) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed, linked=linked, several=several)
    return difference(instance, best(instance))


KINDS: dict[str, dict[str, bool]] = {
    "plain": {},
    "linked": {"linked": True},
    "several": {"several": True},
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@every_kind
@pytest.mark.parametrize("seed", range(5))
def test_a_few_optima_are_those_of_exhaustion(seed: int, kind: dict[str, bool]):
    """All faulty sets, ticks of crashes and elections."""
    assert agrees(seed, **kind) == ""


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_optima_are_those_of_exhaustion(block: int, kind: dict[str, bool]):
    """The same for 500 instances of each kind."""
    found = [agrees(seed, **kind) for seed in range(100 + 25 * block, 125 + 25 * block)]
    assert not [words for words in found if words]


def test_names_of_drawn_instances_are_read_back():
    """What is drawn can be asked for by name."""
    for seed in range(30):
        for linked in (False, True):
            instance = drawn(seed, linked=linked)
            assert parse_instance(instance.name) == instance
