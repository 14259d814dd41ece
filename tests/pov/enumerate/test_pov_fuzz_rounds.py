"""Rounds drawn by chance: every optimum is that of exhaustion on the reference."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from tests.agreeing import hold
from tests.pov.exhausted import exhausted, wrong


def drawn(seed: int) -> RoundInstance:
    """Draw a round that exhaustion can do, mostly."""
    random = Random(seed)
    while True:
        commissioners, butlers = random.randint(1, 4), 2 if random.random() < 0.9 else 3
        split, delta = random.random() < 0.3, random.choice([0, 1, 1, 2, 3])
        crooks = random.choice([0, 0, 1, 1, 2])
        horizon, overlay = random.randint(2, 8), None
        if not split and random.random() < 0.4:
            overlay, horizon = f"r4k{random.randint(2, 3)}s{random.randint(0, 5)}", horizon + 4
        cut = random.randint(0, 5) if horizon > 3 else None
        objectives = [
            "cycles",
            "last",
            "blocks",
            "blocks",
            "illegal",
            "faults_fork",
            "faults_illegal",
            "faults_stop",
        ]
        said = {
            "protocol": "povround",
            "commissioners": commissioners,
            "butlers": butlers,
            "cycle": random.randint(1, 10 if overlay else 6),
            "horizon": horizon,
            "byzantine_commissioners": random.choice([0, 0, 0, 1, 1, 2]),
            "byzantine_butlers": crooks,
            "variants": random.choice([1, 1, 2]) if crooks else 1,
            "stamps": random.choice([1, 2, 3, 4]) if crooks else 1,
            "delta": delta,
            "isolated": split and not crooks and random.random() < 0.3,
            "posted": random.randint(0, butlers) if split else 0,
            "gst": random.choice([0, 0, random.randint(1, 5)]) if delta else 0,
            "side": random.randint(1, commissioners) if split else 0,
            "cut": cut if split else None,
            "heal": _healed(seed, cut) if split and cut is not None else None,
            "overlay": overlay,
            "forwarding": not (split or overlay) and random.random() < 0.25,
            "fetch": not (split or overlay) and Random(f"fetch {seed}").random() < 0.3,
            "lock": random.random() < 0.2,
            "once": random.random() < 0.2,
            "wrap": "again" if random.random() < 0.15 else "on",
            "objective": random.choice(objectives),
        }
        try:
            return RoundInstance.make(said)
        except InputError:
            continue


def _healed(seed: int, cut: int) -> int | None:
    """Draw when a partition heals, if it does; apart from all else, which stays what it was."""
    random = Random(f"heal {seed}")
    return cut + random.randint(1, 4) if random.random() < 0.5 else None


def agrees(seed: int) -> str | None:
    """Return what is wrong with the optimum of a drawn instance, None where it is too large."""
    instance = drawn(seed)
    counted = [] if instance.overlay or instance.side else ["counted"]
    return wrong(instance, ["compact", *counted])


@pytest.mark.parametrize("seed", [2, 12, 13])
def test_a_few_optima_are_those_of_exhaustion(seed: int):
    """All networks, all Byzantine sets, everything that Byzantine nodes can send."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(25))
def test_hundreds_of_optima_are_those_of_exhaustion(block: int):
    """The same for 500 instances, those that are too large not counted."""
    hold(agrees, 1000 * block, 20)


WIDE = [
    # A butler asks for two timestamps at one tick, with the signatures of others.
    ("povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1", 2),
    ("povround-nc3-nb2-tb4-t6-bb1-s4-blocks-delta1", 3),
    # Two sets of two signers are all that two commissioners and one Byzantine one have.
    ("povround-nc2-nb2-tb4-t6-bb1-s2-blocks-delta1", 1),
    # Where m starts again, a proposal of a later cycle is in time if it is signed in the first.
    ("povround-nc3-nb2-tb2-t4-bc2-bb1-blocks-again-delta1", 2),
    # A timestamp comes as its butler is on duty again: it publishes, and does not propose.
    ("povround-nc1-nb2-tb4-t8-cycles", 4),
]


@pytest.mark.parametrize(("name", "value"), WIDE)
def test_what_the_rules_allow_is_in_the_model(name: str, value: int):
    """Cases that once were wrong, and others of their kind."""
    assert exhausted(name) == value
