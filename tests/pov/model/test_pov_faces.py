"""A two-faced time server: several times for one header, against exhaustion of the reference."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.model import faces
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Send
from milpbft.solve import solve
from tests.pov.exhausted import exhausted, wrong
from tests.witness import schedule_of

TWICE = "povround-nc1-nb2-tb5-t5-bb1-s2-blocks-once-twofaced-delta1-off1"

VALUES = [
    (TWICE, 2),
    # The server keeps to one answer for a header, however far it is off.
    ("povround-nc1-nb2-tb5-t5-bb1-s2-blocks-once-delta1", 1),
    # One tick before T_cut is left by the time that it is asked: one answer is in time.
    ("povround-nc1-nb2-tb3-t6-bb1-s4-blocks-twofaced-delta1-off1", 1),
    # Two ticks are left: what it is asked a tick later has no other answer in time.
    ("povround-nc1-nb2-tb4-t5-bb1-s4-blocks-once-twofaced-delta1-off1", 2),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_answers_of_two_faces(name: str, value: int):
    """Replayed, and the same by exhaustion."""
    assert exhausted(name) == value


def drawn(seed: int) -> RoundInstance:
    """Draw a round with a two-faced server."""
    random = Random(f"faces {seed}")
    while True:
        said = {
            "protocol": "povround",
            "commissioners": random.choice([1, 1, 2, 3]),
            "butlers": 2,
            "cycle": random.randint(3, 5),
            "horizon": random.randint(4, 7),
            "byzantine_commissioners": random.choice([0, 0, 1]),
            "byzantine_butlers": random.choice([1, 1, 1, 2]),
            "variants": random.choice([1, 1, 2]),
            "stamps": random.randint(2, 4),
            "delta": random.choice([0, 1, 1]),
            "off": random.randint(1, 3),
            "once": random.random() < 0.6,
            "lock": random.random() < 0.4,
            "twofaced": True,
            "wrap": random.choice(["on", "on", "again"]),
            "objective": random.choice(["blocks", "blocks", "faults_fork", "illegal"]),
        }
        try:
            return RoundInstance.make(said)
        except InputError:
            continue


QUICK = (0, 15)
"""Seeds of small ones."""


@pytest.mark.parametrize("seed", QUICK)
def test_a_few_drawn_rounds_are_those_of_exhaustion(seed: int):
    """Sets of signers and times together decide how many blocks there are."""
    assert wrong(drawn(seed)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(8))
def test_many_drawn_rounds_are_those_of_exhaustion(block: int):
    """The same for 20 seeds each."""
    found = [wrong(drawn(seed)) for seed in range(20 * block, 20 * block + 20)]
    assert sum(words is not None for words in found) >= 5
    assert not [words for words in found if words]


def test_random_adversaries_do_no_better():
    """They ask as often as they may, and the server says what it likes."""
    instance = parse_instance(TWICE)
    assert isinstance(instance, RoundInstance)
    assert max(worth(random_run(instance, seed), instance) for seed in range(40)) <= 2


def test_a_schedule_is_held_to_what_its_server_may_say():
    """A server with one face stamps a header once; one that is less off says no such times."""
    schedule = schedule_of(TWICE)
    assert POV.replay(schedule)
    honest = {key: value for key, value in schedule.settings.items() if key != "twofaced"}
    assert POV.replay(replace(schedule, settings=honest)).status == "refuted"
    right = {key: value for key, value in schedule.settings.items() if key != "off"}
    assert POV.replay(replace(schedule, settings=right)).status == "refuted"
    same = tuple(
        replace(event, kind=re.sub(r"[+-]\d+$", "", event.kind))
        if isinstance(event, Send | Deliver) and "Timestamp" in event.kind
        else event
        for event in schedule.events
    )
    assert POV.replay(replace(schedule, events=same)).status == "refuted"


def test_another_server_is_another_question():
    """The recount asks whether it has two faces."""
    schedule = schedule_of(TWICE)
    assert POV.recount(parse_instance(TWICE), schedule, 2)
    for other in (TWICE.replace("off1", "off2"), TWICE.replace("-once", "")):
        assert not POV.recount(parse_instance(other), schedule, 2)


def test_a_model_in_which_times_need_not_differ_is_refuted(monkeypatch: pytest.MonkeyPatch):
    """The mutant makes two blocks of one time and one set of signers."""
    name = "povround-nc1-nb2-tb3-t6-bb1-s4-blocks-twofaced-delta1-off1"
    assert solve(parse_instance(name)).solution.objective == 1
    monkeypatch.setattr(faces, "differ", lambda *_: None)
    result = solve(parse_instance(name))
    assert result.solution.objective != 1


@pytest.mark.parametrize(
    "words",
    [
        "bb1-s2-blocks-twofaced-delta1",
        "bb1-blocks-twofaced-delta1-off1",
        "blocks-twofaced-delta1-off1",
        "bb1-s2-blocks-delta1-off1",
    ],
)
def test_what_says_one_time_has_one_face(words: str):
    """It takes a clock that is off, and somebody who asks again."""
    with pytest.raises(InputError, match=r"twofaced|off"):
        parse_instance(f"povround-nc1-nb2-tb4-t8-{words}")
