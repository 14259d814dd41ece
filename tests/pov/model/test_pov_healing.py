"""Partitions that heal: what is lost, and what comes after all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver
from tests.pov.exhausted import exhausted
from tests.witness import schedule_of

HALVES = "povround-nc2-nb2-tb5-t14-cycles-delta1-side1-cut0"
"""Either half lacks a quorum."""

VALUES = [
    # No block while the halves are apart, and one in the cycle that begins as they meet.
    (HALVES, 4),
    (f"{HALVES}-heal4", 2),
    # What is due as the partition ends arrives; what is due a tick sooner is lost.
    (f"{HALVES}-heal6", 2),
    (f"{HALVES}-heal7", 3),
    # The block was lost on its way to the other side, and nobody sends it again.
    ("povround-nc3-nb2-tb5-t14-last-delta1-side2-cut4-heal7", 4),
    # Signatures are lost, a block comes in the next cycle, to all.
    ("povround-nc3-nb2-tb5-t14-last-delta1-side2-cut3-heal5", 2),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_partitions_that_heal(name: str, value: int):
    """Replayed, and the same by exhaustion."""
    assert exhausted(name) == value


def test_a_schedule_is_held_to_the_tick_at_which_its_partition_heals():
    """A later one forbids what crosses; an earlier one owes what was lost."""
    schedule = schedule_of(f"{HALVES}-heal6")
    assert POV.replay(schedule)
    assert schedule.settings["heal"] == "6"
    later = replace(schedule, settings=schedule.settings | {"heal": "8"})
    assert "crosses" in POV.replay(later).reason
    sooner = replace(schedule, settings=schedule.settings | {"heal": "1"})
    assert "has not arrived" in POV.replay(sooner).reason
    never = replace(schedule, settings={k: v for k, v in schedule.settings.items() if k != "heal"})
    assert "crosses" in POV.replay(never).reason
    healed = next(e for e in schedule.events if isinstance(e, Deliver) and e.tick == 6)
    assert not POV.replay(
        replace(schedule, events=tuple(e for e in schedule.events if e is not healed))
    )


def test_another_partition_is_another_question():
    """The recount asks for the tick of the instance."""
    schedule = schedule_of(f"{HALVES}-heal6")
    assert POV.recount(parse_instance(f"{HALVES}-heal6"), schedule, 2)
    for other in (HALVES, f"{HALVES}-heal4"):
        assert not POV.recount(parse_instance(other), schedule, 2)


@pytest.mark.parametrize("name", [f"{HALVES.removesuffix('-cut0')}-heal3", f"{HALVES[:-1]}3-heal3",
                                  "povround-nc2-nb2-tb5-t14-cycles-heal3"])  # fmt: skip
def test_a_partition_heals_after_it_was_made(name: str):
    """And only where a cut is given."""
    with pytest.raises(InputError, match="heal"):
        parse_instance(name)
