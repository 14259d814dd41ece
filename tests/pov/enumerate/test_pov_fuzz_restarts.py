"""Rounds whose nodes start again, without memory or with a log: optima are those of exhaustion."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import solve
from tests.agreeing import hold
from tests.pov.drawing import drawn_of, habits, network
from tests.pov.exhausted import exhausted, wrong

if TYPE_CHECKING:
    from collections.abc import Callable


def forgetful(seed: int) -> RoundInstance:
    """Draw a round in which one or two commissioners forget; exhaustion can do it, mostly."""
    random = Random(f"restarts {seed}")

    def fields() -> dict[str, object]:
        crooks, delta = random.choice([0, 0, 1, 1, 2]), random.choice([0, 1, 1, 2])
        objectives = ["cycles", "last", "blocks", "blocks", "illegal", "faults_fork",
                      "faults_fork", "faults_illegal", "faults_stop"]  # fmt: skip
        return {
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
            **network(random, delta),
            **habits(random, 0.6),
            "objective": random.choice(objectives),
        }

    return drawn_of(fields)


def lapsing(seed: int) -> RoundInstance:
    """Draw a round in which one or two butlers forget, or nodes reload a log."""
    random = Random(f"butlers {seed}")

    def fields() -> dict[str, object]:
        kind, delta = random.choice(["lapses", "reloads"]), random.choice([0, 1, 1, 1, 2, 2])
        crooks = random.choice([0, 0, 1]) if kind == "lapses" else 0
        objectives = ["cycles", "last", "blocks", "blocks", "faults_fork", "faults_stop"]
        return {
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
            **network(random, delta),
            "withholding": random.random() < 0.1,
            **habits(random, 0.5),
            "objective": random.choice(objectives),
        }

    return drawn_of(fields)


@pytest.mark.parametrize(
    ("draw", "seed"),
    [(forgetful, 1), (forgetful, 2), (forgetful, 3), (lapsing, 4), (lapsing, 8), (lapsing, 26)],
)
def test_a_few_optima_are_those_of_exhaustion(draw: Callable[[int], RoundInstance], seed: int):
    """Every node, and every tick at which it may start again."""
    assert wrong(draw(seed)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("draw", [forgetful, lapsing])
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_optima_are_those_of_exhaustion(
    block: int, draw: Callable[[int], RoundInstance]
):
    """The same for 200 instances of each, those that are too large not counted."""
    hold(lambda seed: wrong(draw(seed)), 1000 * block, 10)


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
def test_what_is_forgotten_or_missed_has_its_price(name: str, value: int):
    """Cases by hand."""
    assert exhausted(name) == value


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("povround-nc1-nb2-tb6-t8-bb1-e2-blocks-amnesia1-delta1", 2),
        ("povround-nc4-nb2-tb6-t12-blocks-lock-amnesia1", 1),
        ("povround-nc2-nb2-tb6-t11-cycles-lapse1-delta1", 2),
        ("povround-nc2-nb2-tb6-t11-blocks-reload1-delta1", 1),
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
