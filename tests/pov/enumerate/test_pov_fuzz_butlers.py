"""Rounds whose butlers forget, or whose nodes reload logs: optima are those of exhaustion."""

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
    """Draw a round in which one or two nodes start again; exhaustion can do it, mostly."""
    random = Random(f"butlers {seed}")
    while True:
        kind, delta = random.choice(["lapses", "reloads"]), random.choice([0, 1, 1, 1, 2, 2])
        crooks = random.choice([0, 0, 1]) if kind == "lapses" else 0
        objectives = ["cycles", "last", "blocks", "blocks", "faults_fork", "faults_stop"]
        said = {
            "protocol": "povround",
            "commissioners": random.randint(1, 3),
            "butlers": 2,
            "cycle": random.randint(2, 6),
            "horizon": random.randint(3, 9),
            kind: random.choice([1, 1, 1, 2]),
            "byzantine_commissioners": random.choice([0, 0, 0, 1]) if kind == "lapses" else 0,
            "byzantine_butlers": crooks,
            "variants": random.choice([1, 2]) if crooks else 1,
            "stamps": random.choice([1, 1, 2]) if crooks else 1,
            "delta": delta,
            "gst": random.choice([0, 0, random.randint(1, 5)]) if delta else 0,
            "late": random.choice([0, 0, 0, 2]) if delta else 0,
            "off": random.choice([0, 0, 0, 1]),
            "withholding": random.random() < 0.1,
            "forwarding": random.random() < 0.2,
            "lock": random.random() < 0.5,
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


@pytest.mark.parametrize("seed", [4, 8, 26])
def test_a_few_optima_are_those_of_exhaustion(seed: int):
    """Every node, and every tick at which it may start again."""
    assert agrees(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_optima_are_those_of_exhaustion(block: int):
    """The same for 200 instances, those that are too large not counted."""
    hold(agrees, 1000 * block, 10)


VALUES = [
    # Who forgets its draft and its signatures has no block in its cycle.
    ("povround-nc1-nb2-tb6-t11-cycles-lapse1-delta1", 2),
    ("povround-nc2-nb2-tb6-t11-faults_stop-lapse2-delta1", 2),
    # A signature that comes as it starts again comes before it proposes again, and is dropped.
    ("povround-nc1-nb2-tb5-t9-blocks-lapse1-delta1", 1),
    # Under a lock all have signed what it has forgotten, and nobody has a block any more.
    ("povround-nc1-nb2-tb5-t12-cycles-lock-lapse1-delta1", 4),
    ("povround-nc1-nb2-tb5-t12-cycles-lock-reload1-delta1", 4),
    # What is under way to who reloads its log is lost: a request's answer, or the block.
    ("povround-nc1-nb2-tb5-t9-cycles-reload1-delta1", 2),
    ("povround-nc1-nb2-tb5-t9-last-reload1-delta1", 3),
    # The first butler alone has its block, for the other two lose it, and then another is made.
    ("povround-nc1-nb2-tb5-t9-faults_fork-reload3-delta1", 2),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_who_starts_again_costs_a_cycle_or_a_block(name: str, value: int):
    """Cases by hand."""
    assert exhausted(name) == value


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("povround-nc2-nb2-tb6-t11-cycles-lapse1-delta1", 2),
        ("povround-nc2-nb2-tb6-t11-blocks-reload1-delta1", 1),
    ],
)
def test_no_random_run_is_worth_more(name: str, most: int):
    """Random adversaries, who let start again whom they like, stay below the optimum."""
    one = parse_instance(name)
    assert isinstance(one, RoundInstance)
    worlds = [random_run(one, seed) for seed in range(20)]
    assert max(worth(world, one) for world in worlds) <= most
    assert any(isinstance(event, Fault) and event.goes_on for w in worlds for event in w.events)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("povround-nc1-nb2-tb4-t9-blocks-lock-amnesia1-delta2", 1),
        ("povround-nc1-nb2-tb4-t12-bb1-blocks-lock-amnesia1-delta1", 2),
        ("povround-nc1-nb2-tb3-t12-blocks-lock-amnesia1-delta1-gst4", 0),
    ],
)
def test_nothing_is_sent_again_to_who_forgets(name: str, value: int):
    """Replay once held a run to proposals that its commissioner had been given before."""
    result = solve(parse_instance(name), "highs")
    assert result.solution.objective == value
    assert all(result.checks)


REFUSED = [
    ("nc4-nb3-tb6-t11-bb1-blocks-lapse1-delta1", "lapses"),
    ("nc4-nb3-tb6-t11-cycles-amnesia1-lapse1-delta1", "amnesia"),
    ("nc4-nb3-tb6-t11-cycles-lapse1-reload1-delta1", "lapses"),
    ("nc4-nb3-tb6-t11-cycles-lapse4-delta1", "lapses"),
    ("nc4-nb3-tb6-t11-cycles-fetch-lapse1-delta1", "lapses"),
    ("nc4-nb3-tb6-t11-bb1-cycles-reload1-delta1", "reloads"),
    ("nc4-nb3-tb6-t11-cycles-forwarding-reload1-delta1", "reloads"),
    ("nc4-nb3-tb6-t11-cycles-reload1-delta1-skew1", "reloads"),
]


@pytest.mark.parametrize(("words", "field"), REFUSED)
def test_what_is_not_modelled_is_refused(words: str, field: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match=field):
        parse_instance(f"povround-{words}")
