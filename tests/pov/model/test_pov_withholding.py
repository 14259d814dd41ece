"""A time server that answers whom it likes, when it likes: proven optima, replayed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.solve import replay_schedule
from tests.pov.model.test_pov_rounds import instance_of, schedule_of, solved

FORK = "povround-nc3-nb2-tb6-t11-blocks-withholding-delta1"
"""Two blocks, all other nodes honest: the first has its timestamp when the second is signed."""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (FORK, 2),
        (FORK.replace("withholding-", ""), 1),
        # Who signed once signs no other block of the height: that repair holds here, too.
        (FORK.replace("withholding", "lock-withholding"), 1),
        # Without an answer there is no block, in any cycle.
        (FORK.replace("blocks", "cycles"), 3),
    ],
)
def test_one_faulty_server_forks_a_synchronous_round(name: str, value: int):
    """And stops it; it needs no false time."""
    assert solved(name).solution.objective == value


def test_no_random_network_beats_it():
    """Answers come at random, everything else within a tick."""
    instance = instance_of(FORK)
    worths = {worth(random_run(instance, seed), instance) for seed in range(30)}
    assert max(worths) <= 2
    assert len(worths) > 1


def test_a_schedule_says_whose_messages_are_withheld():
    """Without that promise the answer is too late, and another node's is none."""
    schedule = schedule_of(FORK)
    assert schedule.settings["withheld"] == "5"
    for other in ("", "4"):
        told = replace(schedule, settings=schedule.settings | {"withheld": other})
        assert "has not arrived" in replay_schedule(told).reason
    assert POV.recount(instance_of(FORK), schedule, 2)
    assert not POV.recount(instance_of(FORK.replace("withholding-", "")), schedule, 2)
    unreadable = replace(schedule, settings=schedule.settings | {"withheld": "5,6"})
    with pytest.raises(InputError, match="withheld"):
        replay_schedule(unreadable)


@pytest.mark.parametrize("name", [
    "povround-nc3-nb2-tb6-t11-blocks-withholding",
    "povround-nc3-nb2-tb6-t11-blocks-withholding-delta1-late2",
    "povround-nc3-nb2-tb6-t11-blocks-withholding-delta1-overlay-r4k2s0",
])  # fmt: skip
def test_what_withholding_goes_with(name: str):
    """A bound that it breaks, and no other lateness."""
    with pytest.raises(InputError, match="withholding"):
        parse_instance(name)
