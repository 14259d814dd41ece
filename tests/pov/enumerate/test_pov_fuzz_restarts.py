"""Rounds whose commissioners start again and forget: optima are those of exhaustion."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import solve
from tests.agreeing import hold
from tests.pov.exhausted import exhausted, wrong


def drawn(seed: int) -> RoundInstance:
    """Draw a round in which one or two commissioners start again; exhaustion can do it, mostly."""
    random = Random(f"restarts {seed}")
    while True:
        crooks, delta = random.choice([0, 0, 1, 1, 2]), random.choice([0, 1, 1, 2])
        objectives = ["cycles", "last", "blocks", "blocks", "illegal", "faults_fork",
                      "faults_fork", "faults_illegal", "faults_stop"]  # fmt: skip
        said = {
            "protocol": "povround",
            "commissioners": random.randint(1, 3),
            "butlers": 2,
            "cycle": random.randint(2, 6),
            "horizon": random.randint(3, 8),
            "amnesia": random.choice([1, 1, 2]),
            "byzantine_commissioners": random.choice([0, 0, 0, 1]),
            "byzantine_butlers": crooks,
            "variants": random.choice([1, 2, 2]) if crooks else 1,
            "stamps": random.choice([1, 1, 2]) if crooks else 1,
            "delta": delta,
            "gst": random.choice([0, 0, random.randint(1, 5)]) if delta else 0,
            "late": random.choice([0, 0, 0, 2]) if delta else 0,
            "off": random.choice([0, 0, 0, 1]),
            "forwarding": random.random() < 0.2,
            "lock": random.random() < 0.6,
            "once": random.random() < 0.3,
            "wrap": "again" if random.random() < 0.15 else "on",
            "objective": random.choice(objectives),
        }
        try:
            return RoundInstance.make(said)
        except InputError:
            continue


def agrees(seed: int) -> str | None:
    """Return what is wrong with the optimum of a drawn instance, None where it is too large."""
    return wrong(drawn(seed))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_few_optima_are_those_of_exhaustion(seed: int):
    """Every commissioner, and every tick at which it may start again."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_optima_are_those_of_exhaustion(block: int):
    """The same for 200 instances, those that are too large not counted."""
    hold(agrees, 1000 * block, 10)


VALUES = [
    # One that forgets what it signed in this cycle is as good as a liar.
    ("povround-nc1-nb2-tb6-t7-bb1-e2-blocks-amnesia1-delta1", 2),
    ("povround-nc1-nb2-tb6-t7-bb1-e2-blocks-delta1", 1),
    ("povround-nc1-nb2-tb6-t7-bb1-e2-faults_fork-amnesia1-delta1", 2),
    # A lock that one forgets binds nobody, though all are honest.
    ("povround-nc1-nb2-tb4-t8-blocks-lock-amnesia1", 2),
    ("povround-nc1-nb2-tb4-t8-blocks-lock", 1),
    # It starts again when that suits the adversary, and stays bound otherwise.
    ("povround-nc1-nb2-tb4-t7-bb1-cycles-lock-amnesia1-delta1", 3),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_what_is_forgotten_is_signed_again(name: str, value: int):
    """Cases by hand."""
    assert exhausted(name) == value


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("povround-nc1-nb2-tb6-t8-bb1-e2-blocks-amnesia1-delta1", 2),
        ("povround-nc4-nb2-tb6-t12-blocks-lock-amnesia1", 1),
    ],
)
def test_no_random_run_is_worth_more(name: str, most: int):
    """Random adversaries, who let start again whom they like, stay below the optimum."""
    one = parse_instance(name)
    assert isinstance(one, RoundInstance)
    worlds = [random_run(one, seed) for seed in range(30)]
    assert max(worth(world, one) for world in worlds) <= most
    assert any(isinstance(event, Fault) and event.goes_on for w in worlds for event in w.events)


def test_no_row_names_a_variable_twice():
    """HiGHS refuses such rows: a proposal was due at the very last tick."""
    one = parse_instance("povround-nc1-nb2-tb6-t7-bb1-e2-blocks-lock-amnesia1-delta1")
    assert solve(one, "highs").solution.status == "optimal"
