"""Miners and supports that start again, drawn by chance: every optimum is exhaustion's."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.powm.enumerate.answer import answer
from milpbft.powm.instance import FailInstance
from milpbft.question.files import parse_instance
from tests.agreeing import difference, hold

KINDS = ("amnesia", "reloads", "twice")


def drawn(seed: int, kind: str) -> FailInstance:
    """Draw a question that exhaustion can do: who starts again are miners, or supports."""
    random = Random(f"restarts {kind} {seed}")
    twice = kind == "twice"
    while True:
        latency = random.choice([1, 1, 2, 3]) if kind == "reloads" else random.choice([0, 0, 1, 2])
        miners = random.randint(1, 3)
        said = {
            "protocol": "powmfail",
            "rates": "_".join(str(random.randint(1, 3)) for _ in range(miners)),
            "set_ticks": random.randint(1, 4),
            "latency": latency,
            "ahead": random.choice([0, 0, 1, 2]),
            "detect": random.randint(0, 2),
            "elect": random.randint(0, 2),
            "supports": random.randint(0, 2),
            "role": random.choice(["idle", "idle", "hashing"]),
            "crashes": random.choice([0, 1, 1, 2]),
            "first": random.choice([0, 0, 1, 2]),
            "objective": "twice" if twice else random.choice(["time", "lost"]),
            "victims": random.choice(["any", "managers", "miners"]),
            "amnesia" if twice else kind: random.choice([1, 1, 2]),
        }
        if said["objective"] == "time":
            said["goal"] = random.randint(3, 12)
        else:
            said["horizon"] = random.randint(4, 8)
        if twice:
            said["horizon"] = random.randint(5, 12)
            said["supports"] = random.randint(1, 3)
            said["crashes"] = random.randint(1, 2)
            said["every"] = random.randint(1, 4)
            said["sync"] = random.choice(["after", "after", "before", "stride"])
            said["encoding"] = random.choice(["direct", "compact"])
        try:
            return FailInstance.make(said)
        except InputError:
            continue


def agrees(seed: int, kind: str) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed, kind)
    return difference(instance, answer(instance))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_few_optima_with_restarts_are_those_of_exhaustion(seed: int, kind: str):
    """All nodes at all ticks, beside all failures."""
    assert agrees(seed, kind) == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_optima_with_restarts_are_those_of_exhaustion(block: int, kind: str):
    """The same for 250 instances of each kind."""
    hold(lambda seed: agrees(seed, kind), 100 + 25 * block, 25)


def test_names_with_restarts_are_read_back():
    """What is drawn can be asked for by name, but for the encoding."""
    for seed in range(20):
        for kind in KINDS:
            instance = drawn(seed, kind)
            assert parse_instance(instance.name, encoding=instance.encoding) == instance
