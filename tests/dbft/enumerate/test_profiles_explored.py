"""The tables of the profiles against every run of their replicas, four nodes.

The search runs the replicas (`milpbft/dbft/enumerate/profiles/`) and shares no code with the rule
tables. It may have runs that no network has, never fewer: where its fewest acts are those of the
table, whose run is replayed, both are right. Where it stopped, no lock has fewer acts than it saw.
"""

from __future__ import annotations

from functools import cache

import pytest

from milpbft.dbft.enumerate.profiles.explore import explore_profile
from milpbft.dbft.enumerate.profiles.lone import TIMER, Lone
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.errors import InputError
from tests.proven import proven

CASES = [
    ("neo-cs   1", 30_000, True),
    ("neo-cs  -b1 1", 4_000, True),
    ("neo-cs  -c1 2", 10_000, True),
    ("neo-cs  -b1 2", 4_000, True),
    ("neo-cs   2", 20_000, False),
    ("neo-cs guard=responses -c1 2", 10_000, True),
    ("neo-cs failed=view -c1 2", 30_000, False),
    ("neo-go  -c1 2", 120_000, True),
    ("neo-go  -b1 2", 30_000, True),
    ("neo-go   2", 50_000, False),
    ("neo-go guard=preparations -c1 2", 120_000, True),
    ("neo-go failed=nobody -c1 2", 10_000, True),
    ("neo-go failed=nobody+guard=preparations -c1 2", 10_000, True),
]
FAULTS = {"": (0, 0), "-c1": (1, 0), "-b1": (0, 1)}


@cache
def agrees(profile: str, options: str, faults: str, views: int, limit: int) -> bool:
    """Hold the table's fewest acts to the search; return whether that saw all that matters."""
    row = PROFILES[profile].varied(dict(part.split("=") for part in options.split("+") if part))
    crashes, byzantine = FAULTS[faults]
    found = explore_profile(row, views=views, crashes=crashes, byzantine=byzantine, limit=limit)
    suffix = f"-{options}" if options else ""
    value = proven(f"dbft2-strict-n4-v{views}{faults}-steps_lock-{profile}{suffix}")
    if found.lock is None and not found.whole:
        assert value is None or value >= found.acts
        return False
    assert found.lock == value
    return True


def test_fewest_acts_of_a_lock_are_those_of_every_run():
    """`neo-cs` with one crash in one view: 7 acts, after six hundred states of all nodes."""
    assert agrees("neo-cs", "", "-c1", 1, 10_000)


@pytest.mark.slow
@pytest.mark.parametrize(("question", "limit", "whole"), CASES)
def test_tables_and_every_run_agree(question: str, limit: int, whole: bool):
    profile, options, faults, views = question.split(" ")
    assert agrees(profile, options, faults, int(views), limit) == whole


def test_a_state_is_the_same_whichever_way_it_is_come_to():
    """Two requests for recovery, then a timer: the order of the two tells nothing."""
    lone = Lone(PROFILES["neo-go"], 4)
    ends = set()
    for first, second in ((2, 3), (3, 2)):
        at = lone.starts[1]
        for node in (first, second):
            at = lone.step(at, ("hello", node, 0)).after
        asked = lone.step(at, TIMER)
        assert asked.acts == 1
        ends.add(asked.after)
    assert len(ends) == 1


@pytest.mark.parametrize("sizes", [{"views": 3}, {"byzantine": 2}, {"n": 10}, {"limit": 0}])
def test_sizes_that_it_does_not_have_are_refused(sizes: dict[str, int]):
    with pytest.raises(InputError):
        explore_profile(PROFILES["neo-go"], **sizes)


def test_paper_takes_inputs_together_and_is_explored_elsewhere():
    with pytest.raises(InputError, match="profile"):
        explore_profile(PROFILES["paper"])
