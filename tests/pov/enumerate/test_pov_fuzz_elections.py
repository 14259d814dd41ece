"""Elections drawn by chance: every optimum is that of all ballots, counted by the reference."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.pov.voting import ElectionInstance
from milpbft.solve import solve
from tests.pov.model.test_pov_election import enumerated


def drawn(seed: int) -> ElectionInstance:
    """Draw an election of few ballots."""
    random = Random(f"election {seed}")
    while True:
        candidates = random.randint(1, 5)
        honest = random.choice(["same", "even", "random", "scores"])
        scores = honest == "scores"
        most = 4 if scores else 7
        said = {
            "protocol": "povelection",
            "commissioners": random.randint(1, 3 if scores else most),
            "butlers": random.randint(1, candidates),
            "candidates": candidates,
            "votes": random.randint(1, candidates),
            "byzantine_commissioners": random.randint(0, 2),
            "friends": random.randint(0, candidates),
            "dropped": random.choice([0, 0, 1]),
            "honest": honest,
            "seed": random.randint(0, 9) if honest == "random" else 0,
            "trusted": random.randint(0, 2) if scores else 0,
            "designated": random.randint(0, 1) if scores else 0,
            "ties": random.choice(["won", "lost"]),
            "objective": random.choice(["seats", "seats", "commissioners"]),
        }
        lots = Random(f"lot {seed}")
        if lots.random() < 0.35:
            said |= {"ties": "drawn", "lot": lots.randint(0, 99)}
        try:
            return ElectionInstance.make(said)
        except InputError:
            continue


def wanted(instance: ElectionInstance) -> int | None:
    """Return the optimum by trying all ballots."""
    if instance.objective.name == "seats":
        return enumerated(instance)
    for byzantine in range(instance.byzantine_commissioners + 1):
        told = instance.model_dump() | {"byzantine_commissioners": byzantine, "objective": "seats"}
        if enumerated(ElectionInstance.make(told)) > instance.butlers // 2:
            return byzantine
    return None


def agrees(seed: int) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed)
    result, value = solve(instance), wanted(instance)
    if result.solution.status == "infeasible":
        return "" if value is None else f"{instance.name}: infeasible, {value} by exhaustion"
    if result.solution.status != "optimal" or result.solution.objective != value:
        return f"{instance.name}: {result.solution.objective}, {value} by exhaustion"
    verdict = result.verdict("replay")
    return "" if verdict else f"{instance.name}: {verdict}"


@pytest.mark.parametrize("seed", range(5))
def test_a_few_optima_are_those_of_exhaustion(seed: int):
    """All ballots that the rules and the scores allow."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_optima_are_those_of_exhaustion(block: int):
    """The same for 500 instances."""
    found = [agrees(seed) for seed in range(100 + 25 * block, 125 + 25 * block)]
    assert not [words for words in found if words]


@pytest.mark.parametrize("butlers", [1, 2, 4])
def test_without_friends_no_number_of_commissioners_elects_them(butlers: int):
    """The question has an answer: none suffices."""
    told = {"commissioners": 4, "butlers": butlers, "candidates": 5, "votes": 1, "friends": 0}
    told |= {"protocol": "povelection", "byzantine_commissioners": 4, "objective": "commissioners"}
    assert solve(ElectionInstance.make(told)).solution.status == "infeasible"
