"""Chains drawn by chance: every optimum is that of exhaustion on nodes, and no random run beats it.

A search asks for timestamps, and shows blocks, at a few ticks, and so may reach less than there
is. Its runs are runs of the nodes all the same: none may be worth more than the optimum, which is
confirmed by a run of the nodes as well. So where a search reaches less it is too narrow; a wider
one is tried; a chain for which none is wide enough is not counted.
"""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.pov.enumerate.heights import Width
from milpbft.pov.enumerate.rounds import TooLarge
from milpbft.pov.enumerate.tallest import TooNarrow, best
from milpbft.pov.heights import ChainInstance
from milpbft.pov.reference.chain_adversary import random_chain
from milpbft.pov.reference.chains import worth
from milpbft.solve import solve
from tests.agreeing import hold

MOST = 12_000
"""Steps of a search with given Byzantine nodes, keys and teams."""
WIDTHS = [
    Width(cycles=2, moments=(0, 3, -2), most=MOST),
    Width(cycles=3, moments=(0, 3, -2), most=MOST),
    Width(cycles=3, moments=(0, 3, -2), asked=(8, -4, -3), most=MOST),
    Width(cycles=4, moments=(0, 2, -2), asked=(2, 8, -4, -3), most=MOST),
]
"""From narrow to wide."""
Values = dict[str, int | None]


def chain_of(fields: dict[str, object]) -> ChainInstance | None:
    """Make a chain of fields; None where they do not go together."""
    try:
        return ChainInstance.make({"protocol": "povchain", "objective": "halt", **fields})
    except InputError:
        return None


def repairs(random: Random) -> dict[str, object]:
    """Draw the repairs of a chain."""
    return {"fetch": random.random() < 0.35, "lock": random.random() < 0.4}


def lying(random: Random) -> dict[str, object]:
    """Draw a height or two, the second one maybe special, with Byzantine nodes or without."""
    heights = random.choice([1, 1, 2, 2, 2])
    liars = random.choice([0, 1])
    crooks = random.choice([0, 0, 0, 1] if liars else [0, 1, 1, 1, 1, 1, 2])
    most = 4 if not crooks else 2 if heights == 1 else 1
    return {
        "commissioners": random.choice([1, 2, 2]) if liars else random.randint(1, most),
        "butlers": random.choice([2, 2, 2, 3]),
        "heights": heights,
        "byzantine_commissioners": liars,
        "byzantine_butlers": crooks,
        "special": heights > 1 and random.random() < 0.5,
        **repairs(random),
    }


def electing(random: Random) -> dict[str, object]:
    """Draw heights of which some end terms, with candidates besides, of whom one may lie."""
    heights = random.choice([3, 3, 3, 4])
    outside = random.choice([0, 1, 1, 1, 2])
    friends = random.choice([0, 0, 1, 1, 1]) if outside else 0
    crooks = random.choice([0, 0, 0, 1])
    return {
        "commissioners": 1 if friends or crooks else random.randint(1, 4),
        "butlers": 2 if friends or crooks else random.choice([2, 2, 3]),
        "heights": heights,
        "term": random.randint(2, heights - 1),
        "outside": outside,
        "byzantine_outside": friends,
        "byzantine_butlers": crooks,
        **repairs(random),
    }


def swapping(random: Random) -> dict[str, object]:
    """Draw heights at which commissioners are replaced, with candidates besides or without."""
    heights = random.choice([3, 3, 4, 5])
    commissioners = random.randint(1, 4)
    return {
        "commissioners": commissioners,
        "butlers": random.choice([2, 2, 3]),
        "heights": heights,
        "term": random.randint(2, heights - 1),
        "outside": random.choice([0, 0, 0, 1]),
        "swaps": random.randint(1, commissioners),
        **repairs(random),
    }


def reloading(random: Random) -> dict[str, object]:
    """Draw heights at which nodes reload their logs."""
    return {
        "commissioners": random.choice([1, 1, 2, 2, 3, 4]),
        "butlers": random.choice([2, 2, 2, 3]),
        "heights": random.choice([1, 1, 2, 3]),
        "reloads": random.choice([1, 1, 2, 2, 3]),
        "lock": random.random() < 0.4,
    }


DRAWS = {"lying": lying, "electing": electing, "swapping": swapping, "reloading": reloading}


def drawn(kind: str, seed: int) -> ChainInstance:
    """Draw a chain of a kind."""
    random = Random(f"{kind} chain {seed}")
    while True:
        found = chain_of(DRAWS[kind](random))
        if found is not None:
            return found


def optima(i: ChainInstance) -> tuple[Values, str]:
    """Return the optimum of every objective, and what is wrong with one of them."""
    found: Values = {}
    for objective in i.objectives:
        told = ChainInstance.make(i.model_dump() | {"objective": objective})
        result = solve(told)
        if result.solution.status not in {"optimal", "infeasible"}:
            return found, f"{told.name}: {result.solution.status}"
        wrong = next((check for check in result.checks if not check), None)
        if wrong is not None:
            return found, f"{told.name}: {wrong}"
        found[objective] = result.solution.objective
    return found, ""


def better(i: ChainInstance, objective: str, value: int | None, bound: int | None) -> bool:
    """Whether a value is better than another, None being the worst."""
    if value is None or bound is None:
        return value is not None
    return value > bound if i.objectives[objective] == "max" else value < bound


def beaten(i: ChainInstance, found: Values, bounds: Values) -> str:
    """Say which optimum is beaten by what a search, or a run, is worth."""
    for objective, value in found.items():
        if better(i, objective, value, bounds[objective]):
            return f"{i.name}, {objective}: {bounds[objective]}, {value} on nodes"
    return ""


def searched(i: ChainInstance, bounds: Values) -> str | None:
    """Compare optima with searches; None where none that ends is wide enough."""
    missing = dict(bounds)
    for width in WIDTHS:
        try:
            found = best(i, width)
        except TooNarrow:
            continue
        except TooLarge:
            return None
        if words := beaten(i, found, bounds):
            return words
        missing = {name: one for name, one in missing.items() if found[name] != one}
        if not missing:
            return ""
    return None


def agrees(kind: str, seed: int) -> str | None:
    """Return what is wrong with the optima of a drawn chain, None where no search is fit."""
    instance = drawn(kind, seed)
    bounds, words = optima(instance)
    return words or searched(instance, bounds)


def large(seed: int) -> ChainInstance:
    """Draw a chain that is too large to be searched."""
    random = Random(f"large chain {seed}")
    while True:
        kind = random.choice([lying, lying, electing, swapping])
        sizes = {"commissioners": random.randint(2, 6), "butlers": random.randint(2, 4)}
        heights = random.randint(2, 4)
        said = kind(random) | sizes | {"heights": heights}
        said |= {"term": random.randint(2, heights)} if "term" in said else {}
        found = chain_of(said)
        if found is not None:
            return found


def outlasts(seed: int, runs: int = 12) -> str:
    """Return which optimum of a drawn chain a random run beats."""
    instance = large(seed)
    bounds, words = optima(instance)
    for number in range(0 if words else runs):
        run = random_chain(instance, number)
        aims = ("halt", "duties", "branches")
        words = words or beaten(instance, {aim: worth(run, aim) for aim in aims}, bounds)
    return words


@pytest.mark.parametrize(
    ("kind", "seed"), [("lying", 6), ("electing", 8), ("swapping", 3), ("reloading", 3)]
)
def test_a_few_optima_are_those_of_exhaustion(kind: str, seed: int):
    """Every objective, every R, every team that can be elected, whoever leaves or reloads."""
    assert agrees(kind, seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("block", range(25))
def test_hundreds_of_optima_are_those_of_exhaustion(kind: str, block: int):
    """The same for 500 chains, those for which no search is fit not counted."""
    hold(lambda seed: agrees(kind, seed), 1000 * block, 5)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(25))
def test_no_random_run_beats_an_optimum_that_is_drawn(block: int):
    """The same for 500 larger chains: Byzantine nodes send what they can, when they like."""
    found = [outlasts(seed) for seed in range(20 * block, 20 * block + 20)]
    assert not [words for words in found if words]
