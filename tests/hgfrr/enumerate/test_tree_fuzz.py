"""Best trees drawn by chance: every optimum is that of exhaustion."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.enumerate.trees import best_tree
from milpbft.hgfrr.instance import TreeInstance
from milpbft.question.files import parse_instance
from tests.agreeing import difference


def drawn(seed: int) -> TreeInstance:
    """Draw a question that exhaustion can do."""
    random = Random(f"tree {seed}")
    while True:
        n = random.randint(2, 7)
        graph = random.choice(["complete", "cycle", "hypercube", "kary", "rings"])
        said = {"protocol": "besttree", "n": n, "ports": random.randint(1, 3), "graph": graph,
                "source": random.randrange(n), "objective": "ticks"}  # fmt: skip
        if graph == "kary":
            said["k"] = random.randint(2, 4)
        if graph == "rings":
            said |= {"ring": random.randint(4, 6), "seed": random.randint(0, 99)}
        try:
            return TreeInstance.make(said)
        except InputError:
            continue


def agrees(seed: int) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed)
    return difference(instance, best_tree(instance))


@pytest.mark.parametrize("seed", range(5))
def test_a_few_trees_are_those_of_exhaustion(seed: int):
    """All calls of all ticks."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_trees_are_those_of_exhaustion(block: int):
    """The same for 500 instances."""
    found = [agrees(seed) for seed in range(100 + 50 * block, 150 + 50 * block)]
    assert not [words for words in found if words]


@pytest.mark.parametrize(
    ("name", "ticks"), [("besttree-n4-p1-ticks", 2), ("besttree-n5-p1-ticks-cycle", 3)]
)
def test_trees_by_hand(name: str, ticks: int):
    """Four nodes double twice; on a cycle of five the third tick brings the last."""
    instance = parse_instance(name)
    assert isinstance(instance, TreeInstance)
    assert best_tree(instance) == ticks
