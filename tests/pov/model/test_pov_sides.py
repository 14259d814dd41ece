"""Partitions with more than two sides: values, exhaustion of the reference, promises, input."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver
from tests.pov.enumerate.test_pov_fuzz_rounds import drawn
from tests.pov.exhausted import exhausted, wrong
from tests.witness import schedule_of

THIRDS = "povround-nc3-nb2-tb5-t9-cycles-delta1-cut0"
"""No third has a quorum."""

VALUES = [
    (f"{THIRDS}-sides1x1x1", 3),
    (f"{THIRDS}-heal4-sides1x1x1", 2),
    # A part with a quorum, a butler and the time server goes on, however many others there are.
    (f"{THIRDS}-posted2-sides2x1x0", 1),
    # A Byzantine commissioner signs on all sides, and each that has a butler has its own block.
    ("povround-nc3-nb2-tb4-t8-bc1-blocks-delta1-cut0-sides1x1x1", 2),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_partitions_of_several_sides(name: str, value: int):
    """Replayed, and the same by exhaustion."""
    assert exhausted(name) == value


QUICK = (3, 55)
"""Seeds of small ones."""


def parted(seed: int) -> RoundInstance | None:
    """Return a drawn round with its partition cut into three or four; None where it has none."""
    instance, random = drawn(seed), Random(f"sides {seed}")
    if not instance.side:
        return None
    last = instance.commissioners
    ends = sorted(random.randint(1, last) for _ in range(random.randint(2, 3)))
    sides = "x".join(str(end - start) for start, end in pairwise([0, *ends, last]))
    return RoundInstance.make(instance.model_dump() | {"side": 0, "sides": sides})


def cut_apart(seed: int) -> str | None:
    """Return what is wrong with a drawn round, None where it has no partition or is too large."""
    instance = parted(seed)
    return instance and wrong(instance)


@pytest.mark.parametrize("seed", QUICK)
def test_a_few_drawn_partitions_are_those_of_exhaustion(seed: int):
    """All ways to spread butlers over sides, all Byzantine sets, every cut."""
    assert cut_apart(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_many_drawn_partitions_are_those_of_exhaustion(block: int):
    """The same for fifty seeds each, of which a third have a partition."""
    found = [words for seed in range(50 * block, 50 * block + 50)
             if (words := cut_apart(seed)) is not None]  # fmt: skip
    assert len(found) >= 5
    assert not [words for words in found if words]


def test_a_schedule_is_held_to_each_of_its_sides():
    """What goes from the second side to the third crosses as well, and is owed where they meet."""
    schedule = schedule_of(f"{THIRDS}-heal4-sides1x1x1")
    assert POV.replay(schedule)
    sides = schedule.settings["sides"].split("|")
    assert len(sides) == 3
    assert [[one for one in side.split(".") if int(one) < 3] for side in sides] == [
        ["0"],
        ["1"],
        ["2"],
    ]
    for merged in ("0.3.4|1.2", "0|1.2.3.4", "1|0.2.3.4"):
        other = replace(schedule, settings=schedule.settings | {"sides": merged})
        assert not POV.replay(other) or not POV.recount(
            parse_instance(f"{THIRDS}-heal4-sides1x1x1"), other, 2
        )
    late = next(e for e in schedule.events if isinstance(e, Deliver) and e.tick >= 5)
    early = replace(late, tick=3)
    crossing = replace(
        schedule, events=tuple(early if event is late else event for event in schedule.events)
    )
    assert not POV.replay(crossing)


def test_nothing_crosses_from_the_second_side_to_the_third():
    """A run of two sides in which they speak is none of three."""
    schedule = schedule_of("povround-nc3-nb2-tb5-t9-blocks-delta1-side1-cut0")
    assert POV.replay(schedule)
    near, far = (side.split(".") for side in schedule.settings["sides"].split("|"))
    voters, butlers = (
        [n for n in far if (int(n) < 3) is commissioner] for commissioner in (True, False)
    )
    assert voters == ["1", "2"]
    assert butlers
    three = "|".join(".".join(side) for side in (near, [*voters[:1], *butlers], voters[1:]))
    other = replace(schedule, settings=schedule.settings | {"sides": three})
    assert "crosses" in POV.replay(other).reason


def test_another_split_is_another_question():
    """The recount asks for the sides of the instance."""
    name = "povround-nc4-nb2-tb5-t9-cycles-delta1-cut0"
    schedule = schedule_of(f"{name}-sides2x1x1")
    assert POV.recount(parse_instance(f"{name}-sides2x1x1"), schedule, 3)
    for other in (f"{name}-sides1x2x1", f"{name}-side2",
                  f"{name}-sides2x0x2", name.removesuffix("-cut0")):  # fmt: skip
        assert not POV.recount(parse_instance(other), schedule, 3)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("sides2x1", "sides"),
        ("sides1x1x1", "sides"),
        ("sides0x2x2", "sides"),
        ("side2-sides2x1x1", "sides"),
        ("forwarding-sides2x1x1", "forwarding"),
        ("fetch-sides2x1x1", "fetch"),
        ("posted3-sides2x1x1", "posted"),
        ("sides2x1x1-overlay-r4k2s0", "overlay"),
        ("heal3-sides2x1x1", "heal"),
    ],
)
def test_what_is_not_modelled_is_refused(words: str, field: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match=field):
        parse_instance(f"povround-nc4-nb2-tb5-t9-cycles-{words}")
