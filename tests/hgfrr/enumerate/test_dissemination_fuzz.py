"""Gossip and Kademlia drawn by chance: every optimum is that of exhaustion on the reference."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.enumerate.dissemination import worst_told
from tests.agreeing import difference


def drawn(seed: int) -> DisseminationInstance:
    """Draw a question that exhaustion can do."""
    random = Random(f"dissemination {seed}")
    n = random.randint(2, 11)
    scheme = random.choice(["gossip", "kademlia"])
    fanout = random.randint(1, min(4, n - 1)) if scheme == "gossip" else 1
    said = {"protocol": "dissemination", "n": n, "scheme": scheme, "fanout": fanout,
            "seed": random.randint(0, 999), "source": random.randrange(n),
            "faults": random.randint(0, min(4, n - 1)),
            "objective": random.choice(["coverage", "faults_half"])}  # fmt: skip
    return DisseminationInstance.make(said)


def agrees(seed: int) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed)
    return difference(instance, worst_told(instance))


@pytest.mark.parametrize("seed", range(6))
def test_a_few_disseminations_are_those_of_exhaustion(seed: int):
    """All sets of silent nodes."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_disseminations_are_those_of_exhaustion(block: int):
    """The same for 500 instances."""
    found = [agrees(seed) for seed in range(100 + 50 * block, 150 + 50 * block)]
    assert not [words for words in found if words]
